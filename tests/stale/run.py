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
import random
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the checkout stays as it is

import cold  # noqa: E402
import outside  # noqa: E402
import table  # noqa: E402
from faults import FAULTS, Fault  # noqa: E402
from world import Failed, World, eventually  # noqa: E402

QUIET_SECONDS = (1, 4)  # that caches are on before something fails
LOOK_SECONDS = 0.2
SAMPLER = {"sampled": "portcullis_cache_sampled_total",
           "found": "portcullis_cache_stale_total"}
JUDGED = ("gets", "lists", "looks", "tokens", "writes", "lives")


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--build", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    add("--release", action="store_true", help="a release build, not one with"
        " sanitizers: many times as many operations a second")
    add("--ops", type=int, default=200_000,
        help="answers to judge, for each line (%(default)s)")
    add("--fault", action="append", default=[], choices=["none", "all", *FAULTS],
        help="what fails meanwhile; may be repeated (none)")
    add("--instances", type=int, default=2)
    add("--clients", type=int, default=32)
    add("--keys", type=int, default=8, help="objects that are fought over")
    add("--writes", type=int, default=3,
        help="of a hundred operations that many are writes (%(default)s)")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="a setting of the instances, such as near_cache=off")
    add("--broken", metavar="FAULT", help="a fault point that stays hit:"
        " something out of date must be found")
    add("--outside", type=int, metavar="N", help="instead of all this: how long"
        " N writes by psql take to be given by all instances")
    add("--cold", type=int, metavar="N", help="how many statements N readers take"
        " who want at once what nobody remembers")
    add("--report", action="store_true",
        help="write the lines into docs/coherence.md")
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
    return run("token", "stale", "--minutes", "1440")


def settings_of(chosen):
    return {"redis_cache": "on"} | dict(pair.split("=", 1)
                                       for pair in chosen.set)


def remember(world, token):
    return all(instance.remembers(token) for instance in world.instances
               if instance.process.poll() is None)


def fail_again_and_again(world, play, sessions, is_quiet):
    """Until the sessions end. Answers how often it failed: each time anew when
    caches had been on for a while."""
    times = 0
    while sessions.poll() is None:
        if not is_quiet():
            time.sleep(LOOK_SECONDS)
            continue
        try:
            sessions.wait(random.uniform(*QUIET_SECONDS))
        except subprocess.TimeoutExpired:
            times += play(world) or 1
    return times


def drive(world, chosen, token, fault):
    """Runs the sessions, and what fails meanwhile."""
    program = chosen.build / "tests" / "stale_sessions"
    caches = settings_of(chosen)["redis_cache"] == "on"
    if caches:
        eventually(lambda: remember(world, token), "caches")
    with subprocess.Popen(
            [program, f"--ops={chosen.ops}", f"--clients={chosen.clients}",
             f"--keys={chosen.keys}", f"--writes={chosen.writes}",
             f"--token={token}", *(instance.url for instance in world.instances)],
            stdout=subprocess.PIPE, text=True) as sessions:
        times = 0
        if fault.play:
            times = fail_again_and_again(
                world, fault.play, sessions,
                lambda: not caches or remember(world, token))
        said = sessions.stdout.read()
    if sessions.returncode not in (0, 1) or not said:
        raise Failed(f"the sessions ended with {sessions.returncode}")
    return json.loads(said) | {"times": times} | {
        short: sum(instance.counted(name) for instance in world.instances)
        for short, name in SAMPLER.items()}


def one_row(name, chosen, token):
    """What was counted, and what ended that should not have."""
    fault = FAULTS.get(name, Fault(None))
    if chosen.broken:
        os.environ["PORTCULLIS_FAULTS"] = f"{chosen.broken}=0:1000000000"
    with tempfile.TemporaryDirectory() as directory:
        world = World(chosen.build, directory, chosen.instances,
                      settings_of(chosen),
                      ("--maxmemory-policy", "noeviction"), fault)
        started = time.monotonic()
        try:
            row = drive(world, chosen, token, fault)
            row["seconds"] = round(time.monotonic() - started)
        finally:
            bad = world.end()
    row["fault"] = name
    row["checked"] = sum(row[member] for member in JUDGED)
    return row, bad


def measure(chosen):
    token = prepare(chosen.build)
    with tempfile.TemporaryDirectory() as directory:
        world = World(chosen.build, directory, chosen.instances,
                      settings_of(chosen), (), Fault(None))
        try:
            eventually(lambda: remember(world, token), "caches")
            print(outside.measure(world, token, chosen.outside)
                  if chosen.outside else
                  cold.measure(world, token, chosen.cold))
        finally:
            bad = world.end()
    return bool(bad)


def run_all(chosen):
    """The exit status."""
    token, stale, died = prepare(chosen.build), False, False
    print("\n".join(table.HEAD), flush=True)
    for name in chosen.fault:
        row, bad = one_row(name, chosen, token)
        print(table.line(row), flush=True)
        if chosen.report:
            table.write(pathlib.Path("docs/coherence.md"), row)
        for what in bad:
            print(f"  {what}", file=sys.stderr)
        stale |= row["faults"] + row["found"] > 0
        died |= bool(bad)
    return 1 if died or stale != bool(chosen.broken) else 0


def main():
    try:
        chosen = options()
        return (measure if chosen.outside or chosen.cold else run_all)(chosen)
    except Failed as why:
        print(f"stale: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
