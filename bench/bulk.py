# SPDX-License-Identifier: MIT
"""Bills by the thousand, out and in: COPY by psql, and Portcullis. One client,
one run after the other; a rate is that of rows."""

import json
import os
import socket
import time
import urllib.parse
from dataclasses import dataclass
from typing import Callable

import database
import load
from cpu import cpu_of, processes
from failure import Failed
from writes import SESSION

RUN_BYTES = 1 << 20
IMPORTED = 10_000  # bills, or all there are
WRITABLE = ("session", "type", "number", "chamber", "title", "short_title",
            "official_title", "summary", "status", "sponsor_id",
            "policy_area", "subjects", "introduced_on", "latest_action_on",
            "latest_action", "url")


# --- talking to either -------------------------------------------------------


def talk(url, head, body=None):
    """One request; gives the answer's bytes as they come, to their end."""
    authority = urllib.parse.urlsplit(url).netloc
    host, port = authority.split(":")
    with socket.create_connection((host, int(port)), timeout=600) as client:
        client.sendall(f"{head}Host: {authority}\r\nConnection: close\r\n"
                       "\r\n".encode())
        if body:
            client.sendfile(body)
        while run := client.recv(RUN_BYTES):
            yield run


def content(answer):
    """The body of a whole answer, chunked or not."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise Failed(f"portcullis: {answer[:500].decode(errors='replace')}")
    if b"transfer-encoding: chunked" not in head.lower():
        return rest
    body = bytearray()
    while size := int(rest.split(b"\r\n", 1)[0], 16):
        start = rest.index(b"\r\n") + 2
        body += rest[start:start + size]
        rest = rest[start + size + 2:]
    return bytes(body)


def psql(bench, command, url=None):
    environment = bench.database.environment
    if url:
        environment = environment | database.libpq_environment(url)
    return database.run(["psql", "-XAqt", "-v", "ON_ERROR_STOP=1", "-c",
                         command], environment)


# --- out ---------------------------------------------------------------------


def nothing(bench):
    del bench


def copy_out(bench):
    psql(bench, f"\\copy (SELECT {', '.join(bench.columns)} FROM bills"
                " WHERE deleted_at IS NULL ORDER BY id) TO /dev/null")
    return len(bench.database.ids) + bench.database.patched


def export(bench):
    last = b""
    for run in talk(bench.servers["portcullis"].url,
                    "GET /v1/bills/export HTTP/1.1\r\n"):
        last = (last + run)[-5:]
    if last != b"0\r\n\r\n":
        raise Failed("portcullis: the export was cut off")
    return len(bench.database.ids) + bench.database.patched


# --- in ----------------------------------------------------------------------


def files(bench):
    return bench.directory / "bills.copy", bench.directory / "bills.ndjson"


def prepare_import(bench):
    """The same bills for either, of a session of their own."""
    rows, lines = files(bench)
    ids = sorted(bench.database.ids)[:IMPORTED]
    first, last = ids[0], ids[-1]
    columns = ", ".join(WRITABLE).replace("session", f"'{SESSION}'").replace(
        "number", "row_number() OVER (ORDER BY id)")
    psql(bench, f"\\copy (SELECT {columns} FROM bills WHERE id >= '{first}'"
                f" AND id <= '{last}' ORDER BY id) TO '{rows}'")
    answer = b"".join(talk(
        bench.servers["portcullis"].url,
        f"GET /v1/bills/export?id_gte={first}&id_lte={last}"
        " HTTP/1.1\r\n"))
    with lines.open("w", encoding="utf-8") as file:
        for i, line in enumerate(content(answer).splitlines(), 1):
            bill = json.loads(line) | {"session": SESSION, "number": i}
            file.write(json.dumps(bill, ensure_ascii=False) + "\n")


def copy_in(bench):
    """PostgreSQL lets only a superuser COPY into a table with policies."""
    rows, _ = files(bench)
    admin = os.environ.get("ADMIN_DATABASE_URL")
    if not admin:
        raise Failed("ADMIN_DATABASE_URL is not set: use ./dev bench")
    psql(bench, f"\\copy bills ({', '.join(WRITABLE)}) FROM '{rows}'", admin)
    return min(IMPORTED, len(bench.database.ids))


def import_lines(bench):
    _, lines = files(bench)
    count = min(IMPORTED, len(bench.database.ids))
    with lines.open("rb") as body:
        answer = b"".join(talk(
            bench.servers["portcullis"].url,
            "POST /v1/bills/import HTTP/1.1\r\n"
            f"Authorization: Bearer {bench.token}\r\n"
            "Content-Type: application/x-ndjson\r\n"
            f"Content-Length: {os.path.getsize(lines)}\r\n", body))
    result = json.loads(content(answer))
    if result["created"] != count:
        raise Failed(f"portcullis: of {count} bills it imported {result}")
    return count


# --- measuring ---------------------------------------------------------------


def own_cpu():
    times = os.times()
    return (times.user + times.children_user,
            times.system + times.children_system)


@dataclass(frozen=True)
class Bulk:
    work: Callable                 # (Bench) -> how many rows
    ready: Callable = nothing      # once
    clean: Callable = nothing      # behind each run; not counted
    server: str | None = None

    def prepare(self, bench, name):
        del name
        self.ready(bench)

    def measure(self, bench, name, connections, seconds):
        del name, connections
        pids = [bench.database.pid]
        if self.server:
            pids.append(bench.servers[self.server].pid)
        runs, rows, used = [], 0, [(0, 0)] * (1 + len(pids))
        while sum(runs) < seconds:
            count, took, cpu = self._run(bench, pids)
            rows += count
            runs.append(took)
            used = [(total + t, system + s)
                    for (total, system), (t, s) in zip(used, cpu)]
        busy = sum(runs)
        times = sorted(run * 1e6 for run in runs)
        return load.sample(rows / busy, times[len(times) // 2],
                           times[len(times) * 99 // 100],
                           [(total / busy, system / busy)
                            for total, system in used])

    def _run(self, bench, pids):
        """Rows, seconds, and what it cost: ourselves, then each of PIDS."""
        before, mine = processes(), own_cpu()
        start = time.monotonic()
        try:
            count = self.work(bench)
            took = time.monotonic() - start
            spent = [now - then for now, then in zip(own_cpu(), mine)]
            after = processes()
        finally:
            self.clean(bench)
        cpu = [cpu_of(pid, after) - cpu_of(pid, before) for pid in pids]
        return count, took, [(sum(spent), spent[1]),
                             *((one.total, one.system) for one in cpu)]
