#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""verbs.py PROGRAM: every command keeps what its table promises.

Walks what `portcullis help --json` prints, within `portcullis sandbox`, which
gives the servers. Each command and each action has its line in RUNS; one that
has none fails. Of each is seen that
  - --json prints one document of the shape in the table, and no colours; words
    go to stderr, and what works in steps closes with a report;
  - without it stdout holds no colours where NO_COLOR is set, on a terminal,
    and what takes long tells there how far it is;
  - an unknown option and a surplus operand are usage errors, with empty stdout;
  - without a database it ends with 3, with one that nobody answers for with 11;
  - a full disk beneath stdout is no success;
  - what destroys refuses without a terminal, and asks on one;
  - every status met is one that its page tells."""

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shape import Shape

PROGRAM = sys.argv[1]
OK, FAILED, USAGE, CONFIG, UNREACHABLE, UNFIT, FOUND = 0, 1, 2, 3, 11, 14, 16
NOBODY = "postgresql://nobody@/nothing?host=/nonexistent"
TRIES = 120
COLOUR = re.compile(r"\033\[[0-9;]*m")
STEP = re.compile(r" ms$", re.M)

# Run once: what else is seen of them is the report's, which quicker ones have.
SLOW = {"restore", "verify", "drill"}

# What is told on a terminal of how far these are.
BARS = {"backup": r"dump: #+ table (\d+) of \1,", "verify": r"restore: #+\.* entry \d+ of \d+,",
        "check data": r"check data: #+ check (\d+) of \1,"}

# What prints no document: it serves, is a command's own, or a shell's.
NO_DOCUMENT = {"serve", "dev", "sandbox", "completion"}


def url_of(variable, database):
    return re.sub(r"/[^/?]*(\?|$)", rf"/{database}\1", os.environ[variable], count=1)


ADMIN = url_of("ADMIN_DATABASE_URL", "postgres")
OWNER = url_of("OWNER_DATABASE_URL", "verbs")


class Said:
    def __init__(self, status, out, words):
        self.status, self.out, self.words = status, out, words


def environment(url, **more):
    return {**os.environ, "DATABASE_URL": url, **more}


def run(arguments, url, stdout=subprocess.PIPE, **more):
    done = subprocess.run([PROGRAM, *arguments], env=environment(url, **more), stdout=stdout, check=False,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    return Said(done.returncode, done.stdout, done.stderr)


def read_all(terminal):
    said = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # what Linux answers when nobody has the other side
            return said.decode()
        if not more:
            return said.decode()
        said += more


def run_on_terminal(arguments, url, typed="", **more):
    ours, theirs = pty.openpty()
    with subprocess.Popen([PROGRAM, *arguments], env=environment(url, **more), stdin=theirs, stdout=theirs,
                          stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        said = read_all(ours)
    os.close(ours)
    return Said(process.returncode, said, said)


# --- a database and a service for all of them -------------------------------------


class Stage:
    """Names that are new each time, and what one command needs of another."""

    def __init__(self, directory):
        self.directory, self.count = Path(directory), 0
        self.service = self.instance = None
        people = '{"bioguide":"B000001","name":"Bea Boss","district":-1,"state":"ND"}\n'
        (self.directory / "people.ndjson").write_text(people)
        (self.directory / "schema").mkdir()
        (self.directory / "schema/domains").write_text("bills\n")

    def begin(self):
        for step in (["setup", "--database=verbs"], ["demo", "--bills=20", "--people=5", "--users=2"],
                     ["user", "verbs@tests", "--role=admin", "--external-id=verbs"]):
            said = run(step, ADMIN if step[0] == "setup" else OWNER)
            assert said.status == OK, said.words
        reading, writing = os.pipe()
        with open(self.path("service.log"), "wb") as log:
            self.service = subprocess.Popen(  # ended by end()
                [PROGRAM, "serve", "--listen=127.0.0.1:0", "--loops=1", f"--pid-file={self.path('pid')}"],
                env=environment(url_of("DATABASE_URL", "verbs"), PORTCULLIS_READY_FD=str(writing)),
                pass_fds=[writing], stderr=log)
        os.close(writing)
        with os.fdopen(reading) as ready:
            self.instance = ready.readline().strip()
        assert self.instance, self.path("service.log").read_text()
        os.environ["PORTCULLIS_TOKEN"] = run(["token", "verbs"], OWNER).out.strip()

    def mend(self):
        """All migrations are there again and nothing else, and the service has seen it."""
        run_sql("DROP TABLE IF EXISTS pg_stat_statements", OWNER)
        for step in (["migrate", "up"], ["wait", self.instance, "--timeout=600"]):
            said = run(step, OWNER)
            assert said.status == OK, said.words

    def end(self):
        if self.service:
            self.service.terminate()
            self.service.wait()
        run_sql("DROP DATABASE IF EXISTS verbs WITH (FORCE)")
        for number in range(self.count + 1):
            run_sql(f"DROP DATABASE IF EXISTS verbs_{number} WITH (FORCE)")

    def path(self, name):
        return self.directory / name

    def new(self):
        self.count += 1
        return f"{self.count}"

    def backup(self):
        found = sorted(self.path("backups").glob("verbs-*"))
        return str(found[-1] if found else run(["backup", str(self.path("backups"))], OWNER).out.strip())

    def key(self):
        return json.loads(run(["key", "create", "verbs", "--name=its", "--json"], OWNER).out)["id"]


    def one_before(self):
        run(["migrate", "up"], OWNER)
        last = json.loads(run(["migrate", "status", "--json"], OWNER).out)["migrations"][-2]
        return f"{last['domain']}/{last['number']:04}"

    def statements(self):
        """What the extension would show; it must be loaded when a server starts."""
        run_sql("CREATE TABLE IF NOT EXISTS pg_stat_statements AS SELECT oid AS dbid,"
                " 'SELECT 1' AS query, 1::bigint AS plans, 2::bigint AS calls,"
                " 0.5::float8 AS total_exec_time, 0.25::float8 AS mean_exec_time, 2::bigint AS rows,"
                " 1::bigint AS shared_blks_hit, 1::bigint AS shared_blks_read"
                " FROM pg_database WHERE datname = 'verbs'", OWNER)
        return []


def run_sql(sql, url=ADMIN):
    subprocess.run(["psql", "-qX", url, "-c", sql], stderr=subprocess.DEVNULL, check=False)


# What is run of each: arguments behind its name, who connects, what it may end with.
RUNS = {
    "setup": (lambda stage: ["--database=verbs"], ADMIN),
    "migrate up": (lambda stage: [], OWNER),
    "migrate redo": (lambda stage: ["--yes"], OWNER),
    "migrate to": (lambda stage: [stage.one_before(), "--yes"], OWNER),
    "migrate down": (lambda stage: ["--yes"], OWNER),
    "migrate status": (lambda stage: [], OWNER),
    "migrate validate": (lambda stage: [], ADMIN.replace("/postgres", "/verbs")),
    "migrate lint": (lambda stage: [], OWNER),
    "migrate new": (lambda stage: ["bills", f"new-{stage.new()}", f"--dir={stage.path('schema')}"], OWNER),
    "seed": (lambda stage: [], OWNER),
    "import": (lambda stage: ["people", str(stage.path("people.ndjson"))], OWNER),
    "demo": (lambda stage: ["--bills=20", "--people=5", "--users=2"], OWNER),
    "backup": (lambda stage: [str(stage.path("backups"))], OWNER),
    "restore": (lambda stage: [stage.backup(), f"--as=verbs_{stage.new()}"], ADMIN),
    "verify": (lambda stage: [stage.backup()], OWNER),
    "drill": (lambda stage: [], ADMIN.replace("/postgres", "/verbs")),
    "check data": (lambda stage: [], OWNER, FOUND),
    "check queries": (lambda stage: [], OWNER),
    "advise": (lambda stage: [], OWNER, FOUND),
    "profile": (lambda stage: stage.statements(), OWNER),
    "cache status": (lambda stage: [], OWNER),
    "cache flush": (lambda stage: [], OWNER),
    "cache explain": (lambda stage: [stage.instance + "/v1/bills"], OWNER, FAILED),
    "user": (lambda stage: ["verbs@tests"], OWNER),
    "token": (lambda stage: ["verbs"], OWNER),
    "key create": (lambda stage: ["verbs", "--name=its"], OWNER),
    "key list": (lambda stage: [], OWNER),
    "key revoke": (lambda stage: [stage.key()], OWNER),
    "audit verify": (lambda stage: [], OWNER),
    "audit partitions": (lambda stage: [], OWNER),
    "health": (lambda stage: [stage.instance], OWNER, FAILED),
    "top": (lambda stage: [stage.instance, "--once", "--every=1"], OWNER),
    "doctor": (lambda stage: ["--listen=127.0.0.1:0"], OWNER),
    "wait": (lambda stage: [stage.instance, "--timeout=600"], OWNER),
    "reload": (lambda stage: [f"--pid-file={stage.path('pid')}"], OWNER),
    "routes": (lambda stage: [], OWNER),
    "resources": (lambda stage: [], OWNER),
    "config show": (lambda stage: [], OWNER),
    "config reference": (lambda stage: [], OWNER),
    "config check": (lambda stage: [], OWNER, UNFIT),
    "config diff": (lambda stage: [], OWNER),
    "version": (lambda stage: [], OWNER),
    "help": (lambda stage: [], OWNER),
    "reset": (lambda stage: ["--yes", "--force"], OWNER),
}

# What asks no database, or none by the setting DATABASE_URL.
WITHOUT_DATABASE = NO_DOCUMENT | {"cache explain", "verify", "token", "health", "top", "wait", "reload", "routes", "doctor",
                                  "resources", "config show", "config reference", "config check",
                                  "config diff", "version", "help", "migrate new"}


# --- what is seen of each ----------------------------------------------------------


class Walk:
    def __init__(self, stage, verbs):
        self.stage, self.verbs, self.faults, self.seen = stage, verbs, [], 0

    def see(self, name, what, holds, said):
        self.seen += 1
        if not holds:
            self.faults.append(f"{name}: {what}\n    {said.status}: {(said.words or '')[-600:]}"
                               f"\n    {(said.out or '')[:300]}")

    def arguments(self, name):
        return [*name.split(), *RUNS[name][0](self.stage)]

    def good(self, name, verb, said):
        told = {row["status"] for row in verb["exits"]}
        return said.status in (OK, *RUNS[name][2:]) and said.status in told

    def until_good(self, name, verb, once):
        """What watches waits seconds only: on a machine with much else to do it is asked again."""
        said = once()
        for _ in range(TRIES if verb["group"] == "Watching" else 0):
            if self.good(name, verb, said):
                break
            time.sleep(1)
            said = once()
        return said

    def document(self, name, verb):
        rows = [row for row in verb["documents"] if not row["actions"] or name.split()[-1] in row["actions"].split()]
        said = self.until_good(name, verb, lambda: run([*self.arguments(name), "--json"], RUNS[name][1],
                                                       NO_COLOR=""))
        self.see(name, "--json ends well", self.good(name, verb, said), said)
        self.see(name, "one shape is told", len(rows) == 1, said)
        try:
            fault = Shape(rows[0]["shape"]).differ(json.loads(said.out))
        except (ValueError, IndexError, AssertionError) as error:
            fault = str(error)
        self.see(name, f"--json prints that shape: {fault}", not fault, said)
        self.see(name, "nothing is coloured without a terminal", not COLOUR.search(said.out + said.words), said)
        self.see(name, "what works in steps tells each on stderr, and closes with how long they took",
                 '"took_ms":' not in said.out or '"steps":[]' in said.out or (STEP.search(said.words) and re.search(r" done in [\d.]+ s$", said.words, re.M)), said)

    def terminal(self, name, verb):
        if name in SLOW - BARS.keys():
            return
        said = self.until_good(name, verb, lambda: run_on_terminal(self.arguments(name), RUNS[name][1],
                                                                   NO_COLOR="1", TERM="xterm"))
        self.see(name, "ends well on a terminal", self.good(name, verb, said), said)
        self.see(name, "NO_COLOR leaves colours out", not COLOUR.search(said.out), said)
        self.see(name, "a bar tells how far it is", re.search(BARS.get(name, ""), said.out), said)

    def wrong(self, name, _verb):
        for extra in ("--no-such-option", "one", "two", "three"):
            said = run([*name.split(), extra] if extra.startswith("--") else
                       [*self.arguments(name), "one", "two", "three"], RUNS[name][1])
            if name == "migrate lint" and not extra.startswith("--"):
                continue  # it takes any number of files
            self.see(name, f"{extra} is refused", said.status == USAGE and said.words and not said.out, said)
            if not extra.startswith("--"):
                break

    def unreachable(self, name, _verb):
        if name in WITHOUT_DATABASE:
            return
        arguments = self.arguments(name)
        said = run(arguments, "")
        self.see(name, "DATABASE_URL is asked for", said.status == CONFIG and "DATABASE_URL" in said.words, said)
        said = run(arguments, NOBODY)
        self.see(name, "a database that nobody answers for is told", said.status == UNREACHABLE and said.words, said)

    def full_disk(self, name, verb):
        if name in SLOW or not any(not row["actions"] or name.split()[-1] in row["actions"].split() for row in verb["documents"]):
            return
        with open("/dev/full", "w", encoding="ascii") as full:
            said = run([*self.arguments(name), "--json"], RUNS[name][1], stdout=full)
        self.see(name, "a full disk beneath stdout is no success", said.status != OK and said.words, said)

    def destruction(self, name, _verb):
        arguments = self.arguments(name)
        if "--yes" not in arguments:
            return
        arguments.remove("--yes")
        before = rows_of_bills()
        said = run(arguments, RUNS[name][1])
        self.see(name, "without a terminal --yes is asked for", said.status == USAGE and "--yes" in said.words, said)
        said = run_on_terminal(arguments, RUNS[name][1], typed="another\n")
        self.see(name, "another name typed changes nothing",
                 said.status == FAILED and "verbs" in said.words and rows_of_bills() == before, said)
        said = run_on_terminal(arguments, RUNS[name][1], typed="verbs\n")
        self.see(name, "the database's name is taken for yes", said.status == OK, said)

    def verb(self, verb):
        names = [f"{verb['name']} {action['name']}" for action in verb["actions"]] or [verb["name"]]
        for name in names if verb["name"] not in NO_DOCUMENT else []:
            if name in NO_DOCUMENT:
                continue
            begun = time.monotonic()
            self.see(name, "has a line in RUNS", name in RUNS, Said(None, "", ""))
            if name not in RUNS:
                continue
            for look in (self.wrong, self.unreachable, self.destruction, self.document, self.terminal,
                         self.full_disk):
                look(name, verb)
            if name in ("migrate down", "migrate to", "profile"):
                self.stage.mend()
            print(f"{name}: {time.monotonic() - begun:.1f} s", file=sys.stderr)


def rows_of_bills():
    return subprocess.run(["psql", "-AtX", OWNER, "-c", "SELECT count(*) FROM bills"], capture_output=True,
                          check=True).stdout


def main():
    with tempfile.TemporaryDirectory(prefix="portcullis-verbs-") as directory:
        stage = Stage(directory)
        try:
            stage.begin()
            walk = Walk(stage, json.loads(run(["help", "--json"], "").out))
            # reset comes last: it ends every session, the service's too
            for verb in sorted(walk.verbs, key=lambda verb: verb["name"] == "reset"):
                walk.verb(verb)
        finally:
            stage.end()
    print("\n".join(walk.faults), flush=True)
    print(f"{walk.seen} seen, {len(walk.faults)} faults")
    return bool(walk.faults)


sys.exit(main())
