# SPDX-License-Identifier: MIT
"""The two load generators. Each answers one Sample or raises Failed."""

import json
import pathlib
import re
import subprocess
import time
from dataclasses import dataclass

from cpu import cpu_of, processes
from failure import Failed

HERE = pathlib.Path(__file__).parent
SCRIPT = HERE / "wrk.lua"
LOGGED = 0.1  # of pgbench's transactions, for the percentiles


@dataclass(frozen=True)
class Sample:
    """Times in microseconds; processor time is that of one request."""
    rate: float
    p50: float
    p99: float
    server_cpu: float | None
    server_system_cpu: float | None
    database_cpu: float
    client_cpu: float


def threads_for(connections):
    """One for up to 64, for either generator: it shares the cores."""
    return 1 if connections <= 64 else 2


def drive(command, environment, seconds, pids):
    """Runs a generator. Processor time is taken from its middle, where nobody
    connects or prepares any more. Answers its output and for itself, then for
    each of PIDS, what part of a second they used in one."""
    with subprocess.Popen(command, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        try:
            time.sleep(seconds * 0.3)
            start, before = time.monotonic(), processes()
            time.sleep(seconds * 0.6)
            span, after = time.monotonic() - start, processes()
            output, said = process.communicate()
        except KeyboardInterrupt:
            process.kill()
            raise
    if process.returncode != 0:
        raise Failed(f"{command[0]}: exit {process.returncode}: {said.strip()}")
    used = (cpu_of(pid, after) - cpu_of(pid, before)
            for pid in (process.pid, *pids))
    return output, [(cpu.total / span, cpu.system / span) for cpu in used]


def sample(rate, p50, p99, used):
    (client, _), (database, _), *server = [
        (total / rate * 1e6, system / rate * 1e6) for total, system in used]
    server_total, server_system = server[0] if server else (None, None)
    return Sample(rate, p50, p99, server_total, server_system, database,
                  client)


def wrk(url, requests_file, connections, seconds, server_pid, bench):
    command = ["wrk", f"-t{threads_for(connections)}", f"-c{connections}",
               f"-d{seconds}s", "-s", str(SCRIPT), url, "--",
               str(requests_file), bench.token]
    output, used = drive(command, None, seconds,
                         [bench.database.pid, server_pid])
    seen = json.loads(output.splitlines()[-1])
    errors = {kind: n for kind, n in seen["errors"].items() if n}
    if errors or not seen["requests"]:
        raise Failed(f"of {seen['requests']} requests failed: {errors}")
    return sample(seen["requests"] / seen["duration_us"] * 1e6,
                  seen["p50_us"], seen["p99_us"], used)


def latencies(directory):
    """Of the sampled transactions, sorted; the logs are thrown away."""
    times = []
    for log in directory.glob("pgbench.*"):
        times += [int(line.split(" ", 3)[2]) for line in log.open()]
        log.unlink()
    return sorted(times)


def script_options(scripts, directory):
    for i, text in enumerate(scripts.texts):
        path = directory / f"script{i}.sql"
        path.write_text(text, encoding="utf-8")
        yield f"--file={path}"
    for name, text in scripts.variables.items():
        yield f"--define={name}={text}"


def pgbench(scripts, clients, threads, seconds, database, directory):
    command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients),
               "-j", str(threads), "-T", str(seconds),
               *script_options(scripts, directory), "-l",
               f"--sampling-rate={LOGGED}",
               f"--log-prefix={directory / 'pgbench'}"]
    output, used = drive(command, database.environment, seconds,
                         [database.pid])
    done, failed, rate = (
        float(found[1]) if (found := re.search(pattern, output)) else 0
        for pattern in (r"actually processed: (\d+)",
                        r"failed transactions: (\d+)",
                        r"tps = ([\d.]+)"))
    times = latencies(directory)
    if failed or not rate or not times:
        raise Failed(f"pgbench: {failed:.0f} transactions failed,"
                     f" {done:.0f} succeeded")
    return sample(rate, times[len(times) // 2], times[len(times) * 99 // 100],
                  used)
