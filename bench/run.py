#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Portcullis beside what it is compared with, in one run.

Run by `./dev bench`, which gives it a database of its own. How to read what
it prints stands in README.md.
"""

import argparse
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the checkout stays as it is

import database  # noqa: E402
import report  # noqa: E402
import syscalls  # noqa: E402
from failure import Failed, Missing  # noqa: E402
from rows import ROWS  # noqa: E402
from servers import SERVERS, exchange, start_tapped  # noqa: E402
from tap import Tap  # noqa: E402

LEVELS = (1, 16, 64, 256)
QUICK = {"rounds": 1, "seconds": 2, "levels": [1, 64]}
WARM_CONNECTIONS, WARM_SECONDS = 16, 1
RESERVED = 20  # connections to PostgreSQL left for the servers that also run


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--portcullis", required=True, type=pathlib.Path, metavar="PATH",
        help="release binary")
    add("--build", type=pathlib.Path, metavar="DIR",
        help="its build directory, with bench/bench_memory and place for"
             " Fastify; found above the binary if left out")
    add("--rounds", type=int, default=3)
    add("--seconds", type=int, default=2, help="for each cell of each round")
    add("--connections", type=int, nargs="+", default=LEVELS, dest="levels")
    add("--bills", type=int, default=100_000)
    add("--loops", type=int, default=os.cpu_count(),
        help="of Portcullis, and threads of the memory peer (%(default)s)")
    add("--only", nargs="+", metavar="ROW",
        choices=[row.name for row in ROWS], help="these rows alone")
    add("--quick", action="store_true", help="to see that it runs")
    add("--strace", action="store_true", help="count system calls too")
    add("--json", type=pathlib.Path, metavar="FILE")
    chosen = parser.parse_args()
    if chosen.quick:
        vars(chosen).update(QUICK)
    return chosen


def say(text):
    print(text, file=sys.stderr, flush=True)


class Progress:
    """One line rewritten on a terminal, else one line for each round."""

    def __init__(self, rounds):
        self.rounds, self.last = rounds, None
        self.rewrites = sys.stderr.isatty()

    def show(self, number, connections, row):
        if self.rewrites:
            print(f"\r\033[Kround {number + 1} of {self.rounds},"
                  f" {connections} connections: {row.title}",
                  end="", file=sys.stderr, flush=True)
        elif number != self.last:
            say(f"round {number + 1} of {self.rounds}")
        self.last = number

    def end(self):
        if self.rewrites:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def version_of(portcullis):
    """Refuses a build whose speed says nothing."""
    version = json.loads(database.run([portcullis, "version", "--json"], None))
    if version["build_type"] != "Release" or version["sanitizers"]:
        raise Failed("this is a {build_type} build (sanitizers:"
                     " '{sanitizers}'): only a plain Release one is"
                     " measured".format(**version))
    return version


class Bench:
    """What the rows need to know; servers by name, or why one is missing."""

    def __init__(self, chosen, directory):
        self.portcullis = chosen.portcullis.resolve()
        self.build = (chosen.build or self._build_above()).resolve()
        self.memory = self.build / "bench" / "bench_memory"
        self.directory = directory
        self.loops = chosen.loops
        self.secret = secrets.token_hex(32)  # what tokens are signed with
        self.token = None  # of who may import, when there is a database
        self.database = database.Database(dict(os.environ))
        self.servers, self.missing, self.columns = {}, {}, []
        self.scripts = {}  # of Pgbench rows, by name
        self._lines, self._tap, self._tapped = {}, None, None

    def _build_above(self):
        for directory in self.portcullis.parents:
            if (directory / "CMakeCache.txt").exists():
                return directory
        raise Failed("no build directory above the binary: use --build DIR")

    def start(self, stack, names):
        for name in (name for name in SERVERS if name in names):
            try:
                server = SERVERS[name](self, self.servers)
            except Missing as reason:
                self.missing[name] = str(reason)
                say(f"{name} is missing: {reason}")
                continue
            stack.callback(server.stop)
            self.servers[name] = server
        _, body = exchange(self.servers["portcullis"].url,
                           f"/v1/bills/{self.database.ids[0]}")
        self.columns = list(json.loads(body))

    def lines(self, server, requests):
        """What the function asks of the server, asked for once."""
        key = server, requests
        if key not in self._lines:
            self._lines[key] = requests(self.servers[server], self)
        return self._lines[key]

    def tapped(self):
        """A service that asked() can listen to."""
        if not self._tapped:
            directory = self.directory / "tap"
            directory.mkdir(exist_ok=True)
            self._tap = self._tap or Tap(directory, self.database.socket_path)
            self._tapped = start_tapped(self, directory)
        return self._tapped

    def asked(self, request):
        """The statements behind a request to tapped(), and its answer. What
        the service asks of itself is on other connections."""
        self._tap.asked.clear()
        answer = request()
        asked = list(self._tap.asked)
        its = {one.connection for one in asked if " bills " in one.sql}
        return [one for one in asked if one.connection in its], answer

    def end_tap(self):
        if self._tapped:
            self._tapped.stop()
            self._tap.close()

    def free_connections(self):
        limit = self.database.query("SHOW max_connections")
        return int(limit[0]) - RESERVED


def prepare(bench, rows, levels, results):
    """Answers the cells that can be measured."""
    cells = []
    for row in rows:
        row_cells = [(row, connections) for connections in levels
                     if connections in row.at]
        try:
            row.by.prepare(bench, row.name)
            cells += row_cells
        except (Failed, Missing) as reason:
            note(results, reason, *row_cells)
    return cells


def note(results, reason, *cells):
    kind = results.failed if isinstance(reason, Failed) else results.missing
    for row, connections in cells:
        kind[row.name, connections] = str(reason)
    if isinstance(reason, Failed):
        say(f"FAILED: {cells[0][0].title}: {reason}")


def measure(bench, cells, chosen, results):
    """Every other round goes backwards, so that none is always the first. A
    cell that failed is not tried again."""
    progress = Progress(chosen.rounds)
    for number in range(chosen.rounds):
        for row, connections in cells[::-1] if number % 2 else cells:
            cell = row.name, connections
            if cell in results.failed or cell in results.missing:
                continue
            progress.show(number, connections, row)
            try:
                sample = row.by.measure(bench, row.name, connections,
                                        chosen.seconds)
                results.samples.setdefault(cell, []).append(sample)
            except (Failed, Missing) as reason:
                progress.end()
                note(results, reason, (row, connections))
    progress.end()


def warm_up(bench, cells):
    """Shared buffers, caches and Node's compiler, before anything counts."""
    for row in dict.fromkeys(row for row, _ in cells):
        with contextlib.suppress(Failed, Missing):
            row.by.measure(bench, row.name, WARM_CONNECTIONS, WARM_SECONDS)


def bench_all(chosen, stack, directory):
    rows = [row for row in ROWS if not chosen.only or row.name in chosen.only]
    results = report.Results({}, {}, {})
    version = version_of(chosen.portcullis.resolve())
    bench = Bench(chosen, directory)
    say(f"loading {chosen.bills:,} bills")
    bench.database.load(bench.portcullis, chosen.bills)
    bench.token = subprocess.run(
        [bench.portcullis, "token", "bench", "--minutes", "1440"],
        env=os.environ | {"PORTCULLIS_JWT_SECRET": bench.secret}, check=True,
        capture_output=True, text=True).stdout.strip()
    servers = {getattr(row.by, "server", None) for row in rows}
    bench.start(stack, {"portcullis"} | servers)
    stack.callback(bench.end_tap)
    cells = prepare(bench, rows, chosen.levels, results)
    bench.end_tap()
    cells.sort(key=lambda cell: chosen.levels.index(cell[1]))
    warm_up(bench, cells)
    measure(bench, cells, chosen, results)
    traces = syscalls.trace_all(bench, rows) if chosen.strace else {}
    facts = {"portcullis": version, "bills": chosen.bills,
             "loops": chosen.loops, "rounds": chosen.rounds,
             "seconds": chosen.seconds}
    return rows, results, traces, facts


def show(chosen, rows, results, traces, facts):
    print(f"Portcullis {facts['portcullis']['version']}, {chosen.loops} loops,"
          f" {chosen.bills:,} bills; medians of {chosen.rounds} rounds of"
          f" {chosen.seconds} s; {report.machine()['cores']} cores shared by"
          " load, server and PostgreSQL\n")
    print(report.table(chosen.levels, results))
    print("\n" + report.goals(chosen.rounds, results.samples))
    if traces:
        print("\n" + syscalls.table(traces, rows))
    if chosen.json:
        chosen.json.write_text(report.as_json(
            facts, chosen.levels, chosen.rounds, results, traces))


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for program in ("wrk", "pgbench", "psql"):
            if shutil.which(program) is None:
                raise Failed(f"{program} is not installed: run ./dev deps")
        with contextlib.ExitStack() as stack:
            directory = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="portcullis-bench-")))
            rows, results, traces, facts = bench_all(chosen, stack, directory)
        show(chosen, rows, results, traces, facts)
    except Failed as reason:
        say(f"bench: {reason}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
