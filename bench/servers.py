# SPDX-License-Identifier: MIT
"""The servers under load, each a process of our own on loopback."""

import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import urllib.parse

from failure import Failed, Missing

HERE = pathlib.Path(__file__).parent
FASTIFY = HERE / "peers" / "fastify"
READY_SECONDS = 30
STOP_SECONDS = 30
NPM_SECONDS = 180


class Server:
    """Tells its URL on the pipe named by PORTCULLIS_READY_FD."""

    def __init__(self, name, command, environment, log, directory=None):
        self.name, self.log = name, log
        read_end, write_end = os.pipe()
        environment |= {"PORTCULLIS_READY_FD": str(write_end)}
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                command, env=environment, cwd=directory,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                pass_fds=[write_end])
        os.close(write_end)
        self.pid = self.process.pid
        with os.fdopen(read_end) as ready:
            seen, _, _ = select.select([ready], [], [], READY_SECONDS)
            self.url = ready.readline().strip() if seen else ""
        if not self.url:
            self.stop()
            raise Failed(f"{name} did not get ready: {self.last_words()}")

    def last_words(self):
        return self.log.read_text(errors="replace").strip()[-500:]

    def check_alive(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with status"
                         f" {self.process.returncode}: {self.last_words()}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def exchange(url, target, method="GET", body=None, token=None):
    """One request on a connection of its own; answers (head, body) as sent."""
    authority = urllib.parse.urlsplit(url).netloc
    host, port = authority.split(":")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}"]
    content = b"" if body is None else json.dumps(body).encode()
    if content:
        lines += ["Content-Type: application/json",
                  f"Content-Length: {len(content)}"]
    if token:
        lines += [f"Authorization: Bearer {token}"]
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        stream = client.makefile("rb")
        head = b"".join(iter(stream.readline, b"\r\n"))
        body = stream.read(int(field(head, "Content-Length") or 0))
    status = head.split(b"\r\n")[0].decode()
    if not status.split()[1].startswith("2"):
        raise Failed(f"{method} {url}{target}: {status}:"
                     f" {body[:300].decode()}")
    return head, body


def field(head, name):
    for line in head.decode().split("\r\n")[1:]:
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return None


def start_service(bench, name, loops, database_url):
    """Cursors of one are good for another. Switched off is what no peer does
    either: a line for each request, and turning some away."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PORTCULLIS_ENVIRONMENT": "production",
        "PORTCULLIS_RATE_LIMIT": "0",
        "PORTCULLIS_RATE_LIMIT_ADDRESS": "0",
        "PORTCULLIS_LISTEN": "127.0.0.1:0",
        "PORTCULLIS_LOOPS": str(loops),
        "PORTCULLIS_LOG_REQUESTS": "off",
        "PORTCULLIS_JWT_SECRET": bench.secret,
        "PORTCULLIS_CURSOR_KEY": bench.secret,
        "PORTCULLIS_LOAD_SHEDDING": "off",
    }
    return Server(name, [bench.portcullis, "serve"], environment,
                  bench.directory / f"{name}.log")


def start_portcullis(bench, _):
    return start_service(bench, "portcullis", bench.loops,
                         bench.database.service_url)


def start_tapped(bench, directory):
    """One more, to be listened to: PostgreSQL's socket is ours, in there."""
    known = bench.database.environment
    query = {"host": directory, "port": 5432, "user": known.get("PGUSER"),
             "password": known.get("PGPASSWORD")}
    url = f"postgresql:///{known['PGDATABASE']}?" + urllib.parse.urlencode(
        {name: value for name, value in query.items() if value})
    return start_service(bench, "tapped", 1, url)


def start_memory(bench, started):
    """Answers what /livez answers."""
    if not bench.memory.exists():
        raise Missing(f"{bench.memory} is not built (target bench_memory)")
    reply = bench.directory / "livez.reply"
    head, body = exchange(started["portcullis"].url, "/livez")
    reply.write_bytes(head + b"\r\n" + body)
    return Server("memory", [bench.memory, str(bench.loops), reply],
                  dict(os.environ), bench.directory / "memory.log")


def npm_install(target):
    """Into a build directory, and only when the lock file is another."""
    target.mkdir(parents=True, exist_ok=True)
    installed = target / "node_modules" / "installed-lock.json"
    lock = (FASTIFY / "package-lock.json").read_bytes()
    for source in FASTIFY.iterdir():
        shutil.copy(source, target)
    if installed.exists() and installed.read_bytes() == lock:
        return
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                        "--no-fund"], cwd=target, check=True, text=True,
                       stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=NPM_SECONDS)
    except subprocess.TimeoutExpired:
        raise Missing(f"npm did not answer in {NPM_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        raise Missing(f"npm: {error.stderr.strip()[-300:]}") from None
    installed.write_bytes(lock)


def start_fastify(bench, _):
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed")
    target = bench.build / "fastify"
    npm_install(target)
    return Server("fastify", ["node", "server.js"],
                  bench.database.environment | {"NODE_ENV": "production"},
                  bench.directory / "fastify.log", target)


# In the order of their start: a later one may ask an earlier one.
SERVERS = {
    "portcullis": start_portcullis,
    "memory": start_memory,
    "fastify": start_fastify,
}
