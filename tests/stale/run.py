#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Is anything served that is out of date?

Run by `./dev test --stale`, inside `portcullis sandbox`: sessions read and
write the same few people at several instances (sessions are stale.c), while
parts of it fail. One line for each fault; the exit status is 1 when an answer
was out of date, or something ended that should not have. With --broken the
instances are told to skip a step of the protocol: then 1 means that nothing
was found, for a checker that cannot fail proves nothing.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the checkout stays as it is

from faults import FAULTS  # noqa: E402
from world import Failed, World, eventually  # noqa: E402

FIRST_SECONDS = 1
BETWEEN_SECONDS = 8  # by then caches are on again
SAMPLER = {"sampled": "portcullis_cache_sampled_total",
           "found": "portcullis_cache_stale_total"}
SHOWN = ("gets", "lists", "writes", "lives", "near", "shared", "failed",
         "broken", *SAMPLER, "faults")


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--build", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    add("--ops", type=int, default=200_000, help="for each line (%(default)s)")
    add("--fault", action="append", default=[], choices=["none", "all", *FAULTS],
        help="what fails meanwhile; may be repeated (none)")
    add("--instances", type=int, default=2)
    add("--clients", type=int, default=16)
    add("--keys", type=int, default=4, help="objects that are fought over")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="a setting of the instances, such as near_cache=off")
    add("--broken", metavar="FAULT", help="a fault point that stays hit:"
        " something out of date must be found")
    chosen = parser.parse_args()
    if "all" in chosen.fault:
        chosen.fault = ["none", *FAULTS]
    chosen.fault = chosen.fault or ["none"]
    return chosen


def prepare(build):
    """Answers a token that may write people."""
    portcullis = build / "src" / "app" / "portcullis"
    environment = os.environ | {
        "DATABASE_URL": os.environ["OWNER_DATABASE_URL"],
        "PORTCULLIS_ENVIRONMENT": "test",
        "PORTCULLIS_JWT_SECRET": "a-secret-that-only-the-tests-know"}

    def run(*command):
        done = subprocess.run([portcullis, *command], env=environment, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout.strip()

    run("migrate", "up")
    run("seed")
    run("user", "admin@stale", "--external-id", "stale", "--role", "admin")
    return run("token", "stale")


def drive(world, chosen, token, break_it):
    """Runs the sessions, and the fault again and again until they end."""
    program = chosen.build / "tests" / "stale_sessions"
    urls = [instance.url for instance in world.instances]
    if "redis_cache=on" in chosen.set:
        eventually(lambda: all(instance.remembers(token)
                               for instance in world.instances), "caches")
    with subprocess.Popen(
            [program, f"--ops={chosen.ops}", f"--clients={chosen.clients}",
             f"--keys={chosen.keys}", f"--token={token}", *urls],
            stdout=subprocess.PIPE, text=True) as sessions:
        times, between = 0, FIRST_SECONDS
        while sessions.poll() is None:
            try:
                sessions.wait(between if break_it else None)
            except subprocess.TimeoutExpired:
                break_it(world)
                times, between = times + 1, BETWEEN_SECONDS
        said = sessions.stdout.read()
    if sessions.returncode not in (0, 1) or not said:
        raise Failed(f"the sessions ended with {sessions.returncode}")
    return json.loads(said) | {"times": times} | {
        short: sum(instance.counted(name) for instance in world.instances)
        for short, name in SAMPLER.items()}


def one_line(name, chosen, token):
    settings = dict(pair.split("=", 1) for pair in chosen.set)
    options = ("--maxmemory-policy", "noeviction")
    if chosen.broken:
        os.environ["PORTCULLIS_FAULTS"] = f"{chosen.broken}=0:1000000000"
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        world = World(chosen.build, directory, chosen.instances, settings,
                      options)
        try:
            seen = drive(world, chosen, token, FAULTS.get(name))
        finally:
            bad = world.end()
    seconds = time.monotonic() - started
    print(f"| {name} | {seen['times']} | "
          + " | ".join(str(seen[member]) for member in SHOWN)
          + f" | {seconds:.0f} |", flush=True)
    for what in bad:
        print(f"  {what}", file=sys.stderr)
    return seen["faults"] + seen["found"] > 0, bool(bad)


def main():
    chosen = options()
    try:
        token = prepare(chosen.build)
        print("| fault | times | " + " | ".join(SHOWN) + " | seconds |")
        print("|---" * (len(SHOWN) + 3) + "|", flush=True)
        lines = [one_line(name, chosen, token) for name in chosen.fault]
    except Failed as why:
        print(f"stale: {why}", file=sys.stderr)
        return 2
    stale = any(found for found, _ in lines)
    died = any(bad for _, bad in lines)
    return 1 if died or stale != bool(chosen.broken) else 0


if __name__ == "__main__":
    sys.exit(main())
