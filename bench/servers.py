# SPDX-License-Identifier: MIT
"""The servers under load, each a process of our own on loopback."""

import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import time
import urllib.parse

from failure import Failed, Missing

HERE = pathlib.Path(__file__).parent
FASTIFY = HERE / "peers" / "fastify"
READY_SECONDS = 30
STOP_SECONDS = 30
NPM_SECONDS = 180
REMEMBERED_SECONDS = 30


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


def remembered(server, target, layer):
    """Its answer from this layer, as soon as that remembers it. Caches begin
    in quarantine, and a write past them starts another one."""
    until = time.monotonic() + REMEMBERED_SECONDS
    while time.monotonic() < until:
        head, body = exchange(server.url, target)
        if (field(head, "Cache-Status") or "").endswith(f"detail={layer}"):
            return head, body
        time.sleep(0.01)
    raise Failed(f"{server.name} does not answer {target} from {layer}")


def field(head, name):
    for line in head.decode().split("\r\n")[1:]:
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return None


def start_service(bench, name, loops, database_url, **settings):
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
        **settings,
    }
    return Server(name, [bench.portcullis, "serve"], environment,
                  bench.directory / f"{name}.log")


def start_portcullis(bench, _):
    return start_service(bench, "portcullis", bench.loops,
                         bench.database.service_url)


def start_cached(bench, name, near_cache):
    if "REDIS_URL" not in os.environ:
        raise Missing("REDIS_URL is not set: use ./dev bench")
    return start_service(bench, name, bench.loops, bench.database.service_url,
                         PORTCULLIS_REDIS_CACHE="on",
                         PORTCULLIS_NEAR_CACHE=near_cache)


def start_near(bench, _):
    return start_cached(bench, "near", "on")


def start_redis(bench, _):
    return start_cached(bench, "redis", "off")


def start_tapped(bench, directory):
    """One more, to be listened to: PostgreSQL's socket is ours, in there."""
    known = bench.database.environment
    query = {"host": directory, "port": 5432, "user": known.get("PGUSER"),
             "password": known.get("PGPASSWORD")}
    url = f"postgresql:///{known['PGDATABASE']}?" + urllib.parse.urlencode(
        {name: value for name, value in query.items() if value})
    return start_service(bench, "tapped", 1, url)


def start_replaying(bench, name, head, body):
    """libmicrohttpd that gives everybody this answer, from memory."""
    if not bench.memory.exists():
        raise Missing(f"{bench.memory} is not built (target bench_memory)")
    reply = bench.directory / f"{name}.reply"
    reply.write_bytes(head + b"\r\n" + body)
    return Server(name, [bench.memory, str(bench.loops), reply],
                  dict(os.environ), bench.directory / f"{name}.log")


def start_memory(bench, started):
    """Answers what /livez answers."""
    return start_replaying(bench, "memory",
                           *exchange(started["portcullis"].url, "/livez"))


def start_memory_bill(bench, started):
    """Answers what the near cache answers for one bill."""
    if "near" not in started:
        raise Missing("there is no near cache to answer the same as")
    return start_replaying(bench, "memory_bill", *remembered(
        started["near"], f"/v1/bills/{bench.database.ids[0]}", "near"))


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
    "near": start_near,
    "redis": start_redis,
    "memory": start_memory,
    "memory_bill": start_memory_bill,
    "fastify": start_fastify,
}
