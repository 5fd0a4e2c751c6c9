# SPDX-License-Identifier: MIT
"""tests/hardened.py PROGRAM: was a release linked as it should be?

Reads its ELF by readelf(1). Prints one line per fault; exit status 1 when there
are any.
"""
import re
import subprocess
import sys


def readelf(program, *options):
    return subprocess.run(["readelf", "-W", *options, program], capture_output=True, text=True,
                          check=True).stdout


def segments(text):
    """type -> flags, such as "RW " or "R E"."""
    return re.findall(r"^  (\w+) +0x\w+ 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([R ][W ][E ])", text, re.M)


def faults(program):
    header = readelf(program, "-h")
    loads = segments(readelf(program, "-l"))
    dynamic = readelf(program, "-d")
    symbols = readelf(program, "--dyn-syms")
    flags = dict(loads)
    if not re.search(r"Type: +DYN", header) or not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic):
        yield "it is no position independent executable (-pie)"
    if "GNU_RELRO" not in flags:
        yield "what the loader relocates stays writable (-z relro)"
    if not re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "functions are bound late, in a table that is writable (-z now)"
    if "E" in flags.get("GNU_STACK", "E"):
        yield "the stack is executable (-z noexecstack)"
    if any("W" in how and "E" in how for _, how in loads):
        yield "a segment is writable and executable"
    if "__stack_chk_fail" not in symbols:
        yield "stacks have no guard (-fstack-protector-strong)"
    if not re.search(r"\b__(memcpy|snprintf|vsnprintf|printf|read|fprintf)_chk\b", symbols):
        yield "calls with known sizes are not checked (-D_FORTIFY_SOURCE)"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "libraries are looked for where the builder says (RPATH)"


if __name__ == "__main__":
    found = list(faults(sys.argv[1]))
    for fault in found:
        print(f"{sys.argv[1]}: {fault}")
    sys.exit(1 if found else 0)
