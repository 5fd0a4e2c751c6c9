# SPDX-License-Identifier: MIT
"""What may break while the sessions run: each of these once, a few times in a
run, for a while, and all is whole again when it returns."""

import dataclasses
import os
import random
import signal
import time
import typing

DOWN_SECONDS = 1.5
LAG_SECONDS = 5
FAULTS = {}


@dataclasses.dataclass
class Fault:
    play: typing.Callable
    proxied: bool = False  # it is the network to Redis that breaks
    replicas: bool = False  # the instances have some
    settings: dict = dataclasses.field(default_factory=dict)
    armed: typing.Callable = None  # fault points of each instance that starts
    may_end_with: tuple = (0,)


def fault(**options):
    def enlist(play):
        FAULTS[play.__name__.replace("_", "-")] = Fault(play, **options)
        return play
    return enlist


def down(seconds=DOWN_SECONDS):
    time.sleep(random.uniform(0.3, 1) * seconds)


@fault()
def redis_kill(world):
    """dies, and comes back empty"""
    world.redis.kill()
    down()
    world.redis.start()


@fault()
def redis_stop(world):
    """hangs"""
    world.redis.process.send_signal(signal.SIGSTOP)
    down()
    world.redis.process.send_signal(signal.SIGCONT)


@fault()
def redis_flush(world):
    """FLUSHALL, again and again"""
    for _ in range(10):
        world.redis.say("FLUSHALL")
        time.sleep(0.05)


@fault()
def redis_old_snapshot(world):
    """dies, and comes back as it was some seconds before"""
    world.redis.say("SAVE")
    down()
    world.redis.kill()
    world.redis.start()


@fault()
def redis_maxmemory(world):
    """has hardly any memory"""
    world.redis.say("CONFIG", "SET", "maxmemory", "1500000")
    down()
    world.redis.say("CONFIG", "SET", "maxmemory", "0")


@fault()
def redis_evicts(world):
    """has hardly any memory, and evicts whatever it likes"""
    world.redis.say("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
    redis_maxmemory(world)
    world.redis.say("CONFIG", "SET", "maxmemory-policy", "noeviction")


@fault(proxied=True)
def redis_cut(world):
    """one instance cannot reach Redis, the others can"""
    proxy = random.choice(world.proxies)
    proxy.tell("blackhole")
    down()
    proxy.tell("heal")


@fault(proxied=True)
def publish_cut(world):
    """what one instance subscribed to does not arrive, all else does"""
    proxy = random.choice(world.proxies)
    proxy.tell("blackhole marked")
    down()
    proxy.tell("heal")


@fault()
def postgres_restart(world):
    """a backend is killed, so all are, and the database recovers"""
    pid = world.sql("SELECT pid FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend'"
                    " AND pid <> pg_backend_pid() LIMIT 1")
    if pid:
        os.kill(int(pid), signal.SIGKILL)
    down()


@fault()
def instance_kill(world):
    """dies, and is started again"""
    instance = random.choice(world.instances)
    instance.kill()
    down()
    instance.start()


@fault()
def instance_stop(world):
    """stands still for longer than any lease"""
    instance = random.choice(world.instances)
    instance.process.send_signal(signal.SIGSTOP)
    down()
    instance.process.send_signal(signal.SIGCONT)


@fault(armed=lambda: f"CACHE_PUT_KILLED={random.randrange(50, 800)}",
       may_end_with=(0, -signal.SIGKILL))
def instance_dies_before_put(world):
    """dies between COMMIT and telling Redis, and is started again"""
    until = time.monotonic() + 4 * LAG_SECONDS
    while time.monotonic() < until:
        dead = [one for one in world.instances if one.process.poll() is not None]
        if dead:
            break
        time.sleep(0.02)
    down()
    for one in dead:
        one.start()
    return len(dead)


@fault(replicas=True, settings={"replica_lag_max": "1h"})
def replica_lags(world):
    """is behind, and stays one that may be read from by who asks for it"""
    world.delay_replica(LAG_SECONDS)
    time.sleep(LAG_SECONDS + 1)
    world.delay_replica(0)
    time.sleep(1)
