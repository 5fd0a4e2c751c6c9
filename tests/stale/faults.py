# SPDX-License-Identifier: MIT
"""What may break while the sessions run: each of these once, a few times in a
run, for a while, and all is whole again when it returns."""

import os
import random
import signal
import time

DOWN_SECONDS = 1.5


def down(seconds=DOWN_SECONDS):
    time.sleep(random.uniform(0.3, 1) * seconds)


def redis_kill(world):
    """dies, and comes back empty"""
    world.redis.kill()
    down()
    world.redis.start()


def redis_stop(world):
    """hangs"""
    world.redis.process.send_signal(signal.SIGSTOP)
    down()
    world.redis.process.send_signal(signal.SIGCONT)


def redis_flush(world):
    """FLUSHALL, again and again"""
    for _ in range(10):
        world.redis.say("FLUSHALL")
        time.sleep(0.05)


def redis_old_snapshot(world):
    """dies, and comes back as it was some seconds before"""
    world.redis.say("SAVE")
    down()
    world.redis.kill()
    world.redis.start()


def redis_maxmemory(world):
    """has hardly any memory"""
    world.redis.say("CONFIG", "SET", "maxmemory", "1500000")
    down()
    world.redis.say("CONFIG", "SET", "maxmemory", "0")


def redis_evicts(world):
    """has hardly any memory, and evicts whatever it likes"""
    world.redis.say("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
    redis_maxmemory(world)
    world.redis.say("CONFIG", "SET", "maxmemory-policy", "noeviction")


def redis_cut(world):
    """one instance cannot reach Redis, the others can"""
    proxy = random.choice(world.proxies)
    proxy.tell("blackhole")
    down()
    proxy.tell("heal")


def publish_cut(world):
    """what one instance subscribed to does not arrive, all else does"""
    world.redis.say("CLIENT", "KILL", "TYPE", "pubsub")
    world.redis.say("CONFIG", "SET", "client-output-buffer-limit",
                    "pubsub 1 1 1")
    down()
    world.redis.say("CONFIG", "SET", "client-output-buffer-limit",
                    "pubsub 33554432 8388608 60")


def postgres_restart(world):
    """a backend is killed, so all are, and the database recovers"""
    pid = world.sql("SELECT pid FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend'"
                    " AND pid <> pg_backend_pid() LIMIT 1")
    if pid:
        os.kill(int(pid), signal.SIGKILL)
    down()


def instance_kill(world):
    """dies, and is started again"""
    instance = random.choice(world.instances)
    instance.kill()
    down()
    instance.start()


def instance_stop(world):
    """stands still for longer than any lease"""
    instance = random.choice(world.instances)
    instance.process.send_signal(signal.SIGSTOP)
    down()
    instance.process.send_signal(signal.SIGCONT)


FAULTS = {function.__name__.replace("_", "-"): function for function in (
    redis_kill, redis_stop, redis_flush, redis_old_snapshot, redis_maxmemory,
    redis_evicts, redis_cut, publish_cut, postgres_restart, instance_kill, instance_stop)}
