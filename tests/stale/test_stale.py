#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""test_stale.py STALE_SESSIONS: can the checker fail? A server of a few lines
keeps people in memory. Honest, it passes; each way of lying is found."""

import http.server
import json
import random
import subprocess
import sys
import threading

OPS = 6000


class People(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one segment: no delayed ACK between
    lie = None
    lock = threading.Lock()
    rows, old, version = {}, {}, 0

    def log_message(self, *_):
        pass

    def answer(self, status, body, version=None):
        content = json.dumps(body, separators=(",", ":")).encode()
        self.send_response(status)
        if version is not None:
            self.send_header("ETag", f'"{version}"')
            self.send_header("Consistency-Token", str(version))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def keep(self, key, row, status):
        cls = type(self)
        cls.version += 1
        if key in cls.rows:
            cls.old[key] = cls.rows[key]
        cls.rows[key] = row | {"id": key, "version": cls.version, "deleted": False}
        told = cls.version - 2 * self.lies("old write")
        self.answer(status, cls.rows[key], told)

    def lies(self, how):
        often = 1 if how == "old token" else 0.25  # it is seldom told by
        return self.lie == how and random.random() < often

    def find(self, key, how):
        row = self.rows.get(key)
        if self.lies(how):
            row = self.old.get(key, row)
        return row

    def do_GET(self):
        key = self.path.split("id=")[-1].split("/")[-1]
        with self.lock:
            if "?id=" in self.path:
                row = self.find(key, "old list")
                gone = not row or (row["deleted"] and not self.lies("listed ghost"))
                self.answer(200, [] if gone else [row])
                return
            row = self.find(key, "old token" if self.headers["Consistency-Token"]
                            else "old version")
            if row and self.lies("another's"):
                row = row | {"full_name": random.choice(list(self.rows.values()))["full_name"] + "0"}
            gone = not row or (row["deleted"] and not self.lies("ghost"))
            if gone or self.lies("missing"):
                self.answer(404, {})
            else:
                self.answer(200, row, row["version"])

    def do_PUT(self):
        with self.lock:
            self.keep(self.path.split("/")[-1], self.body(), 201)

    def do_PATCH(self):
        with self.lock:
            key = self.path.split("/")[-1]
            self.keep(key, self.rows[key] | self.body(), 200)

    def do_POST(self):
        with self.lock:
            self.keep(self.path.split("/")[-2], self.rows[self.path.split("/")[-2]], 200)

    def do_DELETE(self):
        with self.lock:
            key = self.path.split("/")[-1].split("?")[0]
            self.rows[key] = self.rows[key] | {"deleted": True}
            self.answer(200, {"id": key})


def tally(program, lie):
    People.lie, People.rows, People.old = lie, {}, {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), People)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = subprocess.run(
        [program, f"--ops={OPS}", "--clients=4", "--keys=3", "--writes=20", "--token=x",
         f"http://127.0.0.1:{server.server_port}"],
        capture_output=True, text=True, check=False)
    server.shutdown()
    return json.loads(done.stdout) | {"exit": done.returncode}


def main():
    wanted = {None: (), "old version": ("stale", "backward"),
              "old list": ("listed",), "another's": ("mangled",),
              "ghost": ("ghosts",), "listed ghost": ("ghosts",),
              "missing": ("missing",), "old token": ("forgot",),
             "old write": ("stale",)}
    failed = 0
    for lie, members in wanted.items():
        seen = tally(sys.argv[1], lie)
        good = (seen["exit"] == bool(members)
                and all(seen[member] > 0 for member in members)
                and bool(seen["faults"]) == bool(members))
        failed += not good
        print(f"{'  ' if good else '✗ '}{lie or 'honest'}: {seen}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
