# SPDX-License-Identifier: MIT
"""Steady load: some clients read bills, some write them with keys, one request
at a time each, and all of them look at what they are answered."""

import collections
import http.client
import json
import socket
import threading
import time
import uuid

from world import eventually

DEADLINE_MS = 1000
PATIENCE_SECONDS = 10  # no client waits longer than that

Seen = collections.namedtuple("Seen", "began took status code kind")


class Metronome(threading.Thread):
    """How late this process gets its turn: what the machine alone costs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.late = 0.0
        self.stopped = False
        self.start()

    def run(self):
        while not self.stopped:
            began = time.monotonic()
            time.sleep(0.005)
            self.late = max(self.late, time.monotonic() - began - 0.005)


class Client:
    """A connection that is kept, and opened anew elsewhere when it is lost."""

    def __init__(self, urls, wrong, token=None):
        self.wrong = wrong
        self.hosts = [url.split("//")[1] for url in urls]
        self.headers = {"Request-Timeout": str(DEADLINE_MS)}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.link = None
        self.seen = []
        self.token = ""  # of the last write

    def ask(self, method, path, body=None, headers=None):
        """(status, document); status 0: it ended without an answer."""
        began = time.monotonic()
        status, code, document = 0, "", None
        try:
            if not self.link:
                self.link = http.client.HTTPConnection(
                    self.hosts[0], timeout=PATIENCE_SECONDS)
                self.link.connect()
                self.link.sock.setsockopt(socket.IPPROTO_TCP,
                                          socket.TCP_NODELAY, 1)
            self.link.request(method, path,
                              None if body is None else json.dumps(body),
                              self.headers | (headers or {}) | (
                                  {"Content-Type": "application/json"}
                                  if body is not None else {}))
            answer = self.link.getresponse()
            status = answer.status
            document = json.loads(answer.read() or b"null")
            self.token = answer.headers.get("Consistency-Token", self.token)
            if status >= 400:
                code = document["code"]
        except ValueError as why:  # no JSON, or no text at all
            self.wrong.append(f"{method} {path}: {why}")
        except (OSError, http.client.HTTPException) as why:
            code = type(why).__name__
            self.link.close()
            self.link = None
            self.hosts.append(self.hosts.pop(0))
        self.seen.append(Seen(began, time.monotonic() - began, status, code,
                              method))
        return status, document


class Bill:
    """One that a writer has for itself. Its title counts up."""

    def __init__(self, client, number):
        self.acknowledged, self.attempted, self.token = 0, 0, ""
        made = {}
        wanted = {"session": "f" + uuid.uuid4().hex[:12], "type": "hr",
                  "number": number + 1, "chamber": "house", "title": "0",
                  "introduced_on": "2026-01-03"}
        key = {"Idempotency-Key": uuid.uuid4().hex}

        def is_there():
            status, found = client.ask("POST", "/v1/bills", wanted, key)
            made.update(found or {})
            return status == 201
        eventually(is_there, "no bill to write")
        self.path, self.id = f"/v1/bills/{made['id']}", made["id"]
        self.token = client.token


class Load:
    def __init__(self, urls, token, scenario):
        self.pause = scenario.pause_ms / 1000
        self.tokens = scenario.tokens
        self.appends_only = scenario.appends_only
        self.keys = scenario.keys
        self.wrong = []  # sentences
        self.acknowledged, self.unsettled = set(), set()  # texts of actions
        self.replayed = 0
        self.stopped = False
        self.metronome = Metronome()
        self.writers = [Client(urls, self.wrong, token)
                        for _ in range(scenario.writers)]
        self.bills = [Bill(client, i) for i, client in enumerate(self.writers)]
        self.readers = [Client(urls, self.wrong)
                        for _ in range(scenario.readers)]
        self.threads = [
            threading.Thread(target=self.write, args=pair, daemon=True)
            for pair in zip(self.writers, self.bills)] + [
            threading.Thread(target=self.read, args=(client, i), daemon=True)
            for i, client in enumerate(self.readers)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()
        self.metronome.stopped = True

    def seen(self):
        return [one for client in self.readers + self.writers
                for one in client.seen]

    def changes(self):
        """Acknowledged writes so far."""
        return len(self.acknowledged) + sum(bill.acknowledged
                                            for bill in self.bills)

    # --- reading ------------------------------------------------------------

    def read(self, client, turn):
        while not self.stopped:
            turn += 1
            bill = self.bills[turn % len(self.bills)]
            floor = bill.acknowledged  # the token is of then, or younger
            how = {"Consistency": "any", "Consistency-Token": bill.token} \
                if self.tokens else None
            if turn % 4 == 0:
                status, found = client.ask("GET", f"/v1/bills?id={bill.id}",
                                           None, how)
                found = found[0] if status == 200 and found else None
            else:
                status, found = client.ask("GET", bill.path, None, how)
            if status == 200:
                self.judge(bill, found, floor)
            time.sleep(self.pause)

    def judge(self, bill, found, floor):
        if not found or found.get("id") != bill.id:
            self.wrong.append(f"another object than was asked for: {found}")
        elif not found["title"].isdigit() \
                or not floor <= int(found["title"]) <= bill.attempted:
            self.wrong.append(f"title {found['title']}, acknowledged {floor},"
                              f" attempted {bill.attempted}")

    # --- writing ------------------------------------------------------------

    def write(self, client, bill):
        turn = 0
        while not self.stopped:
            turn += 1
            if turn % 2 or self.appends_only:
                self.append(client, bill)
            else:
                self.count_up(client, bill)
            time.sleep(self.pause)

    def keyed(self, client, method, path, body):
        """Again with the same key until it is answered for good. Without keys
        what failed must not have been done."""
        key = {"Idempotency-Key": uuid.uuid4().hex} if self.keys else None
        while True:
            status, found = client.ask(method, path, body, key)
            if 200 <= status < 300:
                return found
            if status not in (0, 409, 429, 503, 504) or not self.keys and (
                    not found or found["code"] == "outcome_unknown"):
                self.wrong.append(f"{method}: {status} {found}")
            if self.stopped:
                return None
            time.sleep(0.05)

    def append(self, client, bill):
        text = uuid.uuid4().hex
        self.unsettled.add(text)
        done = self.keyed(client, "POST", bill.path + "/actions",
                          {"acted_on": "2026-03-01", "text": text})
        if done:
            if done["text"] != text:
                self.wrong.append("another action was acknowledged")
            bill.token = client.token
            self.acknowledged.add(text)
            self.unsettled.discard(text)

    def count_up(self, client, bill):
        bill.attempted += 1
        done = self.keyed(client, "PATCH", bill.path,
                          {"title": str(bill.attempted)})
        if done:
            if done["title"] != str(bill.attempted):
                self.wrong.append("another title was acknowledged")
            bill.token = client.token
            bill.acknowledged = bill.attempted
