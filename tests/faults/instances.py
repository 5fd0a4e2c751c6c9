# SPDX-License-Identifier: MIT
"""The service itself dies, hangs, or lacks what it needs."""

import os
import random
import resource
import signal
import socket
import subprocess

from scenario import scenario
from world import eventually


@scenario(instances=2, stops=True)
def instance_killed(stage):
    """one of two instances is killed under load, and started again"""
    killed = 0
    for _ in range(2):
        stage.service.kill()
        killed += 1
        stage.wait(0.5)
        stage.service.start()
        stage.heal()
        stage.wait(0.5)
    return killed


@scenario(stops=True)
def instance_stopped(stage):
    """the only instance stands still for three seconds"""
    stage.service.process.send_signal(signal.SIGSTOP)
    stage.wait(3)
    stage.service.process.send_signal(signal.SIGCONT)
    stage.heal()
    return 1


@scenario()
def no_descriptors(stage):
    """it may open no more descriptors, and a hundred want in"""
    pid = stage.service.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, hard))
    ticks = cpu(pid)
    host, port = stage.service.listen.split(":")
    crowd = [socket.create_connection((host, int(port))) for _ in range(100)]
    stage.wait(2)
    stage.figures["cpu_percent"] = round((cpu(pid) - ticks) / 2)
    refused = len(crowd) - (len(os.listdir(f"/proc/{pid}/fd")) - used)
    for one in crowd:
        one.close()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
    stage.heal()
    return refused


def cpu(pid):
    """Hundredths of a second it has worked."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def block_log(stage):
    """Nobody reads what is written to its log."""
    path = stage.directory / "service0.log"
    os.mkfifo(path)
    stage.log = os.open(path, os.O_RDONLY | os.O_NONBLOCK)


@scenario({"log_level": "info", "log_requests": "on"}, before=block_log)
def log_blocked(stage):
    """nobody reads its log, a pipe that is full"""
    stage.wait(3)
    dropped = stage.sample("portcullis_log_dropped")
    while True:
        try:
            if not os.read(stage.log, 65536):
                break
        except BlockingIOError:
            break
    stage.heal()
    return dropped


def cut(where):
    return lambda stage: stage.proxy.tell(f"cut {where} commit")


def kill_backend(stage):
    for pid in stage.cluster.backends()[:1]:
        os.kill(pid, signal.SIGKILL)


def kill_instance(stage):
    one = random.choice(stage.instances)
    one.kill()
    one.start()


def restart_database(stage):
    stage.cluster.stop(random.choice((signal.SIGINT, signal.SIGQUIT)))
    stage.cluster.start()


KILLS = (cut("after"), cut("after"), cut("before"), kill_backend, kill_instance,
         restart_database, lambda stage: stage.proxy.tell("reset"))


@scenario({"pool_min": "16", "pool_max": "16"}, instances=2, stops=True,
          readers=2, writers=8, pause_ms=0)
def random_kills(stage):
    """links, backends, instances and the database die in turns, by chance"""
    kills = 0
    while stage.load.changes() < stage.ops:
        try:
            random.choice(KILLS)(stage)
            kills += 1
        except subprocess.CalledProcessError:  # the database recovers
            pass
        stage.wait(random.uniform(0.2, 1))
    stage.proxy.tell("heal")
    eventually(stage.cluster.accepts, "postgres")
    stage.heal()
    return kills
