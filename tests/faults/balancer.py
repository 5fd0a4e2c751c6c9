# SPDX-License-Identifier: MIT
"""HAProxy before the instances, with the settings of ops/compose."""

import pathlib
import socket
import subprocess

from world import eventually

SETTINGS = pathlib.Path(__file__).parents[2] / "ops/compose/proxy/haproxy.cfg"
RESOLVERS = ("resolvers names\n    parse-resolv-conf\n    hold valid 2s\n",
             " resolvers names init-addr last,libc,none")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Balancer:
    def __init__(self, directory, listens):
        """Before these, each HOST:PORT."""
        self.asked = directory / "haproxy.sock"
        self.count = len(listens)
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        path = directory / "haproxy.cfg"
        path.write_text(self.settings(address, listens), "utf-8")
        with (directory / "haproxy.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["haproxy", "-db", "-f", path], stdout=log, stderr=log)
        eventually(self.has_all, "haproxy")

    def settings(self, address, listens):
        """Those of compose, but for who is where."""
        text = SETTINGS.read_text("utf-8")
        for part in RESOLVERS:  # addresses are known
            assert part in text, part
            text = text.replace(part, "")
        text = text.replace("bind :8080", f"bind {address}") \
            .replace("global\n", f"global\n    stats socket {self.asked}\n", 1)
        for i, listen in enumerate(listens, 1):
            name = f"portcullis-{i}"
            text = text.replace(f"server {name} {name}:8080",
                                f"server {name} {listen}")
        return text

    def states(self):
        """Of each instance: UP, DOWN, …"""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.asked))
                client.sendall(b"show stat\n")
                said = client.makefile().read()
        except OSError:
            return []
        rows = [line.split(",") for line in said.splitlines()]
        return [row[17] for row in rows if row[:1] == ["instances"]
                and row[1] != "BACKEND"]

    def has_all(self):
        return self.states() == ["UP"] * self.count

    def lacks_one(self):
        return not self.has_all()

    def end(self):
        self.process.terminate()
        self.process.wait()
