# SPDX-License-Identifier: MIT
"""A disk that is full, a Redis that is gone."""

import os
import pathlib
import subprocess
import tempfile
import time

from database import writes_are_warned_of
from scenario import scenario
from world import Failed, Redis, eventually

DISK = "16m"


class Disk:
    """A small one, mounted for this run alone, where a tablespace is."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="small-disk-"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}",
                               "none", self.path], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"no small disk can be mounted: {done.stderr}")
        place = self.path / "space"
        place.mkdir()
        os.chown(place, os.stat(cluster.data).st_uid, -1)
        self.path.chmod(0o711)
        cluster.sql(f"CREATE TABLESPACE small LOCATION '{place}'")
        cluster.sql("ALTER TABLE bill_actions SET TABLESPACE small")

    def fill(self):
        """Answers how many bytes that took."""
        block, size = bytes(4096), 0
        with (self.path / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    size += file.write(block)
            except OSError:
                return size

    def free(self):
        (self.path / "filler").unlink()

    def end(self):
        self.cluster.sql("ALTER TABLE bill_actions SET TABLESPACE pg_default")
        self.cluster.sql("DROP TABLESPACE small")
        subprocess.run(["umount", self.path], check=True)
        self.path.rmdir()


def small_disk(stage):
    stage.disk = Disk(stage.cluster)
    stage.extra.append(stage.disk)


# The pages there are have room: it is full when they are.
@scenario(before=small_disk, reads_go_on=True, expect=writes_are_warned_of)
def disk_full(stage):
    """the disk of a table is full (53100)"""
    stage.disk.fill()
    stage.wait(3)
    stage.tell("/readyz", "/health")
    stage.disk.free()
    stage.heal()
    return sum(one.code == "storage_full" for one in stage.load.seen())


class OwnRedis(Redis):
    def end(self):
        self.kill()


def own_redis(stage):
    stage.redis = OwnRedis(stage.directory,
                           ("--maxmemory-policy", "noeviction"))
    stage.settings["redis_url"] = f"unix://{stage.redis.socket}"
    stage.extra.append(stage.redis)


HITS = 'portcullis_cache_requests_total{layer="near",result="hit"}'


def slowest_write(stage, since):
    """Milliseconds, of those that were under way then or began later; and of a
    usual one before."""
    writes = [one for one in stage.load.seen() if one.kind != "GET"]
    before = sorted(one.took for one in writes if one.began + one.took < since)
    after = [one.took for one in writes if one.began + one.took >= since]
    stage.figures["write_ms"] = round(1000 * max(after))
    stage.figures["usual_ms"] = round(1000 * before[len(before) // 2])


def caches_on(stage, since):
    """Milliseconds until one answers again."""
    before = stage.sample(HITS)
    eventually(lambda: stage.sample(HITS) > before, "caches")
    stage.figures["on_ms"] = round(1000 * (time.monotonic() - since))


# While caches go off and on, writers wait with their connections in hand.
@scenario({"redis_cache": "on", "pool_min": "8", "pool_max": "8"},
          before=own_redis, reads_go_on=True, release=True,
          tells="{failed_reads} of {reads} reads failed; the slowest write"
                " without Redis took {write_ms} ms (a usual one {usual_ms}); {on_ms} ms"
                " after Redis was back caches answered again")
def redis_gone(stage):
    """Redis, which all instances share, is killed"""
    caches_on(stage, time.monotonic())
    killed = time.monotonic()
    stage.redis.kill()
    stage.wait(2)
    stage.tell("/readyz", "/health")
    slowest_write(stage, killed)
    stage.redis.start()
    stage.heal()
    caches_on(stage, stage.healed)
    return 1
