# SPDX-License-Identifier: MIT
"""Clients that do well, leave, or are too many."""

import json
import pathlib
import socket
import subprocess
import time

from cluster import Cluster
from scenario import scenario
from world import Proxy


@scenario()
def nothing(stage):
    """nothing fails: what the table's figures are without any fault"""
    stage.wait(2)
    stage.heal()
    return 1


PARTS = (b"GET /v1/bil",
         b"GET /v1/bills?limit=200 HTTP/1.1\r\nHost: t\r\n\r\n",
         b"POST /v1/bills HTTP/1.1\r\nHost: t\r\nContent-Length: 50\r\n"
         b"Content-Type: application/json\r\n\r\n{")


@scenario(reads_go_on=True)
def disconnects(stage):
    """clients leave amid a request, and amid its answer"""
    host, port = stage.service.listen.split(":")
    left = 0
    until = time.monotonic() + 2
    while time.monotonic() < until:
        for said in PARTS:
            link = socket.create_connection((host, int(port)))
            link.sendall(said)
            link.close()
            left += 1
        time.sleep(0.01)
    stage.heal()
    return left


SEARCH = "/v1/bills?q=health%20care&limit=5"
# A search that finds so many is the database's work, not that of who asks.
BILLS, RARE = 20000, 100
FILL = f"""
SET app.rights = '*:*';
INSERT INTO bills (session, type, number, chamber, title, summary,
                   introduced_on)
SELECT 'o1', 'hr', n, 'house',
       CASE WHEN n % {RARE} = 0 THEN 'Health care' ELSE 'Roads' END,
       repeat('An act for the good of all who ask. ', 5), '2026-01-03'
  FROM generate_series(1, {BILLS}) AS n;
ANALYZE bills"""
AT_ONCE = 16  # twice as many as its pool has: it is never idle, and nobody is refused
OVERLOAD = 5  # times what it can do
GOODPUT_LEAST = 0.85  # of what it can do, while others are refused
REFUSED_MS = 10  # p99, from sending


def many_bills(stage):
    """In a database of its own, so that the others stay quick."""
    home = stage.directory / "pg"
    home.mkdir()
    stage.cluster = Cluster(home, of=stage.cluster)
    stage.extra.append(stage.cluster)
    stage.cluster.sql(FILL)
    stage.proxy.stop()
    stage.url = stage.cluster.url("portcullis_service")
    stage.proxy = Proxy(stage.build / "tests" / "fault_proxy",
                        stage.cluster.socket)


def open_loop(listen, path, rate, seconds, links):
    """As many a second, whatever becomes of them; rate 0: as many as it can."""
    done = subprocess.run(
        [pathlib.Path(__file__).parent / "open_loop.py", *listen.split(":"),
         path, str(rate), str(seconds), str(links)],
        check=True, text=True, capture_output=True)
    return json.loads(done.stdout)


def searches(stage, rate, seconds, links):
    return open_loop(stage.service.listen, SEARCH, rate, seconds, links)


def goodput_is_kept(row):
    peak, over = row["peak"], row["overload"]
    found = []
    if over["good"] < peak["good"] * GOODPUT_LEAST:
        found.append(f"{over['good']} searches a second are answered of"
                     f" {peak['good']}")
    if over["refused_p99_ms"] >= REFUSED_MS + row["machine_ms"]:
        found.append(f"1 % are refused after {over['refused_p99_ms']} ms")
    return found


OVERLOAD_TELLS = (
    "a release build answered {overload[good]} searches a second while"
    " {overload[rate]} came, of {peak[good]} that it can; 99 of 100 refusals"
    " took at most {overload[refused_p99_ms]} ms, 99 of 100 answers"
    " {overload[good_p99_ms]} ms; who asked was itself up to {machine_ms} ms"
    " late")


@scenario({"pool_min": "8", "pool_max": "8"}, expect=goodput_is_kept,
          before=many_bills, pause_ms=50, release=True, tells=OVERLOAD_TELLS)
def overload(stage):
    """five times as many searches a second as it can answer"""
    peak = searches(stage, 0, 5, AT_ONCE)
    row = searches(stage, OVERLOAD * peak["good"], 10, 400)
    stage.heal()
    stage.tell("/readyz")
    stage.figures |= {"peak": peak, "overload": row,
                      "shed": stage.sample("portcullis_shed_total")}
    return row["refused"]
