# SPDX-License-Identifier: MIT
"""Thousands of clients who are slow, beside the few who are not."""

import json
import math
import pathlib
import subprocess
import threading
import time

from load import Client
from scenario import scenario
from world import Failed

CROWD = 5000
TIMES = 2  # it comes
LIMIT_SECONDS = 10  # each is shut out by then
QUIET_SECONDS = 5  # before they come, for comparison
PATIENCE_SECONDS = 60
ELSEWHERE = 2  # clients, for comparison
MORE = 1.1  # times as long the others' p99 may be beside them
PROGRAM = pathlib.Path(__file__).parent / "slow_crowd.py"


TELLS = ("each was closed after {first_closed_s} to {last_closed_s} s; 99 of"
         " 100 of the others' requests took at most {before[p99_ms]} ms of"
         " {before[requests]} before they came, {coming[p99_ms]} ms of"
         " {coming[requests]} while they did, and {beside[p99_ms]} ms of"
         " {beside[requests]} beside them, half of them {before[p50_ms]},"
         " {coming[p50_ms]} and {beside[p50_ms]} ms; of another instance,"
         " without a crowd, 99 of 100 {before_elsewhere[p99_ms]},"
         " {coming_elsewhere[p99_ms]} and {beside_elsewhere[p99_ms]} ms; {held}"
         " descriptors and {held_mib} MiB were held")


class Elsewhere:
    """Some who ask the second instance, to which no crowd comes: what the
    machine itself makes slower it makes so there too."""

    def __init__(self, stage):
        self.load, self.stopped, self.wrong = stage.load, False, []
        self.clients = [Client([stage.instances[1].url], self.wrong)
                        for _ in range(ELSEWHERE)]
        self.threads = [threading.Thread(target=self.read, args=(one,),
                                         daemon=True) for one in self.clients]
        for thread in self.threads:
            thread.start()

    def read(self, client):
        while not self.stopped:
            client.ask("GET", self.load.bills[0].path)
            time.sleep(self.load.pause)

    def seen(self):
        return [one for client in self.clients for one in client.seen]

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def quantile_ms(took, share):
    return round(1000 * took[min(len(took) - 1, int(len(took) * share))], 1)


def figures(seen, windows):
    """Of the requests that began in these stretches of time.

    Which share of so many is slow is chance as well: the least and the most
    that p99 can be taken for are a standard deviation off."""
    took = sorted(one.took for one in seen if any(
        since <= one.began < until for since, until in windows))
    if not took:
        raise Failed("nobody asked meanwhile")
    chance = math.sqrt(0.99 * 0.01 / len(took))
    return {"requests": len(took), "p50_ms": quantile_ms(took, 0.5),
            "p99_ms": quantile_ms(took, 0.99),
            "p99_least_ms": quantile_ms(took, 0.99 - chance),
            "p99_most_ms": quantile_ms(took, 0.99 + chance)}


def visit(stage, said, *drip):
    """They come, are slow, and are shut out: what they say of it, and when
    they came, were all there, and the first was gone again."""
    host, port = stage.service.listen.split(":")
    came = time.monotonic()
    with subprocess.Popen(
            [PROGRAM, host, port, str(CROWD), str(PATIENCE_SECONDS), *drip],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as them:
        them.stdin.write(said)
        them.stdin.close()
        row = json.loads(them.stdout.readline() or "{}")
        there = time.monotonic()
        held = stage.held()[0]
        row |= json.loads(them.stdout.readline() or "{}")
    if them.returncode != 0 or not row["closed"]:
        raise Failed("the crowd does not come, or does not go")
    gone = max(there + 1, came + row["first_closed_s"])
    return row | {"came": came, "there": there, "gone": gone, "held": held}


def crowd(stage, said, *drip):
    """The others' answers are timed before they come and beside them."""
    seen, elsewhere = [], Elsewhere(stage)
    try:
        for _ in range(TIMES):
            quiet = time.monotonic()
            stage.wait(QUIET_SECONDS)
            seen.append(visit(stage, said, *drip) | {"quiet": quiet})
            stage.wait(1)  # the last of them are being closed
    finally:
        elsewhere.stop()
    stage.heal()
    stage.figures.update({
        "closed": min(one["closed"] for one in seen),
        "first_closed_s": min(one["first_closed_s"] for one in seen),
        "last_closed_s": max(one["last_closed_s"] for one in seen),
        "late_s": max(one["late_s"] for one in seen),
        "held": max(one["held"][0] for one in seen),
        "held_mib": round(max(one["held"][1] for one in seen))
    })
    for name, since, until in (("before", "quiet", "came"),
                               ("coming", "came", "there"),
                               ("beside", "there", "gone")):
        windows = [(one[since], one[until]) for one in seen]
        stage.figures[name] = figures(stage.load.seen(), windows)
        stage.figures[name + "_elsewhere"] = figures(elsewhere.seen(), windows)
    return sum(one["closed"] for one in seen)


def all_closed(row):
    found = []
    if row["closed"] != CROWD:
        found.append(f"{CROWD - row['closed']} slow clients were let go on")
    elif row["last_closed_s"] > LIMIT_SECONDS + max(
            row["late_s"], row["machine_ms"] / 1000):
        found.append(f"one was slow for {row['last_closed_s']} s")
    return found


def nobody_waits_for_them(row):
    """What became slower elsewhere too is not theirs."""
    elsewhere = max(1, row["beside_elsewhere"]["p99_most_ms"]
                    / row["before_elsewhere"]["p99_least_ms"])
    allowed = row["before"]["p99_most_ms"] * MORE * elsewhere
    least = row["beside"]["p99_least_ms"]
    return [] if least <= allowed else [
        f"1 % of the others took {least} ms or more, of {allowed:.1f} ms"]


def expected(row):
    return all_closed(row) + nobody_waits_for_them(row)


@scenario(instances=2, reads_go_on=True, expect=expected, tells=TELLS)
def slow_heads(stage):
    """5000 clients send their heads byte by byte"""
    return crowd(stage, b"GET /v1/bills HTTP/1.1\r\nHost: t\r\nX-Slow: ", "x")


@scenario(instances=2, reads_go_on=True, expect=expected, tells=TELLS)
def slow_bodies(stage):
    """5000 clients send their bodies byte by byte"""
    return crowd(stage, b"POST /v1/bills HTTP/1.1\r\nHost: t\r\n"
                 b"Authorization: Bearer " + stage.token.encode()
                 + b"\r\nContent-Type: application/json\r\n"
                 b"Content-Length: 100000\r\n\r\n{", " ")


# 390 kB, more than is on its way to who does not read
LONG = b"GET /openapi.yaml HTTP/1.1\r\nHost: t\r\n\r\n"


@scenario(instances=2, reads_go_on=True, expect=expected, tells=TELLS)
def slow_readers(stage):
    """5000 clients read nothing of what they asked for"""
    return crowd(stage, LONG)
