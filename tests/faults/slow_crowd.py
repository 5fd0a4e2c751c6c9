#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""slow_crowd.py HOST PORT COUNT SECONDS [DRIP]: so many clients, each of whom
says what standard input holds, and then DRIP every three seconds; without one
they read nothing of the answer. Says as JSON when they were shut out, and how
late it was woken itself."""

import collections
import json
import resource
import select
import socket
import sys
import time

DRIP_SECONDS = 3
OVER = select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP
FIRST = select.EPOLLIN | select.EPOLLET
LOOK_SECONDS = 0.05
A_SECOND = 2000  # come in


def connect(host, port, reads):
    link = socket.socket()
    if not reads:  # so that little fits on the way
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    link.connect((host, port))
    link.setblocking(False)
    return link


class Crowd:
    def __init__(self, said, drip):
        self.said, self.drip = said, drip
        self.watched = select.epoll()
        self.links, self.began, self.took = {}, {}, []
        self.due = collections.deque()  # (when, descriptor)
        self.late = 0

    def add(self, link):
        now = time.monotonic()
        self.links[link.fileno()], self.began[link.fileno()] = link, now
        link.send(self.said)
        self.watched.register(link, OVER | (0 if self.drip else FIRST))
        if self.drip:
            self.due.append((now + DRIP_SECONDS, link.fileno()))

    def look_until(self, when):
        while (left := when - time.monotonic()) > 0:
            self.look(min(left, LOOK_SECONDS))

    def look(self, seconds):
        asked = time.monotonic()
        events = self.watched.poll(seconds)
        self.late = max(self.late, time.monotonic() - asked - seconds)
        for fd, event in events:
            if event & OVER:
                self.over(fd)
            else:  # from now on it could read
                self.began[fd] = time.monotonic()
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            _, fd = self.due.popleft()
            if fd in self.links:
                self.say_more(fd, now)

    def say_more(self, fd, now):
        try:
            self.links[fd].send(self.drip)
            self.due.append((now + DRIP_SECONDS, fd))
        except OSError:
            self.over(fd)

    def over(self, fd):
        self.watched.unregister(fd)
        self.took.append(time.monotonic() - self.began[fd])
        self.links.pop(fd).close()


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    count, seconds = int(sys.argv[3]), float(sys.argv[4])
    drip = sys.argv[5].encode() if len(sys.argv) > 5 else b""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(sys.stdin.buffer.read(), drip)
    began = time.monotonic()
    for i in range(count):
        crowd.add(connect(host, port, drip))
        crowd.look_until(began + i / A_SECOND)
    opened = time.monotonic() - began
    print(json.dumps({"opened_after_s": round(opened, 1)}), flush=True)
    while crowd.links and time.monotonic() < began + opened + seconds:
        crowd.look(LOOK_SECONDS)
    took = sorted(crowd.took)
    print(json.dumps({"closed": len(took), "first_closed_s": round(
        took[0], 2) if took else None, "last_closed_s": round(
            took[-1], 2) if took else None, "late_s": round(crowd.late, 2)}),
        flush=True)


if __name__ == "__main__":
    main()
