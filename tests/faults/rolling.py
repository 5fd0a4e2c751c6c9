# SPDX-License-Identifier: MIT
"""Instances are replaced one after the other behind HAProxy, under load."""

import signal
import threading
import time

from balancer import Balancer
from clients import open_loop
from scenario import scenario
from world import Failed, eventually

SHARE = 0.7  # of what both can do together
LINKS = 64
PEAK_SECONDS, LOAD_SECONDS = 3, 25
# The proxy asks each second, and leaves out who was not ready twice.
DRAIN = "4s"


TELLS = ("{injected} instances were replaced while {open_loop[rate]} requests"
         " a second came beside the table's clients, 70 % of the {peak[good]} that"
         " were answered when nobody was missing: {open_loop[lost]} were not"
         " answered, {open_loop[refused]} a second refused, 99 of 100 took at"
         " most {open_loop[good_p99_ms]} ms")


def before_instances(stage):
    stage.balancer = Balancer(stage.directory,
                              [one.listen for one in stage.instances])
    stage.extra.append(stage.balancer)
    return stage.balancer.url


def replace(stage, one):
    """As systemd would: end it, wait, start it."""
    one.process.send_signal(signal.SIGTERM)
    if one.process.wait(60) != 0:
        raise Failed(f"a drained instance ended with {one.process.returncode}")
    eventually(stage.balancer.lacks_one, "it is still asked")
    one.start()
    eventually(stage.balancer.has_all, "it is not asked again")


def descriptors(stage):
    return sum(count for count, _ in stage.held())


def not_one_fails(row):
    bad = row["failed"] - row["said"].get("503 overloaded", 0)
    found = [f"{bad} requests failed: {row['said']}"] if bad else []
    lost = row["open_loop"]["lost"]
    return found + ([f"{lost} requests were not answered"] if lost else [])


@scenario({"drain_delay": DRAIN}, instances=2, expect=not_one_fails,
          behind=before_instances, tells=TELLS)
def rolling_restart(stage):
    """two instances are replaced in turn behind HAProxy, at 70 % of its load"""
    path = stage.load.bills[0].path
    listen = stage.balancer.url.split("//")[1]
    before = descriptors(stage)
    peak = open_loop(listen, path, 0, PEAK_SECONDS, LINKS)
    rate, found = SHARE * peak["good"], {}
    more = threading.Thread(target=lambda: found.update(
        open_loop(listen, path, rate, LOAD_SECONDS, LINKS)))
    began, replaced = time.monotonic(), 0
    more.start()
    while time.monotonic() < began + LOAD_SECONDS / 2:
        replace(stage, stage.instances[replaced % 2])
        replaced += 1
    more.join()
    eventually(lambda: descriptors(stage) <= before + len(stage.instances),
               "HAProxy keeps its connections")
    stage.heal()
    stage.figures |= {"peak": peak, "open_loop": found}
    return replaced
