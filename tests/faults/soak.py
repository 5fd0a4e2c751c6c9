#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An hour of everything, moderately: does it grow? ./dev test --soak [SECONDS]

A release build with caches and a log, before a PostgreSQL and a Redis of its
own. Behind a warm-up memory and descriptors are looked at while all clients
pause, and so they are at the end. Says as JSON what it saw, and by --report in
docs/reliability.md.

The warm-up is a sixth of the time, ten minutes at the most: so long it takes
until what is kept of answers is full, and until the allocator has found the
room that blocks of all sizes need between each other. What is allocated does
not grow behind the first two minutes, which `live` shows beside.
"""

import argparse
import array
import collections
import http.client
import itertools
import json
import os
import pathlib
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid

sys.dont_write_bytecode = True  # the checkout stays as it is
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "stale"))

import report  # noqa: E402
from cluster import Cluster  # noqa: E402
from dependencies import own_redis  # noqa: E402
from reliability import prepare  # noqa: E402
from scenario import Scenario  # noqa: E402
from stage import Program, Stage  # noqa: E402

CLIENTS = 8
BILLS = 500
REQUESTS_A_LINK = 200  # then a client comes anew
LOOK_SECONDS = 5
QUIET_SECONDS = 15  # what was opened for a moment is closed again
WARM_UP_SECONDS = 600  # at the most
PERIOD_SECONDS = 300  # of which medians are taken
MEMORY_PERCENT = 2
# What is kept of answers is full before the warm-up ends.
SETTINGS = {"loops": "2", "pool_min": "16", "pool_max": "16",
            "redis_cache": "on", "near_cache_limit": "8MiB",
            "log_level": "info", "log_requests": "on"}


def new_bill():
    return {"session": "f" + uuid.uuid4().hex[:12], "type": "hr",
            "number": random.randrange(1, 10000), "chamber": "house",
            "title": "An act to last", "introduced_on": "2026-01-03"}


class Refused(Exception):
    """Not what was asked for came, which the tally knows."""


class Tally:
    """What all clients were answered."""

    def __init__(self):
        self.statuses = collections.Counter()
        self.millis = array.array("f")
        self.unexpected = []

    def note(self, status, took, wanted, what):
        self.statuses[status] += 1
        self.millis.append(took * 1000)
        if status not in wanted and len(self.unexpected) < 20:
            self.unexpected.append(f"{what}: {status}")

    def percentile(self, share):
        ordered = sorted(self.millis)
        return round(ordered[int(len(ordered) * share)], 1)


class Visitor(threading.Thread):
    """Asks for one thing after the other, in its rhythm."""

    def __init__(self, soak, rate):
        super().__init__(daemon=True)
        self.soak, self.period = soak, 1 / rate
        self.host, self.tally = soak.host, soak.tally
        self.headers = {"Authorization": f"Bearer {soak.token}"}
        self.link, self.asked = None, 0
        self.away = threading.Event()

    def ask(self, method, path, body=None, wanted=(200, 201, 204, 304), **more):
        """The document; None where it is none."""
        headers = self.headers | {name.replace("_", "-"): value
                                  for name, value in more.items()}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body if isinstance(body, str) else json.dumps(body)
        if not self.link or self.asked % REQUESTS_A_LINK == 0:
            self.leave()
            self.link = http.client.HTTPConnection(self.host, timeout=30)
        self.asked += 1
        began = time.monotonic()
        self.link.request(method, path, body, headers)
        answer = self.link.getresponse()
        said = answer.read()
        self.tally.note(answer.status, time.monotonic() - began, wanted,
                        f"{method} {path}")
        if answer.status not in wanted:
            raise Refused
        self.tag = answer.getheader("ETag")
        try:
            return json.loads(said)
        except ValueError:
            return None

    def leave(self):
        if self.link:
            self.link.close()
            self.link = None

    @staticmethod
    def key():
        return uuid.uuid4().hex

    def bill(self):
        return random.choice(self.soak.bills)

    # --- what there is to ask for -------------------------------------------

    def read(self):
        self.ask("GET", self.bill())

    def read_again(self):
        path = self.bill()
        self.ask("GET", path)
        self.ask("GET", path, If_None_Match=self.tag)

    def page(self):
        self.ask("GET", f"/v1/bills?limit={random.randrange(5, 50)}")

    def packed_page(self):
        self.ask("GET", "/v1/bills?limit=50",
                 Accept_Encoding=random.choice(("gzip", "zstd")))

    def search(self):
        self.ask("GET", f"/v1/bills?q={random.choice(('act', 'last'))}&limit=5")

    def facets(self):
        self.ask("GET", "/v1/bills/facets?by=type")

    def act(self):
        self.ask("POST", self.bill() + "/actions",
                 {"acted_on": "2026-03-01", "text": self.key()},
                 Idempotency_Key=self.key())

    def change(self):
        self.ask("PATCH", self.bill(), {"title": f"An act {self.asked}"},
                 Idempotency_Key=self.key())

    def come_and_go(self):
        made = self.ask("POST", "/v1/bills", new_bill())
        self.ask("DELETE", f"/v1/bills/{made['id']}")

    def batch(self):
        self.ask("POST", "/v1/batch", [
            {"method": "PATCH", "path": path, "body": {"title": self.key()}}
            for path in sorted(random.sample(self.soak.bills, 3))])

    def mistake(self):
        self.ask("GET", f"/v1/bills/{uuid.uuid4()}", wanted=(404,))
        self.ask("POST", "/v1/bills", '{"title": ', wanted=(400,))
        self.ask("PATCH", self.bill(), {"title": 5}, wanted=(422,))

    def stranger(self):
        self.ask("GET", self.bill(), Authorization=f"Bearer {self.key()}",
                 wanted=(401,))

    def operator(self):
        self.ask("GET", random.choice(("/metrics", "/health", "/readyz")))

    def hang_up(self):
        """Amid a search that it asked for."""
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port))) as link:
            link.sendall(b"GET /v1/bills?q=act&limit=200 HTTP/1.1\r\n"
                         b"Host: t\r\n\r\n")

    MIX = {read: 40, read_again: 8, page: 12, packed_page: 3, search: 6,
           facets: 1, act: 8, change: 8, come_and_go: 4, batch: 2, mistake: 2,
           stranger: 1, operator: 2, hang_up: 2}

    def run(self):
        due = time.monotonic()
        things, weights = zip(*self.MIX.items())
        for thing in itertools.chain.from_iterable(
                random.choices(things, weights, k=100)
                for _ in itertools.count()):
            if self.soak.over:
                break
            if self.soak.pause.is_set():
                self.leave()
                self.away.set()
                self.soak.resume.wait()
                self.away.clear()
                due = time.monotonic()
            try:
                thing(self)
            except Refused:
                pass
            except (OSError, http.client.HTTPException) as why:
                self.tally.note(0, 0, (), f"{thing.__name__}: {why}")
                self.leave()
            due = max(due + self.period, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
        self.leave()


class Soak:
    def __init__(self, stage, rate):
        self.stage, self.token = stage, stage.token
        self.host = stage.service.url.split("//")[1]
        self.tally, self.over = Tally(), False
        self.pause, self.resume = threading.Event(), threading.Event()
        self.looks = []  # (time, MiB in RAM, MiB of them that are allocated)
        self.bills = []
        self.visitors = [Visitor(self, rate / CLIENTS) for _ in range(CLIENTS)]
        for _ in range(BILLS):
            made = self.visitors[0].ask("POST", "/v1/bills", new_bill())
            self.bills.append(f"/v1/bills/{made['id']}")
        for visitor in self.visitors:
            visitor.start()

    def look(self):
        live = self.stage.sample("portcullis_heap_live_bytes ")
        self.looks.append((time.monotonic(), self.stage.held()[0][1],
                           live / 2**20))

    def go_on(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(LOOK_SECONDS, max(0, until - time.monotonic())))
            self.look()

    def quiet(self):
        """(descriptors, MiB) while nobody asks."""
        self.resume.clear()
        self.pause.set()
        for visitor in self.visitors:
            visitor.away.wait()
        held = []
        for _ in range(QUIET_SECONDS):
            time.sleep(1)
            held.append(self.stage.held()[0])
        self.pause.clear()
        self.resume.set()
        return min(count for count, _ in held), held[-1][1]

    def end(self):
        self.over = True
        for visitor in self.visitors:
            visitor.join()

    def medians(self, begin, end):
        """Of these seconds: MiB in RAM, and MiB of them allocated."""
        looks = [look for look in self.looks if begin <= look[0] <= end]
        return [round(statistics.median(look[column] for look in looks), 2)
                for column in (1, 2)]


def play(soak, seconds):
    warm_up = min(WARM_UP_SECONDS, max(30, seconds / 6))
    period = min(PERIOD_SECONDS, seconds / 4)
    cpu = os.times()
    soak.go_on(warm_up)
    first_quiet = soak.quiet()
    began = time.monotonic()
    asked = len(soak.tally.millis)
    soak.go_on(seconds)
    asked = len(soak.tally.millis) - asked
    took = time.monotonic() - began
    last_quiet = soak.quiet()
    soak.end()
    resident, live = zip(*(soak.medians(at, at + period) for at in (
        began + i * period for i in range(int(took / period)))))
    used = os.times()
    return {
        "seconds": round(took), "warm_up_s": round(warm_up),
        "requests": asked, "rate": round(asked / took),
        "statuses": dict(sorted(soak.tally.statuses.items())),
        "p50_ms": soak.tally.percentile(0.5),
        "p99_ms": soak.tally.percentile(0.99),
        "growth_percent": growth(resident), "live_growth_percent": growth(live),
        "period_s": round(period), "mib": resident, "live_mib": live,
        "quiet_mib": [round(first_quiet[1], 2), round(last_quiet[1], 2)],
        "quiet_descriptors": [first_quiet[0], last_quiet[0]],
        "load_average": round(os.getloadavg()[2], 1),
        "client_cpu_s": round(used.user + used.system - cpu.user - cpu.system),
    }


def growth(periods):
    return round(100 * (periods[-1] / periods[0] - 1), 2)


def faults_of(row, tally):
    found = list(tally.unexpected)
    if row["growth_percent"] >= MEMORY_PERCENT:
        found.append(f"its memory grew by {row['growth_percent']} %")
    first, last = row["quiet_descriptors"]
    if last > first:  # fewer: a connection that helped out has ended
        found.append(f"{first} descriptors have become {last}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--build", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    add("--release", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    add("--rate", type=float, default=200,
        help="requests a second (%(default)s)")
    add("--report", action="store_true", help="write docs/reliability.md")
    add("seconds", type=float, nargs="?", default=3600)
    chosen = parser.parse_args()
    one = Scenario("soak", play, "", SETTINGS, before=own_redis)
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory).chmod(0o711)
        for name in ("pg", "stage"):
            (pathlib.Path(directory) / name).mkdir()
        cluster = Cluster(pathlib.Path(directory) / "pg")
        try:
            token = prepare(Program(chosen.release / "src/app/portcullis"),
                            cluster)
            stage = Stage(chosen.build, pathlib.Path(directory) / "stage",
                          cluster, token, one, release=chosen.release)
            try:
                soak = Soak(stage, chosen.rate)
                row = play(soak, chosen.seconds)
            finally:
                ended_badly = stage.end()
        finally:
            cluster.end()
    print(json.dumps(row), flush=True)
    if chosen.report:
        report.write_soak(HERE.parent.parent / "docs" / "reliability.md", row)
    found = faults_of(row, soak.tally) + ended_badly
    for what in found:
        print(f"✗ {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
