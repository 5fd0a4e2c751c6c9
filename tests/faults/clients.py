# SPDX-License-Identifier: MIT
"""Clients that do well, leave, or are too many."""

import json
import pathlib
import socket
import subprocess
import time

from scenario import scenario


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
OVERLOAD = 5  # times what it can do
# Of what it can do, while others are refused. This build refuses slowly, and
# the two who ask and answer have to share the cores; without, it is more.
GOODPUT_LEAST = 0.5


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
    least = row["peak"]["good"] * GOODPUT_LEAST
    good = row["overload"]["good"]
    return [] if good >= least else [
        f"{good} searches a second are answered of {row['peak']['good']}"]


@scenario(expect=goodput_is_kept, pause_ms=50)
def overload(stage):
    """five times as many searches a second as it can answer"""
    peak = searches(stage, 0, 3, 8)
    row = searches(stage, OVERLOAD * peak["good"], 4, 400)
    stage.heal()
    stage.tell("/readyz")
    stage.figures |= {"peak": peak, "overload": row,
                      "shed": stage.sample("portcullis_shed_total")}
    return row["refused"]
