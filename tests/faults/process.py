# SPDX-License-Identifier: MIT
"""What the system gives a process fails it: memory, and the time of day."""

import datetime
import json
import random
import subprocess

from dependencies import own_redis
from scenario import scenario
from stage import Program
from world import Failed, eventually

REFUSED = "portcullis: out of memory: "
OUT_OF_MEMORY = 1  # what base/memory.h ends with
WHILE_IT_STARTS, WHILE_IT_ANSWERS = (0, 1500), (1500, 9000)
TURNS = [WHILE_IT_STARTS] * 5 + [WHILE_IT_ANSWERS] * 12


def ended_of_it(process, log):
    """How often its log says so by now."""
    try:
        status = process.wait(120)
    except subprocess.TimeoutExpired as why:
        raise Failed("memory is refused, and it goes on") from why
    if status != OUT_OF_MEMORY:
        raise Failed(f"without memory it ended with {status}")
    return log.read_text("utf-8", "replace").count(REFUSED)


@scenario(stops=True)
def memory_refused(stage):
    """its Nth allocation is refused, for many N: it says so and ends"""
    service, told = stage.service, 0
    healthy = service.environment
    service.kill()
    for turn, span in enumerate(TURNS):
        service.environment = healthy | {
            "PORTCULLIS_FAULTS": f"MEMORY={random.randrange(*span)}:1"}
        try:
            service.start()
        except Failed:  # it came no further than that
            pass
        told = ended_of_it(service.process, stage.directory / "service0.log")
        if told != turn + 1:
            raise Failed("it did not say what it ended of")
    service.environment = healthy
    service.start()
    stage.heal()
    return told


# as many readings of the wall clock: right, ahead, right, behind, right
READINGS = 2000
JUMPS = (f"CLOCK_AHEAD={READINGS}:{READINGS},"
         f"CLOCK_BEHIND={3 * READINGS}:{READINGS}")
HALF_AN_HOUR = datetime.timedelta(minutes=30)


class Told:
    """How many lines of its log are of the hour before, and of the next."""

    def __init__(self, path):
        self.file = path.open(encoding="utf-8")
        self.ahead = self.behind = self.right_again = 0

    def look(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for line in self.file:
            try:
                told = datetime.datetime.fromisoformat(
                    json.loads(line)["time"].replace("Z", "+00:00"))
            except ValueError:  # not all of it was written yet
                continue
            self.ahead += told > now + HALF_AN_HOUR
            self.behind += told < now - HALF_AN_HOUR
            self.right_again += bool(self.behind) \
                and abs(told - now) < HALF_AN_HOUR
        return self.right_again


@scenario({"log_level": "info", "log_requests": "on", "redis_cache": "on",
           "pool_min": "8", "pool_max": "8", "faults": JUMPS},
          before=own_redis, reads_go_on=True)
def clock_jumps(stage):
    """the wall clock jumps an hour ahead and back, an hour behind and back"""
    told = Told(stage.directory / "service0.log")
    program = Program(stage.portcullis)
    owner = stage.cluster.url("portcullis_owner")
    short = program.run(owner, "token", "faults", "--minutes", "30")
    seen = []

    def over():
        seen.append(stage.get("/v1/bills?limit=1", short)[0])
        return told.look()
    eventually(over, "the clock does not jump")
    stage.heal()
    if seen[-1] != 200 or 401 not in seen or {*seen} - {200, 401}:
        raise Failed(f"a token of half an hour: {seen}")
    program.run(owner, "audit", "verify")
    stage.figures |= {"ahead": told.ahead, "behind": told.behind}
    return min(told.ahead, told.behind)
