# SPDX-License-Identifier: MIT
"""How often is the database asked for what nobody remembers and many want? A
new object at each time, a kept connection for each reader, half of them at
each of the instances, and all requests on their way before one is answered."""

import os
import socket
import subprocess
import uuid

from world import Failed

ASKED = "db_client_operation_duration_seconds_count{"
BY_ID = '"people_by_id"'


def asked_by(instance):
    return sum(int(line.rsplit(" ", 1)[1])
               for line in instance.ask("/metrics").split("\n")
               if line.startswith(ASKED) and BY_ID in line)


def connect(instance):
    host, port = instance.url.split("//")[1].split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def read_answer(link):
    got = b""
    while b"\r\n\r\n" not in got:
        more = link.recv(65536)
        if not more:
            raise Failed("a reader was not answered")
        got += more
    if b" 200 " not in got.split(b"\r\n", 1)[0]:
        raise Failed(got.split(b"\r\n", 1)[0].decode())


def make_person(person):
    subprocess.run(
        ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", os.environ["ADMIN_DATABASE_URL"],
         "-c", "SET app.rights = '*:*'; SET app.told = 'on';"
         " INSERT INTO people (id, bioguide, full_name)"
         f" VALUES ('{person}', '{str(person)[:12]}', 'x')"], check=True)


def ask_at_once(world, token, links):
    """How many statements that took, of each instance."""
    person = uuid.uuid4()
    make_person(person)
    before = [asked_by(instance) for instance in world.instances]
    request = (f"GET /v1/people/{person} HTTP/1.1\r\nHost: cold\r\n"
               f"Authorization: Bearer {token}\r\n\r\n").encode()
    for link in links:
        link.sendall(request)
    for link in links:
        read_answer(link)
    return [asked_by(instance) - was
            for instance, was in zip(world.instances, before)]


def measure(world, token, readers, times=20):
    links = [connect(world.instances[i % len(world.instances)])
             for i in range(readers)]
    asked = sorted(max(ask_at_once(world, token, links)) for _ in range(times))
    return {"readers": readers, "times": times, "median": asked[times // 2],
            "most": asked[-1]}
