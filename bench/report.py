# SPDX-License-Identifier: MIT
"""From samples to one table, the goals, and JSON."""

import dataclasses
import json
import os
import platform
import statistics
from dataclasses import dataclass

import load
from rows import GOAL_CONNECTIONS, GOALS, ROWS

MEASURES = [field.name for field in dataclasses.fields(load.Sample)]

COLUMNS = "{:37} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7}"
HEAD = (COLUMNS.format("", "requests", "p50", "p99", "CPU µs", "for each",
                       "request", "rate to").rstrip(),
        COLUMNS.format("", "a second", "ms", "ms", "server", "database",
                       "client", "base").rstrip())


@dataclass
class Results:
    """Cells are keyed (row name, connections); samples come in rounds."""
    samples: dict
    missing: dict  # cell -> reason
    failed: dict   # cell -> reason


def medians(samples):
    values = {name: [getattr(sample, name) for sample in samples]
              for name in MEASURES}
    return load.Sample(**{
        name: None if None in seen else statistics.median(seen)
        for name, seen in values.items()})


def ratio(row, connections, samples):
    """Within each round, as rates move from round to round."""
    base = samples.get((row.baseline, connections))
    if not base:
        return None
    return statistics.median(
        sample.rate / other.rate for sample, other in
        zip(samples[row.name, connections], base))


def number(value, digits=1):
    return "–" if value is None else f"{value:,.{digits}f}"


def line(row, connections, results):
    cell = row.name, connections
    for word, reasons in {"FAILED": results.failed,
                          "missing": results.missing}.items():
        if cell in reasons:
            return f"  {row.title:35}   {word}: {reasons[cell]}"
    if not results.samples.get(cell):
        return None
    mid = medians(results.samples[cell])
    return COLUMNS.format(
        "  " + row.title, number(mid.rate, 0), number(mid.p50 / 1000, 2),
        number(mid.p99 / 1000, 2), number(mid.server_cpu),
        number(mid.database_cpu), number(mid.client_cpu),
        number(ratio(row, connections, results.samples), 2))


def table(levels, results):
    lines = [*HEAD]
    for connections in levels:
        lines.append(f"{connections} connection{'s' * (connections > 1)}")
        lines += filter(None, (line(row, connections, results)
                               for row in ROWS))
    return "\n".join(lines)


def reached(goal, rounds, samples):
    """The median over the rounds; None where a row is missing."""
    at = [{row.name: samples[row.name, goal.connections][i] for row in ROWS
           if len(samples.get((row.name, goal.connections), ())) == rounds}
          for i in range(rounds)]
    try:
        return statistics.median(goal.value(round) for round in at)
    except KeyError:
        return None


def verdict(goal, value):
    if value is None:
        return "not measured"
    met = value >= goal.least if goal.least else value <= goal.most
    return "met" if met else "not met"


def judged(rounds, samples):
    for goal in GOALS:
        value = reached(goal, rounds, samples)
        yield goal, value, verdict(goal, value)


def goals(rounds, samples):
    head = f"goals, at {GOAL_CONNECTIONS} connections if not said otherwise"
    lines = [f"{head:48}"
             "   goal  reached"]
    for goal, value, word in judged(rounds, samples):
        limit = f"≥ {goal.least:.2f}" if goal.least else f"≤ {goal.most:.2f}"
        lines.append(f"  {goal.title:46} {limit:>6} {number(value, 2):>8}"
                     f"  {word}")
    return "\n".join(lines)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [text.split(":")[1].strip() for text in file
                  if text.startswith("model name")]
    return {"cores": len(os.sched_getaffinity(0)),
            "model": models[0] if models else platform.machine(),
            "kernel": platform.release()}


def cell_json(row, connections, results):
    cell = row.name, connections
    samples = results.samples.get(cell, [])
    return {
        "row": row.name, "title": row.title, "connections": connections,
        "baseline": row.baseline,
        "ratio": ratio(row, connections, results.samples) if samples else None,
        "median": dataclasses.asdict(medians(samples)) if samples else None,
        "rounds": [dataclasses.asdict(sample) for sample in samples],
        "missing": results.missing.get(cell),
        "failed": results.failed.get(cell),
    }


def as_json(facts, levels, rounds, results, traces):
    """Times in microseconds, rates in requests a second."""
    cells = [cell_json(row, connections, results)
             for connections in levels for row in ROWS]
    return json.dumps({
        "machine": machine(), **facts,
        "cells": [cell for cell in cells
                  if cell["median"] or cell["missing"] or cell["failed"]],
        "goals": [{"title": goal.title, "least": goal.least,
                   "most": goal.most, "reached": value, "verdict": word}
                  for goal, value, word in judged(rounds, results.samples)],
        "system_calls": traces,
    }, indent=2, ensure_ascii=False) + "\n"
