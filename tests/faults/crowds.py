# SPDX-License-Identifier: MIT
"""Thousands of clients who are slow, beside the few who are not."""

import json
import pathlib
import subprocess
import time

from scenario import scenario
from world import Failed

CROWD = 5000
LIMIT_SECONDS = 10  # each is shut out by then, a second after its limit
QUIET_SECONDS = 3  # before they come, for comparison
PATIENCE_SECONDS = 60
PROGRAM = pathlib.Path(__file__).parent / "slow_crowd.py"


TELLS = ("each was closed after {first_closed_s} to {last_closed_s} s; 99 of"
         " 100 of the others' requests took at most {others_p99_ms} ms before"
         " they came, {others_p99_while_they_come_ms} ms while they did, and"
         " {others_p99_beside_ms} ms beside them; {held} descriptors and"
         " {held_mib} MiB were held")


def p99_ms(load, since, until):
    took = sorted(one.took for one in load.seen() if since <= one.began < until)
    return round(1000 * took[int(len(took) * 0.99)], 1)


def crowd(stage, said, *drip):
    """They come, are slow, and are shut out; the others' answers are timed."""
    stage.wait(QUIET_SECONDS)
    host, port = stage.service.listen.split(":")
    before = time.monotonic()
    with subprocess.Popen(
            [PROGRAM, host, port, str(CROWD), str(PATIENCE_SECONDS), *drip],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as them:
        them.stdin.write(said)
        them.stdin.close()
        row = json.loads(them.stdout.readline() or "{}")
        came = time.monotonic()
        highest = stage.held()[0]
        row |= json.loads(them.stdout.readline() or "{}")
    if them.returncode != 0:
        raise Failed("the crowd does not come")
    stage.heal()
    return stage.figures.update(row | {
        "held": highest[0], "held_mib": round(highest[1]),
        "others_p99_ms": p99_ms(stage.load, 0, before),
        "others_p99_while_they_come_ms": p99_ms(stage.load, before, came),
        "others_p99_beside_ms": p99_ms(stage.load, came, stage.healed)
    }) or row["closed"]


def all_closed(row):
    found = []
    if row["closed"] != CROWD:
        found.append(f"{CROWD - row['closed']} slow clients were let go on")
    elif row["last_closed_s"] > LIMIT_SECONDS + row["machine_ms"] / 1000:
        found.append(f"one was slow for {row['last_closed_s']} s")
    return found


@scenario({"head_timeout": "9s"}, reads_go_on=True, expect=all_closed,
          tells=TELLS)
def slow_heads(stage):
    """5000 clients send their heads byte by byte"""
    return crowd(stage, b"GET /v1/bills HTTP/1.1\r\nHost: t\r\nX-Slow: ", "x")


@scenario({"body_timeout": "9s"}, reads_go_on=True, expect=all_closed,
          tells=TELLS)
def slow_bodies(stage):
    """5000 clients send their bodies byte by byte"""
    return crowd(stage, b"POST /v1/bills HTTP/1.1\r\nHost: t\r\n"
                 b"Authorization: Bearer " + stage.token.encode()
                 + b"\r\nContent-Type: application/json\r\n"
                 b"Content-Length: 100000\r\n\r\n{", " ")


# 390 kB, more than is on its way to who does not read
LONG = b"GET /openapi.yaml HTTP/1.1\r\nHost: t\r\n\r\n"


@scenario(reads_go_on=True, expect=all_closed,
          tells=TELLS)
def slow_readers(stage):
    """5000 clients read nothing of what they asked for"""
    return crowd(stage, LONG)
