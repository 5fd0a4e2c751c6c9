#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does every test exist that docs/contract-tests.md and docs/security.md name? A row is a rule and
what shows it: `wire/test_lists.c: a_test, another_test`, by folder and file
below tests/, or in words what it still waits for, behind "later:"."""
import re
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGES = ["docs/contract-tests.md", "docs/security.md"]
# Test(suite, name), SCENARIO(suite, name), and the macros of one file
TEST = re.compile(r"^[A-Z][A-Za-z_]*\(\s*(?:\w+\s*,\s*)?(\w+)\s*[,)]", re.M)
SHOWN = re.compile(r"`([\w./]+): ([^`]+)`")


def names_of(path, known={}):
    """The tests of a file of C; of other files, all their words."""
    if path not in known:
        text = (TESTS / path).read_text() if (TESTS / path).is_file() else ""
        found = TEST if path.endswith(".c") else re.compile(r"(\w+)")
        known[path] = set(found.findall(text))
    return known[path]


def rows_of(page):
    """(rule, what shows it) of every table, without heads and rulers."""
    for line in page.split("\n"):
        cells = [cell.strip() for cell in line.split(" | ")]
        if line.startswith("| ") and len(cells) == 2 and cells[0] != "| rule":
            yield cells[0].removeprefix("| "), cells[1].removesuffix("|").strip()


def faults(page):
    for rule, shown in rows_of(page):
        tests = SHOWN.findall(shown)
        if not tests and not shown.startswith("later: "):
            yield f"nothing shows that {rule}"
        for path, names in tests:
            if not names_of(path):
                yield f"{path} is no file with tests"
                continue
            for name in names.split(", "):
                if name not in names_of(path):
                    yield f"{path} has no test {name}"


def main():
    wrong = False
    for name in PAGES:
        page = (TESTS.parent / name).read_text()
        found = list(faults(page))
        for fault in found:
            print(f"{name}: {fault}")
        wrong = wrong or bool(found) or not list(rows_of(page))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
