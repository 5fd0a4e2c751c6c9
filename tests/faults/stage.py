# SPDX-License-Identifier: MIT
"""Where a scenario plays: services of its own behind a network that can be
broken, before the run's PostgreSQL."""

import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

from world import SECRET, Failed, Instance, Proxy

SANITIZERS = ("asan", "ubsan")
# as few connections as show everything, and none more when there was trouble
SETTINGS = {"loops": "1", "pool_min": "4", "pool_max": "4", "pool_lanes": "2",
            "log_level": "warn", "log_requests": "off"}


def environment(url, settings, directory=None):
    env = os.environ | {"PORTCULLIS_ENVIRONMENT": "test",
                        "PORTCULLIS_JWT_SECRET": SECRET, "DATABASE_URL": url}
    if directory:
        env |= {
            "ASAN_OPTIONS": "detect_stack_use_after_return=0:"
                            "allocator_release_to_os_interval_ms=100:"
                            f"quarantine_size_mb=16:log_path={directory}/asan",
            "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={directory}/ubsan"}
    return env | {f"PORTCULLIS_{name.upper()}": value
                  for name, value in settings.items()}


def health_of(page):
    """Of /health what is not well; of a text its first words."""
    try:
        found = json.loads(page)
    except ValueError:
        return " ".join(page.split())[:120]
    checks = found.get("checks", {})
    bad = [name for name, one in checks.items()
           if any(part.get("status") != "pass" for part in one)]
    return f"{found.get('status')}: {', '.join(bad)}" if bad \
        else found.get("status")


class Program:
    """The command line, for what is prepared."""

    def __init__(self, path):
        self.path = path

    def run(self, url, *command):
        done = subprocess.run([self.path, *command], text=True, check=False,
                              env=environment(url, {}), capture_output=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout.strip()


class Stage:
    def __init__(self, build, directory, cluster, token, scenario,
                 release=None):
        """The services are a release's, where there is one."""
        self.directory = pathlib.Path(directory)
        self.portcullis = (release or build) / "src" / "app" / "portcullis"
        self.build, self.cluster, self.token = build, cluster, token
        self.load = None  # while there is one
        self.began = self.healed = None
        self.figures = {}  # of the scenario's own, for its row
        self.may_be_lost = set()  # acknowledged by a primary that is no more
        self.extra = []  # to be ended with the stage
        self.proxy = Proxy(build / "tests" / "fault_proxy", cluster.socket)
        self.settings = SETTINGS | scenario.settings
        self.url = self.proxied(scenario.password)
        if scenario.before:
            scenario.before(self)
        self.instances = [
            Instance(self, number, environment(self.url, self.settings,
                                               self.directory))
            for number in range(scenario.instances)]

    def proxied(self, password=None):
        port = self.proxy.address.split(":")[1]
        secret = f"&password={password}" if password else ""
        return (f"postgresql:///portcullis?host=127.0.0.1&port={port}"
                f"&user=portcullis_service&sslmode=disable{secret}")

    # --- the fault's time ---------------------------------------------------

    def wait(self, seconds):
        time.sleep(seconds)

    def heal(self, at=None):
        self.healed = at or time.monotonic()

    # --- the service --------------------------------------------------------

    @property
    def service(self):
        return self.instances[0]

    def held(self):
        """Descriptors and memory (MiB) of each service."""
        def of(instance):
            pid = instance.process.pid
            if instance.process.poll() is not None:
                raise Failed("a service has died")
            status = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8")
            rss = next(line for line in status.splitlines()
                       if line.startswith("VmRSS"))
            return (len(os.listdir(f"/proc/{pid}/fd")),
                    int(rss.split()[1]) / 1024)
        return [of(instance) for instance in self.instances]

    def get(self, path, token="", **fields):
        """(status, text), over a connection of its own."""
        if token:
            fields["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.service.url + path,
                                         headers=fields)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as why:
            return why.code, why.read().decode()
        except OSError as why:
            return 0, str(why)

    def tell(self, *paths):
        """What it says of itself goes into the figures."""
        for path in paths:
            status, page = self.get(path)
            self.figures[path] = f"{status} {health_of(page)}"

    def sample(self, start):
        """The sum of the samples of /metrics that begin so."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.get("/metrics")[1].splitlines()
                   if line.startswith(start))

    def said(self):
        """The end of the first service's log."""
        log = self.directory / "service0.log"
        return log.read_text("utf-8", "replace")[-4000:] \
            if log.is_file() else ""

    def end(self):
        """What is to be complained of."""
        bad = [f"a service ended with {instance.process.returncode}"
               for instance in self.instances if not instance.stop()]
        self.proxy.stop()
        for one in self.extra:
            one.end()
        for path in self.directory.iterdir():
            if path.name.startswith(SANITIZERS):
                bad.append(path.read_text("utf-8", "replace")[:4000])
        return bad
