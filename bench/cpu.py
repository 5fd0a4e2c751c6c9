# SPDX-License-Identifier: MIT
"""Processor time of a process and all it started, from /proc."""

import os
import pathlib
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Cpu(NamedTuple):
    user: float
    system: float

    @property
    def total(self):
        return self.user + self.system

    def __sub__(self, other):
        return Cpu(self.user - other.user, self.system - other.system)


class Process(NamedTuple):
    parent: int
    ticks: list  # user, system, and both of the children already waited for


def processes():
    """All processes, read once, so that several can be asked for cheaply."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        field = text[text.rindex(")") + 2:].split()
        found[int(path.parent.name)] = Process(
            int(field[1]), [int(ticks) for ticks in field[11:15]])
    return found


def cpu_of(pid, found):
    """Never goes back: who ends is counted by its parent from then on."""
    ticks = found[pid].ticks if pid in found else [0, 0, 0, 0]
    user, system = ticks[0] + ticks[2], ticks[1] + ticks[3]
    total = Cpu(user / TICKS, system / TICKS)
    for child, process in found.items():
        if process.parent == pid:
            part = cpu_of(child, found)
            total = Cpu(total.user + part.user, total.system + part.system)
    return total
