# SPDX-License-Identifier: MIT
"""Does docs/adding-a-resource.md show the files of docs/examples/committees,
which the test builds, whole and as they are? Behind a line that is nothing but
a file's name in backquotes comes the file."""
import re
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples/committees"
SHOWN = re.compile(r"^`([^`\n]+)`\n\n```\w*\n(.*?)^```$", re.M | re.S)


def faults(page, files):
    shown = SHOWN.findall(page)
    for name, text in shown:
        if name not in files:
            yield f"{name} is no file of the example"
        elif text != files[name]:
            yield f"{name} is another than the page shows"
    for name in files.keys() - dict(shown).keys():
        yield f"{name} is not shown"


def main():
    files = {str(path.relative_to(EXAMPLE)): path.read_text()
             for path in EXAMPLE.rglob("*") if path.is_file()}
    page = (DOCS / "adding-a-resource.md").read_text()
    found = list(faults(page, files))
    for fault in found:
        print(f"docs/adding-a-resource.md: {fault}")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()
