# SPDX-License-Identifier: MIT
"""System calls of one request, counted by strace while wrk drives a row."""

import shutil
import signal
import subprocess

import load
from failure import Failed
from rows import GOAL_CONNECTIONS, Http

SECONDS = 3
SHOWN = 8


def counted(path):
    """Lines "calls name" between two rules of dashes."""
    counts, inside = {}, False
    for text in path.read_text().splitlines():
        words = text.split()
        if text.startswith("-"):
            inside = not inside
        elif inside and len(words) == 2:
            counts[words[1]] = int(words[0])
    return counts


def attach(pid, path):
    process = subprocess.Popen(
        ["strace", "-c", "-f", "-U", "calls,name", "-o", path, "-p", str(pid)],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = process.stderr.readline()  # "strace: Process … attached"
    if "attached" not in said:
        process.wait()
        raise Failed(f"strace: {said.strip()}")
    return process


def trace(bench, row):
    """Calls of one request by name; the tracer slows all but counts right."""
    path = bench.directory / "strace.txt"
    process = attach(bench.servers[row.by.server].pid, path)
    try:
        sample = row.by.measure(bench, row.name, GOAL_CONNECTIONS, SECONDS)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
    return {name: calls / (sample.rate * SECONDS)
            for name, calls in counted(path).items()}


def trace_all(bench, rows):
    """By row name; a row that cannot be traced has its reason instead."""
    if shutil.which("strace") is None:
        return {"error": "strace is not installed"}
    traces = {}
    for row in rows:
        if isinstance(row.by, Http) and row.by.server in bench.servers:
            try:
                traces[row.name] = trace(bench, row)
            except Failed as reason:
                traces[row.name] = {"error": str(reason)}
    return traces


def line(title, calls):
    if "error" in calls:
        return f"  {title:34}   {calls['error']}"
    most = sorted(calls.items(), key=lambda item: -item[1])[:SHOWN]
    each = ", ".join(f"{name} {count:.2f}" for name, count in most
                     if count >= 0.005)
    return f"  {title:34} {sum(calls.values()):6.2f}  {each}"


def table(traces, rows):
    head = (f"system calls of one request, at {GOAL_CONNECTIONS} connections"
            " (strace -c -f; under it batches are others)")
    if "error" in traces:
        return f"{head}\n  {traces['error']}"
    return "\n".join([head, *(line(row.title, traces[row.name])
                              for row in rows if row.name in traces)])
