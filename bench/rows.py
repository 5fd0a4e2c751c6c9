# SPDX-License-Identifier: MIT
"""What is measured: a row is one entry of ROWS, a goal one of GOALS."""

import json
import re
from dataclasses import dataclass
from typing import Callable

import bulk
import load
from bulk import Bulk
from failure import Failed, Missing
from servers import exchange, field

PAGE = 25
LONGEST_PAGE = 200


# What the HTTP rows ask for: lines for wrk.lua, checked on the first answer.

def livez(server, _):
    exchange(server.url, "/livez")
    return ["GET /livez"]


def one_bill(server, bench):
    ids = bench.database.ids
    _, body = exchange(server.url, f"/v1/bills/{ids[0]}")
    seen = json.loads(body)
    if seen.get("id") != ids[0] or set(seen) != set(bench.columns):
        raise Failed(f"{server.name} answers another bill: {seen}")
    return [f"GET /v1/bills/{id}" for id in ids]


def one_page(server, _):
    """Cursors are the server's own, so its list is walked to its end."""
    target, pages = f"/v1/bills?limit={LONGEST_PAGE}", []
    while target is not None:
        pages.append(target.replace(f"limit={LONGEST_PAGE}", f"limit={PAGE}"))
        head, _ = exchange(server.url, target)
        link = re.search(r'<([^>]*)>; *rel="?next', field(head, "Link") or "")
        target = link[1] if link else None
    _, body = exchange(server.url, pages[0])
    if len(json.loads(body)) != PAGE:
        raise Failed(f"{server.name} answers a page that has not {PAGE} bills")
    return [f"GET {page}" for page in pages]


# The same rows and columns from pgbench, found by a unique integer.

BILL_SQL = """\
\\set v random({first}, {last})
SELECT {columns} FROM bills WHERE version = :v AND deleted_at IS NULL
"""

PAGE_SQL = """\
\\set v random({first}, {last})
SELECT {columns} FROM bills WHERE version > :v AND deleted_at IS NULL
 ORDER BY version LIMIT 25
"""


@dataclass(frozen=True)
class Http:
    server: str
    requests: Callable  # (Server, Bench) -> lines for wrk.lua

    def prepare(self, bench, name):
        if self.server in bench.missing:
            raise Missing(bench.missing[self.server])
        lines = self.requests(bench.servers[self.server], bench)
        self._file(bench, name).write_text("\n".join(lines) + "\n")

    def measure(self, bench, name, connections, seconds):
        server = bench.servers[self.server]
        server.check_alive()
        return load.wrk(server.url, self._file(bench, name), connections,
                        seconds, server.pid, bench.database)

    @staticmethod
    def _file(bench, name):
        return bench.directory / f"{name}.requests"


@dataclass(frozen=True)
class Pgbench:
    script: str
    most: int | None = None  # clients, however many connections are asked for
    threads: int | None = None  # as many as wrk, if left out

    def prepare(self, bench, name):
        pass

    def measure(self, bench, name, connections, seconds):
        clients = min(connections, self.most or connections)
        free = bench.free_connections()
        if clients > free:
            raise Missing(f"PostgreSQL has only {free} connections free")
        script = self.script.format(first=bench.database.version_first,
                                    last=bench.database.version_last,
                                    columns=", ".join(bench.columns))
        threads = self.threads or load.threads_for(clients)
        return load.pgbench(script, clients, threads, seconds, bench.database,
                            bench.directory)


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    by: Http | Pgbench | Bulk
    baseline: str | None = None  # the row that ratios are taken to
    above: int = 0               # measured at more connections than this
    most: int | None = None      # … and at no more than this


ROWS = (
    Row("pgbench_bill", "pgbench: one bill, ≤ 16 clients",
        Pgbench(BILL_SQL, most=16)),
    Row("pgbench_bill_threads", "pgbench: the same, 2 threads",
        Pgbench(BILL_SQL, most=16, threads=2), "pgbench_bill", above=1),
    Row("pgbench_bill_same", "pgbench: one bill, all clients",
        Pgbench(BILL_SQL), "pgbench_bill", above=16),
    Row("bill", "GET /v1/bills/{id}",
        Http("portcullis", one_bill), "pgbench_bill"),
    Row("fastify_bill", "Fastify + pg: the same",
        Http("fastify", one_bill), "pgbench_bill"),
    Row("pgbench_page", "pgbench: page of 25, ≤ 16 clients",
        Pgbench(PAGE_SQL, most=16)),
    Row("page", "GET /v1/bills?limit=25&cursor=…",
        Http("portcullis", one_page), "pgbench_page"),
    Row("fastify_page", "Fastify + pg: the same",
        Http("fastify", one_page), "pgbench_page"),
    Row("copy_out", "psql: COPY out (rows)", Bulk(bulk.copy_out), most=1),
    Row("export", "GET /v1/bills/export (rows)",
        Bulk(bulk.export, server="portcullis"), "copy_out", most=1),
    Row("copy_in", "psql: COPY in (rows)",
        Bulk(bulk.copy_in, bulk.prepare_import, bulk.remove_imported),
        most=1),
    Row("import", "POST /v1/bills/import (rows)",
        Bulk(bulk.import_lines, bulk.prepare_import, bulk.remove_imported,
             server="portcullis"), "copy_in", most=1),
    Row("memory", "libmicrohttpd: the bytes of /livez",
        Http("memory", livez)),
    Row("livez", "GET /livez",
        Http("portcullis", livez), "memory"),
)


GOAL_CONNECTIONS = 64


@dataclass(frozen=True)
class Goal:
    title: str
    value: Callable  # of one round's samples, by row name
    least: float | None = None
    most: float | None = None
    connections: int = GOAL_CONNECTIONS

GOALS = (
    Goal("GET one bill, against pgbench with 16 clients", least=1.2,
         value=lambda at: at["bill"].rate / at["pgbench_bill"].rate),
    Goal("GET one bill, against Fastify with one worker", least=7.0,
         value=lambda at: at["bill"].rate / at["fastify_bill"].rate),
    Goal("GET /livez, against libmicrohttpd from memory", least=0.85,
         value=lambda at: at["livez"].rate / at["memory"].rate),
    Goal("GET one bill, p99 against p50", most=4.0,
         value=lambda at: at["bill"].p99 / at["bill"].p50),
    Goal("export, against COPY out, at 1 connection", least=0.7,
         value=lambda at: at["export"].rate / at["copy_out"].rate,
         connections=1),
    Goal("import, against COPY in, at 1 connection", least=0.5,
         value=lambda at: at["import"].rate / at["copy_in"].rate,
         connections=1),
)
