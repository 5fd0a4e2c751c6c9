# SPDX-License-Identifier: MIT
"""Clients that do well, are slow, or leave."""

import json
import pathlib
import socket
import subprocess
import time

from scenario import scenario

CROWD = 300
CLOSED_SECONDS = 1.0  # beyond the service's own limit


@scenario()
def nothing(stage):
    """nothing fails: what the table's figures are without any fault"""
    stage.wait(2)
    stage.heal()
    return 1


def crowd(stage, first, then):
    """Many who begin so and go on byte by byte, until they are shut out."""
    host, port = stage.service.listen.split(":")
    links = []
    for _ in range(CROWD):
        link = socket.create_connection((host, int(port)))
        link.sendall(first)
        link.setblocking(False)
        links.append((link, time.monotonic()))
    closed, slowest = 0, 0.0
    until = time.monotonic() + 6
    while links and time.monotonic() < until:
        stay = []
        for link, began in links:
            try:
                link.send(then)
                if not over(link):
                    stay.append((link, began))
                    continue
            except OSError:
                pass
            closed += 1
            slowest = max(slowest, time.monotonic() - began)
            link.close()
        links = stay
        time.sleep(0.05)
    stage.heal()
    for link, _ in links:
        link.close()
    stage.figures |= {"closed": closed,
                      "closed_after_ms": round(slowest * 1000)}
    return CROWD


def over(link):
    try:
        while link.recv(4096):
            pass
        return True
    except BlockingIOError:
        return False


def all_closed(row):
    return [] if row["closed"] == CROWD else [
        f"{CROWD - row['closed']} slow clients were let go on"]


@scenario({"head_timeout": "1s"}, reads_go_on=True, expect=all_closed)
def slow_heads(stage):
    """300 clients send their heads byte by byte"""
    return crowd(stage, b"GET /v1/bills HTTP/1.1\r\nHost: t\r\nX-Slow: ", b"x")


@scenario({"body_timeout": "1s"}, reads_go_on=True, expect=all_closed)
def slow_bodies(stage):
    """300 clients send their bodies byte by byte"""
    return crowd(stage, b"POST /v1/bills HTTP/1.1\r\nHost: t\r\n"
                 b"Authorization: Bearer " + stage.token.encode()
                 + b"\r\nContent-Type: application/json\r\n"
                 b"Content-Length: 100000\r\n\r\n{", b" ")


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


def searches(stage, rate, seconds, links):
    host, port = stage.service.listen.split(":")
    done = subprocess.run(
        [pathlib.Path(__file__).parent / "open_loop.py", host, port, SEARCH,
         str(rate), str(seconds), str(links)],
        check=True, text=True, capture_output=True)
    return json.loads(done.stdout)


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
