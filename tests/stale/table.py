# SPDX-License-Identifier: MIT
"""The table of docs/coherence.md: a line is one run, the last one of its fault,
and below stands their sum. The words around it are people's."""

from faults import FAULTS

MARKS = ("<!-- made by ./dev test --stale --report -->", "<!-- end -->")
COLUMNS = {"times": "times", "checked": "checked", "gets": "gets",
           "lists": "lists", "looks": "looks", "tokens": "tokens",
           "writes": "writes", "lives": "lives", "near": "near",
           "shared": "shared", "failed": "failed", "broken": "broken",
           "sampled": "sampled", "found": "found", "faults": "out of date",
           "seconds": "seconds"}
HEAD = ("| fault | " + " | ".join(COLUMNS.values()) + " |",
        "|---" + "|---:" * len(COLUMNS) + "|")
SUM = "**all**"


def line(row):
    return (f"| {row['fault']} | "
            + " | ".join(str(row[member]) for member in COLUMNS) + " |")


def read(text):
    name, *cells = (cell.strip() for cell in text.strip("| ").split("|"))
    return {"fault": name} | dict(zip(COLUMNS, map(int, cells)))


def total(rows):
    return {"fault": SUM} | {member: sum(row[member] for row in rows)
                             for member in COLUMNS}


def write(path, row):
    """Puts the row in the place of the one there was of this fault."""
    top, rest = path.read_text("utf-8").split(MARKS[0])
    old, bottom = rest.split(MARKS[1])
    rows = {one["fault"]: one for one in map(read, old.split("\n")[3:-1])}
    rows[row["fault"]] = row
    rows = [rows[name] for name in ("none", *FAULTS) if name in rows]
    path.write_text("\n".join(
        [top + MARKS[0], *HEAD, *map(line, [*rows, total(rows)]),
         MARKS[1] + bottom]), "utf-8")
