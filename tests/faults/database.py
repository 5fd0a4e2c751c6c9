# SPDX-License-Identifier: MIT
"""PostgreSQL dies, hangs, is full, is locked, or is somebody else."""

import os
import signal
import time

from cluster import end
from scenario import scenario
from world import eventually

FIRST_MS = 1000  # from when it accepts again


def kill_all(pids, number):
    for pid in pids:
        os.kill(pid, number)
    return len(pids)


def waiting(stage, begins):
    """The service's backends that wait for a lock in such a statement."""
    found = []

    def some():
        found[:] = stage.cluster.backends(
            f"wait_event_type = 'Lock' AND query ~* '^{begins}'")
        return found
    eventually(some, f"no {begins} waits", 5)
    return found


@scenario()
def backend_killed_in_select(stage):
    """a backend is killed amid a SELECT, so that the server throws out all"""
    killed = 0
    for _ in range(3):
        # the lock goes with all the sessions
        held = stage.cluster.session("BEGIN; LOCK TABLE bills;")
        killed += kill_all(waiting(stage, "select")[:1], signal.SIGKILL)
        end(held)
        eventually(stage.cluster.accepts, "postgres")
        stage.heal()
        stage.wait(0.7)
    return killed


@scenario()
def backend_terminated_in_transaction(stage):
    """pg_terminate_backend() inside transactions that write"""
    ended = 0
    for _ in range(4):
        held = stage.cluster.session("BEGIN; LOCK TABLE bill_actions;")
        for pid in waiting(stage, "(insert|with)"):
            ended += stage.cluster.sql(
                f"SELECT pg_terminate_backend({pid})") == "t"
        end(held)
    stage.heal()
    return ended


def restart(stage, how):
    stage.cluster.stop(how)
    stage.wait(0.5)
    stage.heal(stage.cluster.start())
    return 1


@scenario(first_ms=FIRST_MS)
def fast_restart(stage):
    """pg_ctl restart -m fast, half a second down"""
    return restart(stage, signal.SIGINT)


@scenario(first_ms=FIRST_MS)
def immediate_restart(stage):
    """pg_ctl restart -m immediate, half a second down, and recovery"""
    return restart(stage, signal.SIGQUIT)


@scenario(first_ms=FIRST_MS)
def postmaster_killed(stage):
    """the postmaster is killed; its backends end by themselves"""
    pids = stage.cluster.backends()
    restart_pid = stage.cluster.process.pid
    os.kill(restart_pid, signal.SIGKILL)
    stage.cluster.process.wait()
    eventually(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids),
               "backends stay")
    (stage.cluster.data / "postmaster.pid").unlink()
    eventually(lambda: try_start(stage), "postgres")
    return 1


def try_start(stage):
    """Its shared memory is in use until the last of its children is gone."""
    stage.cluster.launch()
    for _ in range(200):
        if stage.cluster.accepts():
            stage.heal()
            return True
        if stage.cluster.process.poll() is not None:
            return False
        time.sleep(0.01)
    return False


@scenario(first_ms=FIRST_MS)
def starting_up(stage):
    """it is restarted and says 57P03 for a second and a half"""
    cluster = stage.cluster
    cluster.stop(signal.SIGQUIT)
    (cluster.data / "standby.signal").touch()
    cluster.launch("-c", "hot_standby=off")
    eventually(cluster.not_yet, "no 57P03")
    asked = stage.proxy.count("accepted")
    stage.wait(1.5)
    asked = stage.proxy.count("accepted") - asked
    cluster.stop(signal.SIGQUIT)
    (cluster.data / "standby.signal").unlink()
    stage.heal(cluster.start())
    stage.figures["connects_a_second"] = round(asked / 1.5, 1)
    return asked


@scenario(reads_go_on=True)
def postmaster_stopped(stage):
    """the postmaster is stopped: no new connection, but the old ones live"""
    stage.cluster.process.send_signal(signal.SIGSTOP)
    stage.wait(2)
    stage.cluster.process.send_signal(signal.SIGCONT)
    stage.heal()
    return 1


@scenario()
def backends_stopped(stage):
    """all of the service's backends are stopped for two seconds"""
    pids = stage.cluster.backends()
    stopped = kill_all(pids, signal.SIGSTOP)
    stage.wait(2)
    kill_all(pids, signal.SIGCONT)
    stage.heal()
    return stopped


@scenario()
def slots_exhausted(stage):
    """the database grants the service one connection and no more (53300)"""
    cluster = stage.cluster
    cluster.sql("ALTER ROLE portcullis_service CONNECTION LIMIT 1")
    pids = cluster.backends()
    for pid in pids:
        cluster.sql(f"SELECT pg_terminate_backend({pid})")
    stage.wait(2)
    cluster.sql("ALTER ROLE portcullis_service CONNECTION LIMIT -1")
    stage.heal()
    return len(pids)


@scenario(reads_go_on=True)
def row_locked(stage):
    """another session holds the row that a writer wants"""
    held = stage.cluster.session(
        f"BEGIN; SELECT FROM bills WHERE id = '{stage.load.bills[0].id}'"
        " FOR UPDATE;")
    waited = len(waiting(stage, "."))
    stage.wait(2)
    end(held)
    stage.heal()
    return waited


@scenario(reads_go_on=True)
def table_locked(stage):
    """another session locks a table that is written, ACCESS EXCLUSIVE"""
    held = stage.cluster.session("BEGIN; LOCK TABLE bill_actions;")
    waited = len(waiting(stage, "."))
    stage.wait(2)
    end(held)
    stage.heal()
    return waited


DAWDLE = """
CREATE SEQUENCE dawdled; GRANT ALL ON SEQUENCE dawdled TO public;
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM nextval('dawdled'), pg_sleep(0.4);
    RETURN NEW;
END $$;
CREATE TRIGGER dawdle BEFORE INSERT ON bill_actions FOR EACH ROW
    EXECUTE FUNCTION dawdle()"""
DETECTED = "portcullis_slow_queries_total"


def all_detected(row):
    return [] if row["detected"] else ["no slow query was noticed"]


@scenario(expect=all_detected, tells="{detected:.0f} slow queries were noticed")
def slow_queries(stage):
    """every write of a table takes 400 ms in the database"""
    stage.cluster.sql(DAWDLE)
    stage.wait(3)
    dawdled = int(stage.cluster.sql("SELECT last_value FROM dawdled"))
    stage.cluster.sql("DROP TRIGGER dawdle ON bill_actions;"
                      " DROP FUNCTION dawdle(); DROP SEQUENCE dawdled")
    stage.heal()
    stage.figures["detected"] = stage.sample(DETECTED)
    return dawdled


REFUSE = """
CREATE SEQUENCE refusals; GRANT ALL ON SEQUENCE refusals TO public;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('refusals') % 3 = 0 THEN
        RAISE EXCEPTION 'on purpose' USING ERRCODE = '{}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON bill_actions FOR EACH ROW
    EXECUTE FUNCTION refuse()"""


def refuse_every_third(stage, sqlstate):
    stage.cluster.sql(REFUSE.format(sqlstate))
    stage.wait(2)
    refused = int(stage.cluster.sql("SELECT last_value / 3 FROM refusals"))
    stage.cluster.sql("DROP TRIGGER refuse ON bill_actions;"
                      " DROP FUNCTION refuse(); DROP SEQUENCE refusals")
    stage.heal()
    return refused


@scenario(reads_go_on=True)
def serialization_failures(stage):
    """every third write fails by 40001"""
    return refuse_every_third(stage, "40001")


# Takes two locks the other way round, once a writer waits for the first; who
# looks for deadlocks last is not their victim.
OTHER_WAY_ROUND = """
BEGIN; SET LOCAL deadlock_timeout = '1min'; LOCK TABLE bill_actions;
DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted
                      AND relation = 'bill_actions'::regclass) LOOP
        PERFORM pg_sleep(0.002);
    END LOOP;
    LOCK TABLE idempotency_keys;
END $$; COMMIT"""
DEADLOCKS = ("SELECT deadlocks FROM pg_stat_database"
             " WHERE datname = 'portcullis'")


@scenario(reads_go_on=True)
def deadlocks(stage):
    """writes are the victims of deadlocks (40P01)"""
    before = int(stage.cluster.sql(DEADLOCKS))

    def enough():
        stage.cluster.sql(OTHER_WAY_ROUND)
        return int(stage.cluster.sql(DEADLOCKS)) >= before + 10
    eventually(enough, "no deadlocks")
    stage.heal()
    return int(stage.cluster.sql(DEADLOCKS)) - before


def writes_are_warned_of(row):
    return [] if row["/readyz"].startswith("200") \
        and "primary:writes" in row["/health"] else [
            f"/readyz {row['/readyz']}, /health {row['/health']}"]


@scenario(expect=writes_are_warned_of)
def primary_read_only(stage):
    """the primary takes no writes any more (25006)"""
    cluster = stage.cluster
    cluster.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    cluster.sql("SELECT pg_reload_conf()")
    stage.wait(2)
    stage.tell("/readyz", "/health")
    cluster.sql("ALTER SYSTEM RESET default_transaction_read_only")
    cluster.sql("SELECT pg_reload_conf()")
    stage.heal()
    return sum(one.code == "read_only" for one in stage.load.seen())


def ask_for_password(stage):
    stage.cluster.sql("ALTER ROLE portcullis_service PASSWORD 'the-first-one'")
    stage.cluster.admit_by("scram-sha-256")


@scenario(password="the-first-one", before=ask_for_password)
def password_rotated(stage):
    """the service's password is another, and its connections are ended"""
    cluster = stage.cluster
    cluster.sql("ALTER ROLE portcullis_service PASSWORD 'another'")
    ended = len(cluster.backends())
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'portcullis_service'")
    asked = stage.proxy.count("accepted")
    stage.wait(2)
    stage.figures["connects_a_second"] = round(
        (stage.proxy.count("accepted") - asked) / 2, 1)
    cluster.sql("ALTER ROLE portcullis_service PASSWORD 'the-first-one'")
    stage.heal()
    cluster.admit_by("trust")
    return ended


@scenario(reads_go_on=True)
def result_type_changed(stage):
    """a column that is read changes its type, and again"""
    for kind in ("varchar", "text") * 3:
        stage.cluster.sql(f"ALTER TABLE bills ALTER url TYPE {kind}")
        stage.wait(0.3)
    stage.heal()
    return 6
