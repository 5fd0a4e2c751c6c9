# SPDX-License-Identifier: MIT
"""What is measured: a row is one entry of ROWS, a goal one of GOALS."""

from dataclasses import dataclass
from typing import Callable

import asks
import bulk
import load
import writes
from bulk import Bulk, nothing
from failure import Missing
from rights import Rights


@dataclass(frozen=True)
class Http:
    server: str
    requests: Callable  # (Server, Bench) -> lines for wrk.lua
    clean: Callable = nothing  # behind each run; not counted
    ready: Callable | None = None  # (Server, Bench), before each; not counted

    def prepare(self, bench, name):
        if self.server in bench.missing:
            raise Missing(bench.missing[self.server])
        lines = bench.lines(self.server, self.requests)
        self._file(bench, name).write_text("\n".join(lines) + "\n")

    def measure(self, bench, name, connections, seconds):
        server = bench.servers[self.server]
        server.check_alive()
        try:
            if self.ready:
                self.ready(server, bench)
            return load.wrk(server.url, self._file(bench, name), connections,
                            seconds, server.pid, bench)
        finally:
            self.clean(bench)

    @staticmethod
    def _file(bench, name):
        return bench.directory / f"{name}.requests"


@dataclass(frozen=True)
class Pgbench:
    scripts: Callable        # (Bench) -> Scripts
    most: int | None = None  # clients, however many connections are asked for
    threads: int | None = None  # as many as wrk, if left out
    clean: Callable = nothing

    def prepare(self, bench, name):
        bench.scripts[name] = self.scripts(bench)

    def measure(self, bench, name, connections, seconds):
        clients = min(connections, self.most or connections)
        free = bench.free_connections()
        if clients > free:
            raise Missing(f"PostgreSQL has only {free} connections free")
        threads = self.threads or load.threads_for(clients)
        try:
            return load.pgbench(bench.scripts[name], clients, threads, seconds,
                                bench.database, bench.directory)
        finally:
            self.clean(bench)


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    by: Http | Pgbench | Bulk | Rights
    baseline: str | None = None       # the row that ratios are taken to
    at: tuple = (1, 16, 64, 256)      # connections it is measured at


def lists(name, title, requests, scripts):
    """Requests for lists, below the same statements from pgbench."""
    return (Row(f"pgbench_{name}", "pgbench: the same statements",
                Pgbench(scripts, most=16), at=(64,)),
            Row(name, title, Http("portcullis", requests), f"pgbench_{name}",
                at=(64,)))


ROWS = (
    Row("pgbench_bill", "pgbench: one bill, ≤ 16 clients",
        Pgbench(asks.bill_by_version, most=16)),
    Row("pgbench_bill_threads", "pgbench: the same, 2 threads",
        Pgbench(asks.bill_by_version, most=16, threads=2), "pgbench_bill",
        at=(64,)),
    Row("pgbench_bill_same", "pgbench: one bill, all clients",
        Pgbench(asks.bill_by_version), "pgbench_bill", at=(64, 256)),
    Row("bill", "GET /v1/bills/{id}",
        Http("portcullis", asks.one_bill), "pgbench_bill"),
    Row("signed_in", "GET /v1/bills/{id}, signed in",
        Http("portcullis", asks.one_bill_signed_in), "bill", at=(64,)),
    Row("fastify_bill", "Fastify + pg: the same",
        Http("fastify", asks.one_bill), "pgbench_bill", at=(64,)),
    Row("redis", "GET /v1/bills/{id}, from Redis",
        Http("redis", asks.warm_bill, ready=asks.in_redis), "bill", at=(64,)),
    Row("memory_bill", "libmicrohttpd: the bytes of one bill",
        Http("memory_bill", asks.hot_bill), at=(64,)),
    Row("near", "GET /v1/bills/{id}, from memory",
        Http("near", asks.hot_bill, ready=asks.in_memory), "memory_bill",
        at=(64,)),
    *lists("list", "GET …?limit=25&cursor=…, any page", asks.any_page,
           asks.replayed_any_page),
    Row("fastify_list", "Fastify + pg: any page",
        Http("fastify", asks.any_page), "pgbench_list", at=(64,)),
    *lists("hot", "GET …?limit=25, all the first page", asks.first_page,
           asks.replayed_first_page),
    *lists("filter", "GET …?status=…&introduced_on_gte=…", asks.filtered,
           asks.replayed_filtered),
    *lists("search", "GET …?q=… …", asks.searched, asks.replayed_searched),
    Row("first", "GET …?limit=25, page 1",
        Http("portcullis", asks.first_page), at=(1,)),
    Row("deep", "GET …&cursor=…, page 1,000",
        Http("portcullis", asks.deep_page), "first", at=(1,)),
    Row("pgbench_create", "pgbench: the same transaction",
        Pgbench(writes.replayed_create, most=32, clean=writes.remove_created),
        at=(64,)),
    Row("create", "POST /v1/bills",
        Http("portcullis", writes.created, writes.remove_created,
             writes.caches_off),
        "pgbench_create", at=(64,)),
    Row("create_cached", "POST /v1/bills, caches on",
        Http("near", writes.created, writes.remove_created, asks.in_memory),
        "create", at=(64,)),
    Row("pgbench_patch", "pgbench: the same read and transaction",
        Pgbench(writes.replayed_patch, most=32), at=(64,)),
    Row("patch", "PATCH /v1/bills/{id}",
        Http("portcullis", writes.patched, ready=writes.caches_off),
        "pgbench_patch", at=(64,)),
    Row("patch_cached", "PATCH /v1/bills/{id}, caches on",
        Http("near", writes.patched, ready=asks.in_memory), "patch",
        at=(64,)),
    Row("copy_out", "psql: COPY out (rows)", Bulk(bulk.copy_out), at=(1,)),
    Row("export", "GET /v1/bills/export (rows)",
        Bulk(bulk.export, server="portcullis"), "copy_out", at=(1,)),
    Row("copy_in", "psql: COPY in (rows)",
        Bulk(bulk.copy_in, bulk.prepare_import, writes.remove_created),
        at=(1,)),
    Row("import", "POST /v1/bills/import (rows)",
        Bulk(bulk.import_lines, bulk.prepare_import, writes.remove_created,
             server="portcullis"), "copy_in", at=(1,)),
    Row("memory", "libmicrohttpd: the bytes of /livez",
        Http("memory", asks.livez), at=(64,)),
    Row("livez", "GET /livez",
        Http("portcullis", asks.livez), "memory", at=(64,)),
    Row("decision", "POST /access/v1/evaluation",
        Http("portcullis", asks.decision), "livez", at=(64,)),
    Row("may", "may a user? by rights in memory", Rights(), at=(1,)),
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
    Goal("GET one bill signed in, against anonymous", least=0.9,
         value=lambda at: at["signed_in"].rate / at["bill"].rate),
    Goal("GET /livez, against libmicrohttpd from memory", least=0.85,
         value=lambda at: at["livez"].rate / at["memory"].rate),
    Goal("GET one bill from memory, against libmicrohttpd", least=0.85,
         value=lambda at: at["near"].rate / at["memory_bill"].rate),
    Goal("GET one bill from Redis, against uncached", least=2.0,
         value=lambda at: at["redis"].rate / at["bill"].rate),
    Goal("POST, caches off against on", most=1.3,
         value=lambda at: at["create"].rate / at["create_cached"].rate),
    Goal("PATCH, caches off against on", most=1.3,
         value=lambda at: at["patch"].rate / at["patch_cached"].rate),
    Goal("any page of a list, against pgbench", least=0.8,
         value=lambda at: at["list"].rate / at["pgbench_list"].rate),
    Goal("page 1,000 of a list, p50 against page 1, alone", most=1.3,
         value=lambda at: at["deep"].p50 / at["first"].p50, connections=1),
    Goal("GET one bill, p99 against p50", most=4.0,
         value=lambda at: at["bill"].p99 / at["bill"].p50),
    Goal("export, against COPY out, at 1 connection", least=0.7,
         value=lambda at: at["export"].rate / at["copy_out"].rate,
         connections=1),
    Goal("import, against COPY in, at 1 connection", least=0.5,
         value=lambda at: at["import"].rate / at["copy_in"].rate,
         connections=1),
    Goal("POST /access/v1/evaluation, against GET /livez", least=0.8,
         value=lambda at: at["decision"].rate / at["livez"].rate),
    Goal("may a user? by rights in memory, µs", most=1.0,
         value=lambda at: at["may"].p50, connections=1),
)
