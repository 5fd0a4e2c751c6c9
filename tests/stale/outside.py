# SPDX-License-Identifier: MIT
"""How long is something served that was written past the service, by psql?
From its COMMIT until each of the instances, which had all remembered what was
before, gives what is there now."""

import http.client
import json
import os
import subprocess
import time
import uuid

from world import Failed, eventually

PATIENCE_SECONDS = 30


class Reader:
    """One kept connection to an instance."""

    def __init__(self, instance, token, path):
        self.connection = http.client.HTTPConnection(
            instance.url.split("//")[1], timeout=10)
        self.fields = {"Authorization": f"Bearer {token}"}
        self.path = path

    def read(self):
        """The name, and whether it was remembered."""
        self.connection.request("GET", self.path, headers=self.fields)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return None, False
        hit = "; hit" in answer.getheader("Cache-Status", "")
        return json.loads(body)["full_name"], hit


class Psql:
    def __init__(self):
        self.process = subprocess.Popen(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1",
             os.environ["ADMIN_DATABASE_URL"]], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, statement):
        """Answers when it has committed."""
        self.process.stdin.write(f"{statement};\n\\echo done\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "done\n":
            raise Failed("psql has ended")
        return time.monotonic()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def write_and_wait(psql, readers, person, name):
    """The latest of them, in ms."""
    eventually(lambda: all(reader.read()[1] for reader in readers), "caches")
    committed = psql.run(f"UPDATE people SET full_name = '{name}'"
                         f" WHERE id = '{person}'")
    for reader in readers:
        while reader.read()[0] != name:
            if time.monotonic() > committed + PATIENCE_SECONDS:
                raise Failed("what was written is never given")
    return 1000 * (time.monotonic() - committed)


def measure(world, token, times):
    psql, person = Psql(), uuid.uuid4()
    psql.run("SET app.rights = '*:*'")
    psql.run("INSERT INTO people (id, bioguide, full_name)"
             f" VALUES ('{person}', 'outside', 'x')")
    readers = [Reader(instance, token, f"/v1/people/{person}")
               for instance in world.instances]
    try:
        took = sorted(write_and_wait(psql, readers, person, f"n{i}")
                      for i in range(times))
    finally:
        psql.end()
    return {"writes": times, "p50_ms": round(took[times // 2], 1),
            "p99_ms": round(took[times * 99 // 100], 1),
            "max_ms": round(took[-1], 1)}
