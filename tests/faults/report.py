# SPDX-License-Identifier: MIT
"""docs/reliability.md: the table of it is the run's, and so are the figures
behind it; the words are people's. What was not run stays as it was."""

import textwrap

from scenario import SCENARIOS

TABLE = ("<!-- made by ./dev test --faults --report -->", "<!-- end -->")
FIGURES = ("<!-- figures of the same runs -->", "<!-- end of figures -->")
SOAK = ("<!-- made by ./dev test --soak --report -->", "<!-- end of soak -->")
SOAK_TELLS = (
    "{seconds} s behind {warm_up_s} s of warm-up, load average {load_average}:"
    " {requests} requests, {rate} a second, p50 {p50_ms} ms, p99 {p99_ms} ms;"
    " {failed} were refused or late. Descriptors {first_fds}, then {last_fds}."
    " Memory grew by {growth_percent} %; as medians of {period_s} s, MiB: {all}."
    " What of it was allocated grew by {live_growth_percent} %: {live}.")
HEAD = ("scenario", "injected", "requests", "failed", "slowest, ms",
        "first 2xx after, ms", "normal after, ms", "acknowledged", "lost",
        "twice", "wrong", "descriptors", "MiB")
KEYS = ("injected", "requests", "failed", "slowest_ms", "first_ms",
        "normal_ms", "acknowledged", "lost", "doubled", "wrong")


def line(one, row):
    cells = [f"`{one.name}`: {one.told}"]
    cells += [f"{row[key]:.0f}" for key in KEYS]
    cells += [f"{row['descriptors']:+d}", f"{row['memory_mib']:+.0f}"]
    return "| " + " | ".join(cells) + " |"


def figure(one, row):
    return f"- `{one.name}`: {one.tells.format(**row)}"


def scenario_of(text):
    return text.split("`")[1] if "`" in text else None


def between(page, marks, made, head=()):
    """The lines between the marks, with what was made in place of theirs."""
    top, rest = page.split(marks[0])
    old, bottom = rest.split(marks[1])
    kept = {scenario_of(text): text for text in old.splitlines()
            if scenario_of(text)}
    lines = [(kept | made).get(name) for name in SCENARIOS]
    return "\n".join([top + marks[0], *head, *filter(None, lines),
                      marks[1] + bottom])


def write(path, rows):
    ran = [(SCENARIOS[row["scenario"]], row) for row in rows]
    page = path.read_text("utf-8")
    page = between(page, TABLE, {one.name: line(one, row) for one, row in ran},
                   ("| " + " | ".join(HEAD) + " |",
                    "|---" + "|---:" * 12 + "|"))
    page = between(page, FIGURES, {one.name: figure(one, row)
                                   for one, row in ran if one.tells})
    path.write_text(page, "utf-8")


def in_lines(text, width=80):
    return "\n".join(textwrap.wrap(text, width))


def write_soak(path, row):
    """An hour's figures, between marks of their own."""
    page = path.read_text("utf-8")
    top, rest = page.split(SOAK[0])
    _, bottom = rest.split(SOAK[1])
    first, last = row["quiet_descriptors"]
    told = SOAK_TELLS.format(
        **row, first_fds=first, last_fds=last,
        failed=sum(n for status, n in row["statuses"].items()
                   if status >= 500 or status == 0),
        all=", ".join(f"{mib:.1f}" for mib in row["mib"]),
        live=", ".join(f"{mib:.1f}" for mib in row["live_mib"]))
    path.write_text(f"{top}{SOAK[0]}\n{in_lines(told)}\n{SOAK[1]}{bottom}",
                    "utf-8")
