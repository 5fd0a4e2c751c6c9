# SPDX-License-Identifier: MIT
"""bundle.py TARBALL OUT: the viewer out of its npm package, with its licences
before it and page.js behind it; and OUT.gz. The same bytes each time."""
import gzip
import sys
import tarfile
from pathlib import Path

NOTICES = ["package/LICENSE.txt", "package/dist/rapidoc-min.js.LICENSE.txt"]


def member(package, name):
    return package.extractfile(name).read()


with tarfile.open(sys.argv[1]) as package:
    notices = b"\n".join(member(package, name) for name in NOTICES)
    viewer = member(package, "package/dist/rapidoc-min.js")
page = (Path(__file__).parent / "page.js").read_bytes()
comment = b"/*\n" + notices.replace(b"*/", b"* /") + b"\n*/\n"
whole = comment + viewer + b"\n" + page
Path(sys.argv[2]).write_bytes(whole)
Path(sys.argv[2] + ".gz").write_bytes(
    gzip.compress(whole, compresslevel=9, mtime=0))
