# SPDX-License-Identifier: MIT
"""A disk that is full, a replica or a Redis that is gone, a primary lost for
good."""

import os
import pathlib
import signal
import subprocess
import tempfile

from cluster import Cluster
from scenario import scenario
from world import Failed, Proxy, Redis

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
@scenario(before=small_disk, reads_go_on=True)
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


USED = 'portcullis_cache_requests_total{layer="'


# While caches go off and on, writers wait with their connections in hand.
@scenario({"redis_cache": "on", "pool_min": "8", "pool_max": "8"},
          before=own_redis, reads_go_on=True)
def redis_gone(stage):
    """Redis, which all instances share, is killed"""
    stage.figures["used"] = stage.sample(USED)
    stage.redis.kill()
    stage.wait(2)
    stage.tell("/readyz", "/health")
    stage.redis.start()
    stage.heal()
    return int(stage.figures.pop("used") > 0)


def three_servers(stage):
    """A primary and two standbys."""
    homes = [stage.directory / name for name in ("primary", "first", "second")]
    for home in homes:
        home.mkdir()
    stage.cluster = Cluster(homes[0], of=stage.cluster)
    stage.standbys = [Cluster(home, of=stage.cluster, standby=True)
                      for home in homes[1:]]
    stage.extra += [*stage.standbys, stage.cluster]
    stage.proxy.stop()
    stage.proxy = Proxy(stage.build / "tests" / "fault_proxy",
                        stage.cluster.socket)
    stage.url = stage.proxied()
    stage.settings["database_replica_urls"] = ",".join(
        one.url("portcullis_service") for one in stage.standbys)


def synchronous(stage):
    """Nothing is acknowledged that both standbys do not have."""
    three_servers(stage)
    stage.cluster.sql("ALTER SYSTEM SET synchronous_standby_names = '2 (*)'")
    stage.cluster.sql("SELECT pg_reload_conf()")


@scenario(before=synchronous, first_ms=1000)
def failover(stage):
    """the primary is killed, a second later a synchronous standby promoted"""
    stage.cluster.process.send_signal(signal.SIGKILL)
    stage.wait(1)
    stage.tell("/readyz", "/health")
    stage.cluster = stage.standbys[0]
    stage.cluster.sql("SELECT pg_promote()")
    stage.heal()
    return 1


def without(stage, gone):
    for one in gone:
        one.stop(signal.SIGQUIT)
    stage.wait(2)
    stage.tell("/readyz", "/health")
    for one in gone:
        stage.heal(one.start())
    return len(gone)


@scenario(before=three_servers, reads_go_on=True)
def replica_gone(stage):
    """one of two replicas is stopped, and started again"""
    return without(stage, stage.standbys[:1])


@scenario(before=three_servers, reads_go_on=True)
def all_replicas_gone(stage):
    """both replicas are stopped, and started again"""
    return without(stage, stage.standbys)
