# SPDX-License-Identifier: MIT
"""What the service asks of PostgreSQL: a socket between the two that reads
along, so that a baseline can ask the very same."""

import socket
import struct
import threading
from dataclasses import dataclass

RUN_BYTES = 1 << 16


@dataclass(frozen=True)
class Asked:
    """One statement that was executed. A parameter is text, None for NULL, or
    bytes where it was sent in binary form."""
    connection: int
    sql: str
    parameters: tuple


class Reader:
    """Follows what one client sends (PostgreSQL's documentation, "Message
    Formats"). On a local socket nobody asks for encryption first."""

    def __init__(self, connection, told):
        self.connection = connection  # its number
        self.told = told              # is given each Asked
        self.rest, self.started, self.statements = b"", False, {}

    def read(self, run):
        self.rest += run
        while message := self._next():
            kind, body = message
            if kind == b"P":
                name, sql, _ = body.split(b"\0", 2)
                self.statements[name] = sql.decode()
            elif kind == b"B":
                self.told(self._bound(body))

    def _next(self):
        """Its type and its body; the first message of all has no type."""
        at = 1 if self.started else 0
        if len(self.rest) < at + 4:
            return None
        end = at + struct.unpack_from(">I", self.rest, at)[0]
        if len(self.rest) < end:
            return None
        message = self.rest[:at], self.rest[at + 4:end]
        self.rest, self.started = self.rest[end:], True
        return message

    def _bound(self, body):
        _, name, rest = body.split(b"\0", 2)
        numbers = Numbers(rest)
        formats = [numbers.take(">H") for _ in range(numbers.take(">H"))]
        count = numbers.take(">H")
        formats = (formats * count if len(formats) == 1
                   else formats or [0] * count)
        values = (numbers.take_bytes(numbers.take(">i")) for _ in formats)
        return Asked(self.connection, self.statements[name], tuple(
            value if binary or value is None else value.decode()
            for value, binary in zip(values, formats)))


class Numbers:
    def __init__(self, run):
        self.run, self.at = run, 0

    def take(self, form):
        value, = struct.unpack_from(form, self.run, self.at)
        self.at += struct.calcsize(form)
        return value

    def take_bytes(self, count):
        if count < 0:
            return None
        self.at += count
        return self.run[self.at - count:self.at]


class Tap:
    """A socket in DIRECTORY that leads to the one at PATH. `asked` is for the
    user to empty."""

    def __init__(self, directory, path):
        self.path, self.asked, self.connections = path, [], 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(directory / ".s.PGSQL.5432"))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.path)
            self.connections += 1
            reader = Reader(self.connections, self.asked.append)
            for ends in ((client, server, reader.read),
                         (server, client, lambda run: None)):
                threading.Thread(target=pump, args=ends, daemon=True).start()


def pump(source, target, read):
    try:
        while run := source.recv(RUN_BYTES):
            read(run)
            target.sendall(run)
    except OSError:
        pass
    finally:
        source.close()
        target.close()
