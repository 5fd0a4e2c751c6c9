#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""open_loop.py HOST PORT PATH RATE SECONDS [LINKS]: requests on their time,
whatever becomes of the others; with RATE 0 one after the other on each link.
Says as JSON what came back."""

import collections
import json
import selectors
import socket
import sys
import time


SETTLED_SECONDS = 1  # from the first request; rates are of all


class Link:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port))
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = collections.deque()
        self.bytes = b""

    def send(self, request):
        self.sent.append(time.monotonic())
        self.socket.send(request)

    def answers(self):
        """(status, seconds since it was sent) of each that is whole."""
        got = self.socket.recv(262144)
        if not got:
            raise ConnectionResetError
        self.bytes += got
        while True:
            end = self.bytes.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.bytes[:end].lower()
            at = head.index(b"content-length:") + 15
            size = end + 4 + int(head[at:].split(b"\r\n", 1)[0])
            if len(self.bytes) < size:
                return
            self.bytes = self.bytes[size:]
            yield int(head[9:12]), time.monotonic() - self.sent.popleft()


def p99(answers):
    """In ms, of what was sent once a change had been taken notice of."""
    settled = sorted(took for at, took in answers if at >= SETTLED_SECONDS)
    return round(settled[int(len(settled) * 0.99)], 1) if settled else 0.0


def main():
    host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    rate, seconds = float(sys.argv[4]), float(sys.argv[5])
    links = [Link(host, port) for _ in range(int(sys.argv[6]))]
    request = f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()
    watched = selectors.EpollSelector()
    took = {True: [], False: []}  # good, refused
    sent, lost, idle = 0, 0, list(links)
    for link in links:
        watched.register(link.socket, selectors.EVENT_READ, link)
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        due = (time.monotonic() - began) * rate if rate else sent + len(idle)
        while idle and sent < due:
            idle.pop().send(request)
            sent += 1
        for key, _ in watched.select(0.001):
            try:
                for status, passed in key.data.answers():
                    at = time.monotonic() - passed - began
                    took[status == 200].append((at, passed * 1000))
                    idle.append(key.data)
            except OSError:
                lost += len(key.data.sent)
                watched.unregister(key.data.socket)
                if key.data in idle:
                    idle.remove(key.data)
    good, refused = took[True], took[False]
    print(json.dumps({
        "rate": round(sent / seconds), "good": round(len(good) / seconds),
        "good_p99_ms": p99(good),
        "lost": lost,
        "refused": round(len(refused) / seconds),
        "refused_p99_ms": p99(refused)}))


if __name__ == "__main__":
    main()
