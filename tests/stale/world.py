# SPDX-License-Identifier: MIT
"""Instances of the service on the sandbox's database, a Redis of their own, and
between the two a network that can be broken."""

import os
import pathlib
import select
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid

READY_SECONDS = 60
STOP_SECONDS = 30
SECRET = "a-secret-that-only-the-tests-know"


class Failed(Exception):
    """What the run needs does not start, or ended."""


def eventually(question, what, seconds=READY_SECONDS):
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            raise Failed(f"{what}: not in {seconds} s")
        time.sleep(0.02)


class Redis:
    """Memory only, but for snapshots it is told to make."""

    def __init__(self, directory, options=()):
        self.directory, self.options = directory, options
        self.socket = directory / "redis.sock"
        self.process = None
        self.start()

    def start(self):
        with (self.directory / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", "0", "--save", "",
                 "--unixsocket", str(self.socket), "--dir", str(self.directory),
                 *self.options], stdout=log, stderr=log)
        eventually(self.answers, "redis-server")

    def say(self, *words):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(self.socket))
            client.sendall(f"*{len(words)}\r\n".encode() + b"".join(
                b"$%d\r\n%s\r\n" % (len(word), word)
                for word in (str(word).encode() for word in words)))
            return client.recv(65536)

    def answers(self):
        try:
            return self.say("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)


class Proxy:
    """tests/support/fault_proxy.c in front of a target."""

    def __init__(self, program, target):
        self.process = subprocess.Popen([program, "127.0.0.1:0", str(target)],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().split()
        if said[:1] != ["ready"]:
            raise Failed("the fault proxy does not start")
        self.address = said[1]

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def tell(self, command):
        answer = self.ask(command)
        if answer != "ok":
            raise Failed(f"fault proxy: {command}: {answer}")

    def count(self, name):
        """A figure of its `stats`."""
        figures = dict(pair.split("=") for pair in self.ask("stats").split())
        return int(figures[name])

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Instance:
    """One service. Started again it listens where it did."""

    def __init__(self, world, number, environment, armed=None):
        self.world, self.number, self.listen = world, number, "127.0.0.1:0"
        self.armed = armed
        self.environment, self.process, self.url = environment, None, None
        self.start()

    def start(self):
        read_end, write_end = os.pipe()
        environment = self.environment | {
            "PORTCULLIS_READY_FD": str(write_end),
            "PORTCULLIS_LISTEN": self.listen,
        }
        if self.armed:
            environment["PORTCULLIS_FAULTS"] = self.armed()
        with (self.world.directory / f"service{self.number}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.world.portcullis, "serve"], env=environment, stdout=log,
                stderr=log, pass_fds=[write_end])
        os.close(write_end)
        with os.fdopen(read_end) as ready:
            seen, _, _ = select.select([ready], [], [], READY_SECONDS)
            self.url = ready.readline().strip() if seen else ""
        if not self.url:
            raise Failed(f"instance {self.number} does not start")
        self.listen = self.url.split("//")[1]

    def ask_whole(self, path, token=""):
        """Answers the body, none where the status is an error, and the fields."""
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode(), answer.headers
        except urllib.error.HTTPError as answer:
            return "", answer.headers

    def ask(self, path, token=""):
        return self.ask_whole(path, token)[0]

    def remembers(self, token):
        """That there is none: asked again it is not read again."""
        path = f"/v1/people/{uuid.UUID(int=7, version=4)}"
        try:
            told = [self.ask_whole(path, token)[1].get("Cache-Status", "")
                    for _ in range(2)]
        except OSError:
            return False
        return "; hit" in told[1]

    def counted(self, series):
        """Since it was started."""
        if self.process.poll() is not None:
            return 0
        for line in self.ask("/metrics").split("\n"):
            name, _, value = line.rpartition(" ")
            if name == series:
                return int(value)
        return 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Answers whether it ended cleanly, or had died before."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False


class World:
    """All of it; faults.py breaks it."""

    def __init__(self, build, directory, instances, settings, redis_options,
                 fault):
        self.directory = pathlib.Path(directory)
        self.portcullis = pathlib.Path(build) / "src" / "app" / "portcullis"
        self.known = subprocess.run(
            [self.portcullis, "config", "reference"], check=True, text=True,
            capture_output=True).stdout
        self.redis = Redis(self.directory, redis_options)
        self.may_end_with = fault.may_end_with
        proxy = pathlib.Path(build) / "tests" / "fault_proxy"
        self.proxies = [Proxy(proxy, self.redis.socket)
                        for _ in range(instances if fault.proxied else 0)]
        for one in self.proxies:
            one.tell("mark SUBSCRIBE")
        urls = ([f"redis://{proxy.address}/0" for proxy in self.proxies]
                or [f"unix://{self.redis.socket}"] * instances)
        if fault.replicas and "REPLICA_1_URL" not in os.environ:
            raise Failed("this sandbox has no standby")
        if not fault.replicas:
            os.environ.pop("DATABASE_REPLICA_URLS", None)
        self.instances = [
            Instance(self, n,
                     self.environment({"redis_url": url} | fault.settings | settings),
                     fault.armed)
            for n, url in enumerate(urls)]

    def environment(self, settings):
        unknown = [name for name in settings if f"`{name}`" not in self.known]
        if unknown:
            raise Failed(f"this build has no setting {', '.join(unknown)}")
        return os.environ | {
            "PORTCULLIS_ENVIRONMENT": "test",
            "PORTCULLIS_JWT_SECRET": SECRET,
            "PORTCULLIS_LOG_LEVEL": "error",
            "PORTCULLIS_LOG_REQUESTS": "off",
        } | {f"PORTCULLIS_{name.upper()}": value
             for name, value in settings.items()}

    def sql(self, statement):
        return subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1",
             os.environ["ADMIN_DATABASE_URL"], "-c", statement],
            check=True, text=True, capture_output=True).stdout.strip()

    def delay_replica(self, seconds):
        for statement in (
                f"ALTER SYSTEM SET recovery_min_apply_delay = '{seconds}s'",
                "SELECT pg_reload_conf()"):
            subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1",
                            os.environ["REPLICA_1_URL"], "-c", statement],
                           check=True, capture_output=True)

    def end(self):
        """Answers what ended otherwise than it may."""
        bad = [f"instance {instance.number} ended with"
               f" {instance.process.returncode}"
               for instance in self.instances
               if not instance.stop()
               and instance.process.returncode not in self.may_end_with]
        for proxy in self.proxies:
            proxy.stop()
        self.redis.kill()
        return bad
