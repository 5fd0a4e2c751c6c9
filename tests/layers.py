# SPDX-License-Identifier: MIT
"""tests/layers.py: are the arrows of the house kept?

Every #include of a room is held against `room(NAME KNOWS … PACKAGES …)` in
its CMakeLists.txt, every foreign header against the one room that is its
door, and what only src/base may say (malloc, free …) is looked for elsewhere.
Prints one line per fault; exit status 1 when there are any.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# foreign header -> the only place (or places) that may include it
DOORS = {
    "uv.h": "src/runtime",
    "jansson.h": "src/json",
    "microhttpd.h": "src/http",
    "libpq-fe.h": "src/postgres",
    "zlib.h": ("src/codec",),
    "zstd.h": "src/codec",
    "openssl/ssl.h": "src/tls",
    "openssl/err.h": ("src/auth", "src/tls"),
    r"openssl/(?!(ssl|err)\.h).*": "src/auth",
    r"hiredis/.*": "src/redis",
    r"curl/.*": "src/fetch",
}

# what a line outside of src/base must not say, and why
WORDS = {
    r"\b(malloc|calloc|realloc|free|strdup|strndup|asprintf)\(":
        "memory comes from base/memory.h, an arena or a buffer",
    r"\bgoto\b": "use CLEANUP and return",
    r"\b(TODO|FIXME|XXX)\b": "finish it, or file it",
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi)\(": "has no limit or no error",
}


def rooms():
    """room -> the rooms it may include"""
    known = {}
    for path in sorted(ROOT.glob("src/*/CMakeLists.txt")):
        call = re.search(r"^room\((\w+)(.*?)\)", path.read_text(), re.S | re.M)
        if call:
            after = re.search(r"KNOWS(.*?)(PACKAGES|$)", call[2], re.S)
            known[call[1]] = set(after[1].split()) if after else set()
    return known


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "src", "routes"],
                            cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split() if name.endswith((".c", ".h"))]


def include_faults(path, place, line, known):
    include = re.match(r'\s*#\s*include\s+([<"])(.+)[>"]', line)
    if not include:
        return
    name = include[2]
    for header, door in DOORS.items():
        doors = (door,) if isinstance(door, str) else door
        if re.fullmatch(header, name) and not str(path.relative_to(ROOT)).startswith(
                tuple(d + "/" for d in doors)):
            yield f"{name} may be included by {' and '.join(doors)} only"
    target = name.split("/")[0]
    if include[1] == '"' and place in known and target in known:
        if target != place and target not in known[place]:
            yield f"{place} must not know {target}"
    if place in known and target == "routes":
        yield "no room may know the routes"
    if re.search(r"(_impl|_parts)\.h$", name) and target != place:
        yield f"{name} is for its own room"


def word_faults(place, line):
    if place == "base":
        return
    if place == "store" and "static const struct statement " in line:
        yield "a statement that `check queries` cannot see: list it in store/sql_fixed.def"
    for word, why in WORDS.items():
        found = re.search(word, line)
        if found:
            yield f"{found[0].rstrip('(')}: {why}"


def strip_comments(text):
    keep_lines = lambda m: re.sub(r"[^\n]", " ", m[0])
    text = re.sub(r'"(\\.|[^"\\\n])*"', lambda m: m[0] if "/" in m[0] and ".h" in m[0] else '""', text)
    return re.sub(r"/\*.*?\*/", keep_lines, text, flags=re.S)


def main():
    known = rooms()
    faults = 0
    for path in sources():
        parts = path.relative_to(ROOT).parts
        place = parts[1] if parts[0] == "src" else parts[0]
        for number, line in enumerate(strip_comments(path.read_text()).split("\n"), 1):
            for fault in [*include_faults(path, place, line, known), *word_faults(place, line)]:
                print(f"{path.relative_to(ROOT)}:{number}: {fault}")
                faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
