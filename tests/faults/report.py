# SPDX-License-Identifier: MIT
"""docs/reliability.md: the table of it is the run's, the words are people's."""

from scenario import SCENARIOS

BEGIN, END = "<!-- made by ./dev test --faults --report -->", "<!-- end -->"
HEAD = ("scenario", "injected", "requests", "failed", "slowest, ms",
        "first 2xx after, ms", "normal after, ms", "acknowledged", "lost",
        "twice", "wrong", "descriptors", "MiB")
KEYS = ("injected", "requests", "failed", "slowest_ms", "first_ms",
        "normal_ms", "acknowledged", "lost", "doubled", "wrong")


def line(row):
    told = SCENARIOS[row["scenario"]].told
    cells = [f"`{row['scenario']}`: {told}"]
    cells += [f"{row[key]:g}" for key in KEYS]
    cells += [f"{row['descriptors']:+d}", f"{row['memory_mib']:+.0f}"]
    return "| " + " | ".join(cells) + " |"


def write(path, rows):
    page = path.read_text("utf-8")
    top, rest = page.split(BEGIN)
    bottom = rest.split(END)[1]
    table = ["| " + " | ".join(HEAD) + " |", "|---" + "|---:" * 12 + "|"]
    table += [line(row) for row in rows]
    path.write_text(top + BEGIN + "\n" + "\n".join(table) + "\n" + END
                    + bottom, "utf-8")
