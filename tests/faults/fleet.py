# SPDX-License-Identifier: MIT
"""Many instances: all at once, and one after the other behind a proxy."""

import concurrent.futures
import json
import subprocess

from scenario import scenario
from stage import SETTINGS, Program, environment
from world import Failed, Instance, eventually

TEN = 10
DATABASE = "fleet"
FRUGAL = SETTINGS | {"pool_min": "1", "pool_max": "2", "pool_lanes": "1"}


class Beginning:
    """One that migrates and starts serving, not waiting for either."""

    def __init__(self, stage, number):
        self.migrating = subprocess.Popen(
            [stage.portcullis, "migrate", "up", "--json"], text=True,
            env=environment(stage.cluster.url("portcullis_owner", DATABASE),
                            {}, stage.directory),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.instance = Instance(
            stage, 100 + number,
            environment(stage.cluster.url("portcullis_service", DATABASE),
                        FRUGAL, stage.directory))

    def migrated(self):
        """How many steps it was that did."""
        told, words = self.migrating.communicate()
        if self.migrating.returncode != 0:
            raise Failed(f"migrate up: {words}")
        return len(json.loads(told)["steps"])

    def is_ready(self):
        return self.instance.ask("/readyz") != ""

    def end(self):
        if not self.instance.stop():
            raise Failed("one of ten does not end cleanly")


def pending(stage):
    """A database that lacks half of the migrations: how many that is."""
    program = Program(stage.portcullis)
    owner = stage.cluster.url("portcullis_owner", DATABASE)
    program.run(stage.cluster.url("postgres", "postgres"), "setup",
                "--database", DATABASE)
    applied = json.loads(program.run(owner, "migrate", "status", "--json"))
    half = applied["applied"] // 2
    program.run(owner, "migrate", "down", "--yes", "--count", str(half))
    return half


@scenario()
def ten_at_once(stage):
    """ten instances start at once while migrations are pending"""
    steps = pending(stage)
    with concurrent.futures.ThreadPoolExecutor(TEN) as pool:
        ten = list(pool.map(lambda i: Beginning(stage, i), range(TEN)))
        done = list(pool.map(lambda one: one.migrated(), ten))
    eventually(lambda: all(one.is_ready() for one in ten),
               "not all of ten are ready")
    if sorted(done) != [0] * (TEN - 1) + [steps]:
        raise Failed(f"{steps} steps were done as {done}")
    for one in ten:
        one.end()
    stage.cluster.sql(f"DROP DATABASE {DATABASE}", "postgres")
    stage.heal()
    return TEN
