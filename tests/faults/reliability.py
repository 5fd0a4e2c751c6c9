#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Steady load while something fails: ./dev test --faults [NAME…] [--report]

One line of JSON for each scenario, and below it what did not hold.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the checkout stays as it is
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "stale"))

import clients  # noqa: E402,F401
import crowds  # noqa: E402,F401
import database  # noqa: E402,F401
import dependencies  # noqa: E402,F401
import fleet  # noqa: E402,F401
import instances  # noqa: E402,F401
import network  # noqa: E402,F401
import process  # noqa: E402,F401
import rolling  # noqa: E402,F401
import storms  # noqa: E402,F401
import replicas  # noqa: E402,F401
import report  # noqa: E402
from cluster import Cluster  # noqa: E402
from judge import faults_of, figures  # noqa: E402
from load import Load  # noqa: E402
from scenario import SCENARIOS  # noqa: E402
from stage import Program, Stage  # noqa: E402
from world import Failed  # noqa: E402

WARM_SECONDS = 1.5
AFTER_SECONDS = 1  # beyond the time in which it has to be normal again


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--build", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    add("--release", type=pathlib.Path, help=argparse.SUPPRESS)
    add("--only-release", action="store_true",
        help="all scenarios with a release build, not with sanitizers")
    add("--report", action="store_true", help="write docs/reliability.md")
    add("--ops", type=int, default=3000,
        help="keyed writes under random kills (%(default)s)")
    add("--list", action="store_true", help="the scenarios' names")
    add("names", nargs="*", metavar="NAME", help="those whose name holds it")
    return parser.parse_args()


def prepare(program, cluster):
    """Schema and roles; a token that may write."""
    program.run(cluster.url("postgres", "postgres"), "setup")
    program.run(cluster.url("portcullis_owner"), "user", "admin@faults",
                "--external-id", "faults", "--role", "admin")
    return program.run(cluster.url("portcullis_owner"), "token", "faults",
                       "--minutes", "300")


def play(one, stage):
    urls = [one.behind(stage)] if one.behind \
        else [instance.url for instance in stage.instances]
    load = stage.load = Load(urls, stage.token, one)
    try:
        stage.wait(WARM_SECONDS)
        before = stage.held()
        injected = one.play(stage)
        stage.wait(max(0, stage.healed + one.normal_ms / 1000 + AFTER_SECONDS
                       - time.monotonic()))
    finally:
        load.stop()
    row = figures(stage, load, before) | {"injected": injected}
    return row, load.wrong[:5]


def run(one, chosen, cluster, token):
    """Answers the row, and what does not hold."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory).chmod(0o711)
        release = chosen.release if one.release or chosen.only_release else None
        stage = Stage(chosen.build, directory, cluster, token, one, release)
        stage.ops = chosen.ops
        row, found = {}, []
        try:
            row, wrong = play(one, stage)
            found = faults_of(row, one) + ([] if one.garbles else wrong)
        except (Failed, OSError, subprocess.SubprocessError) as why:
            found = [str(why)]
        finally:
            found += stage.end()
            said = stage.said()
    row = {"scenario": one.name} | row | {
        "seconds": round(time.monotonic() - started, 1)}
    return row, found + [said] if found else []


def main():
    chosen = options()
    if chosen.list:
        print("\n".join(SCENARIOS))
        return 0
    wanted = [one for one in SCENARIOS.values() if not chosen.names
              or any(name in one.name for name in chosen.names)]
    done, failed = [], []
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory).chmod(0o711)
        cluster = None
        try:
            home = pathlib.Path(directory) / "pg"
            home.mkdir()
            cluster = Cluster(home)
            token = prepare(Program(chosen.build / "src/app/portcullis"),
                            cluster)
            for one in wanted:
                row, bad = run(one, chosen, cluster, token)
                (failed if bad else done).append(row)
                print(json.dumps(row), flush=True)
                for what in bad:
                    print(f"✗ {one.name}: {what}", flush=True)
        except Failed as why:
            print(f"✗ {why}")
            return 2
        finally:
            if cluster:
                cluster.end()
    if chosen.report:
        report.write(HERE.parent.parent / "docs" / "reliability.md", done)
    print(f"{len(done)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
