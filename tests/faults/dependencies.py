# SPDX-License-Identifier: MIT
"""A disk that is full, a replica that is gone, a primary lost for good."""

import os
import pathlib
import signal
import subprocess
import tempfile

from cluster import Cluster
from scenario import scenario
from world import Failed, Proxy

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
    stage.disk.free()
    stage.heal()
    return sum(one.code == "storage_full" for one in stage.load.seen())


def pair_of_servers(stage):
    """A primary, and a standby without which it acknowledges nothing."""
    homes = [stage.directory / name for name in ("primary", "standby")]
    for home in homes:
        home.mkdir()
    stage.cluster = Cluster(homes[0], of=stage.cluster)
    stage.standby = Cluster(homes[1], of=stage.cluster, standby=True)
    stage.cluster.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    stage.cluster.sql("SELECT pg_reload_conf()")
    stage.extra += [stage.standby, stage.cluster]
    stage.proxy.stop()
    stage.proxy = Proxy(stage.build / "tests" / "fault_proxy",
                        stage.cluster.socket)
    stage.url = stage.proxied()
    stage.settings["database_replica_urls"] = stage.standby.url(
        "portcullis_service")


def promote(stage):
    stage.standby.sql("SELECT pg_promote()")
    stage.cluster = stage.standby
    stage.heal()


@scenario(before=pair_of_servers, first_ms=1000)
def failover(stage):
    """the primary is killed, a second later its synchronous standby promoted"""
    stage.cluster.process.send_signal(signal.SIGKILL)
    stage.wait(1)
    stage.tell("/readyz", "/health")
    promote(stage)
    return 1


@scenario(before=pair_of_servers, reads_go_on=True)
def replica_gone(stage):
    """the only replica is stopped, and started again"""
    stage.cluster.sql("ALTER SYSTEM RESET synchronous_standby_names")
    stage.cluster.sql("SELECT pg_reload_conf()")
    stage.standby.stop(signal.SIGQUIT)
    stage.wait(2)
    stage.tell("/readyz", "/health")
    stage.heal(stage.standby.start())
    return 1
