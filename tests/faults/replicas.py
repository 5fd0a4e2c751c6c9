# SPDX-License-Identifier: MIT
"""Replicas that lag, conflict or are gone, and a primary that is lost."""

import os
import signal

from cluster import Cluster
from scenario import scenario
from world import Proxy, eventually


def three_servers(stage):
    """A primary and two standbys."""
    homes = [stage.directory / name for name in ("primary", "first", "second")]
    for home in homes:
        home.mkdir()
    stage.cluster = Cluster(homes[0], of=stage.cluster)
    stage.standbys = [Cluster(home, of=stage.cluster, standby=True)
                      for home in homes[1:]]
    stage.extra += [*stage.standbys, stage.cluster]
    stage.proxy.stop()
    stage.proxy = Proxy(stage.build / "tests" / "fault_proxy",
                        stage.cluster.socket)
    stage.url = stage.proxied()
    stage.settings["database_replica_urls"] = ",".join(
        one.url("portcullis_service") for one in stage.standbys)


def set_on(server, name, value=None):
    """At once; without a value as it was."""
    server.sql(f"ALTER SYSTEM SET {name} = '{value}'" if value is not None
               else f"ALTER SYSTEM RESET {name}")
    server.sql("SELECT pg_reload_conf()")


def synchronous(stage):
    """Nothing is acknowledged that both standbys do not have."""
    three_servers(stage)
    set_on(stage.cluster, "synchronous_standby_names", "2 (*)")


@scenario(before=synchronous, first_ms=1000)
def failover(stage):
    """the primary is killed, a second later a synchronous standby promoted"""
    stage.cluster.process.send_signal(signal.SIGKILL)
    stage.wait(1)
    stage.tell("/readyz", "/health")
    stage.cluster = stage.standbys[0]
    stage.cluster.sql("SELECT pg_promote()")
    stage.heal()
    return 1


def old_reads_are_answered(row):
    return [] if row["/readyz"].startswith("200") and row["fresh"] == 503 \
        else [f"/readyz {row['/readyz']}, a fresh read {row['fresh']}"]


@scenario({"degraded_reads": "on"}, before=three_servers, first_ms=1000,
          expect=old_reads_are_answered,
          tells="{old} of 20 reads that may be old were answered meanwhile")
def no_primary(stage):
    """no primary, and replicas that may answer what may be old"""
    path = stage.load.bills[0].path

    def old():
        return stage.get(path, stage.token, Consistency="any")[0]

    stage.cluster.stop(signal.SIGQUIT)
    eventually(lambda: old() == 200, "no old read is answered")
    stage.figures |= {"fresh": stage.get(path, stage.token)[0],
                      "old": [old() for _ in range(20)].count(200)}
    stage.tell("/readyz", "/health")
    stage.heal(stage.cluster.start())
    return stage.figures["old"]


TELLS = "replicas were asked {replica_reads:.0f} times, for {reads} reads"
WITH_TOKENS = {"before": three_servers, "reads_go_on": True, "tokens": True,
               "tells": TELLS}


def without(stage, gone):
    for one in gone:
        one.stop(signal.SIGQUIT)
    stage.wait(2)
    stage.tell("/readyz", "/health")
    for one in gone:
        stage.heal(one.start())
    return len(gone)


@scenario(**WITH_TOKENS)
def replica_gone(stage):
    """one of two replicas is stopped, and started again"""
    return without(stage, stage.standbys[:1])


@scenario(**WITH_TOKENS)
def all_replicas_gone(stage):
    """both replicas are stopped, and started again"""
    return without(stage, stage.standbys)


def behind(stage, one):
    """Bytes of the primary's log that it has not replayed."""
    at = stage.cluster.sql("SELECT pg_current_wal_lsn()")
    return int(float(one.sql(
        f"SELECT pg_wal_lsn_diff('{at}', pg_last_wal_replay_lsn())")))


def lagging(stage, begin, end, seconds=3):
    """One of two; answers by how many bytes it was behind in the end."""
    one = stage.standbys[0]
    begin(one)
    stage.wait(seconds)
    bytes_behind = behind(stage, one)
    stage.tell("/readyz", "/health")
    end(one)
    stage.heal()
    return max(0, bytes_behind)


@scenario(**WITH_TOKENS)
def replica_lags(stage):
    """one of two replicas is five seconds behind"""
    return lagging(
        stage, lambda one: set_on(one, "recovery_min_apply_delay", "5s"),
        lambda one: set_on(one, "recovery_min_apply_delay"))


@scenario(**WITH_TOKENS)
def replica_paused(stage):
    """one of two replicas receives everything and replays nothing"""
    return lagging(stage, lambda one: one.sql("SELECT pg_wal_replay_pause()"),
                   lambda one: one.sql("SELECT pg_wal_replay_resume()"))


@scenario(**WITH_TOKENS)
def replica_cut_off(stage):
    """one of two replicas hears nothing more of its primary, and answers"""
    return lagging(
        stage, lambda one: set_on(one, "primary_conninfo", ""),
        lambda one: set_on(one, "primary_conninfo"))


@scenario(**WITH_TOKENS)
def replica_killed(stage):
    """one of two replicas is killed, and started again"""
    one = stage.standbys[0]
    pids = [one.process.pid, *one.backends()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    one.process.wait()
    stage.wait(2)
    (one.data / "postmaster.pid").unlink()
    stage.heal(one.start())
    return len(pids)


CONFLICTS = ("SELECT sum(confl_lock + confl_snapshot + confl_bufferpin)"
             " FROM pg_stat_database_conflicts")
LOCKS = "BEGIN; LOCK TABLE bills; COMMIT; SELECT pg_sleep(0.01);"


@scenario(before=three_servers, tokens=True, readers=8, pause_ms=2,
          tells=TELLS)
def replica_conflicts(stage):
    """both replicas cancel reads for what they replay (40001)"""
    def conflicts():
        return sum(int(one.sql(CONFLICTS)) for one in stage.standbys)

    for one in stage.standbys:
        set_on(one, "max_standby_streaming_delay", "0")
    before = conflicts()

    def enough():
        stage.cluster.sql(LOCKS * 20)
        return conflicts() >= before + 5
    eventually(enough, "no read conflicts")
    for one in stage.standbys:
        set_on(one, "max_standby_streaming_delay")
    stage.heal()
    return conflicts() - before


@scenario(before=synchronous, tokens=True, appends_only=True, first_ms=1000,
          tells="injected are writes that were acknowledged and lost, all of"
          " that second; " + TELLS)
def failover_with_lost_tail(stage):
    """the primary is killed, and no standby has what it acknowledged last"""
    load, lost = stage.load, stage.cluster
    set_on(lost, "synchronous_standby_names", "")
    before = set(load.acknowledged)
    for one in stage.standbys:
        set_on(one, "primary_conninfo", "")
    stage.wait(1)
    lost.process.send_signal(signal.SIGKILL)
    stage.wait(1)
    stage.may_be_lost = load.acknowledged - before
    stage.cluster = stage.standbys[0]
    stage.cluster.sql("SELECT pg_promote()")
    stage.heal()
    stored = stage.cluster.sql("SELECT text FROM bill_actions").split()
    return len(stage.may_be_lost - set(stored))
