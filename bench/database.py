# SPDX-License-Identifier: MIT
"""The database under test: its bills, and its process."""

import os
import socket
import struct
import subprocess
import urllib.parse

from failure import Failed

PEOPLE_FOR_BILLS = 100  # one sponsor for so many bills
RIGHTS = "-c app.rights=*:*"  # of our own sessions: row level security asks
PATCHED = 10_000        # bills to be changed again and again, at most

# Their ids are made of a number, as pgbench can with one of its own.
PATCHED_ID = "lpad(to_hex(:id::bigint), 32, '0')::uuid"
PATCHED_SQL = """
INSERT INTO bills (id, session, type, number, chamber, title, short_title,
                   official_title, summary, status, sponsor_id, policy_area,
                   subjects, introduced_on, latest_action_on, latest_action,
                   url)
SELECT lpad(to_hex(row_number() OVER (ORDER BY id)), 32, '0')::uuid, 'patched',
       type, row_number() OVER (ORDER BY id), chamber, title, short_title,
       official_title, summary, status, sponsor_id, policy_area,
       subjects, introduced_on, latest_action_on, latest_action, url
  FROM bills ORDER BY id LIMIT {count}
"""


def libpq_environment(url):
    """The URL as the PG… variables that psql, pgbench and pg all obey."""
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    values = {
        "PGHOST": query.get("host") or parts.hostname,
        "PGPORT": query.get("port") or parts.port,
        "PGUSER": query.get("user") or parts.username,
        "PGPASSWORD": query.get("password") or parts.password,
        "PGDATABASE": query.get("dbname") or parts.path.lstrip("/"),
    }
    return {name: urllib.parse.unquote(str(value))
            for name, value in values.items() if value}


def run(command, environment):
    """Runs to its end; answers what it said on stdout."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, env=environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {said}")
    return done.stdout


class Database:
    """Also what the rows ask for: ids, version_first, version_last of the bills
    that stay as they are, and how many others there are, `patched`."""

    def __init__(self, variables):
        try:
            self.service_url = variables["DATABASE_URL"]
            self.owner_url = variables["OWNER_DATABASE_URL"]
        except KeyError as name:
            raise Failed(f"{name} is not set: use ./dev bench") from None
        self.environment = variables | libpq_environment(self.service_url) | {
            "PGOPTIONS": RIGHTS}
        self.socket_path = self._find_socket()
        self.pid = self._postmaster()

    def query(self, sql, url=None):
        environment = self.environment
        if url:
            environment = environment | libpq_environment(url)
        return run(["psql", "-XAqt", "-v", "ON_ERROR_STOP=1", "-c", sql],
                   environment).split()

    def load(self, portcullis, bills):
        owner = os.environ | {"DATABASE_URL": self.owner_url}
        run([portcullis, "migrate", "up"], owner)
        run([portcullis, "seed"], owner)
        run([portcullis, "user", "bench@localhost", "--external-id", "bench",
             "--role", "admin"], owner)
        if self._count() == 0:
            people = max(1, bills // PEOPLE_FOR_BILLS)
            run([portcullis, "demo", "--bills", str(bills),
                 "--people", str(people)], owner)
        if self._count() != bills:
            raise Failed(f"the database has {self._count()} bills, not {bills}:"
                         " the benchmark takes an empty one for itself")
        self._make_versions_findable(bills)
        self.ids = self.query("SELECT id FROM bills", self.owner_url)
        self.patched = min(PATCHED, bills)
        self.query(PATCHED_SQL.format(count=self.patched), self.owner_url)
        self.query("VACUUM (ANALYZE) bills, people", self.owner_url)
        if "ADMIN_DATABASE_URL" in os.environ:
            self.query("CHECKPOINT", os.environ["ADMIN_DATABASE_URL"])

    def _count(self):
        return int(self.query("SELECT count(*) FROM bills", self.owner_url)[0])

    def _make_versions_findable(self, bills):
        """pgbench cannot draw a UUID, so it asks for rows by their version."""
        self.query("CREATE UNIQUE INDEX IF NOT EXISTS bench_bills_version"
                   " ON bills (version)", self.owner_url)
        first, last = self.query(
            "SELECT min(version) FROM bills UNION ALL"
            " SELECT max(version) FROM bills", self.owner_url)
        self.version_first, self.version_last = int(first), int(last)
        if self.version_last - self.version_first >= bills * 1.01:
            raise Failed("the versions of the bills have gaps: pgbench would"
                         " often find nothing")

    def _find_socket(self):
        host = self.environment.get("PGHOST", "")
        port = self.environment.get("PGPORT", "5432")
        if not host.startswith("/"):
            raise Failed("DATABASE_URL names no unix socket: PostgreSQL has to"
                         " run here, its processor time is measured")
        return f"{host}/.s.PGSQL.{port}"

    def _postmaster(self):
        """Whoever listens on the socket; the kernel knows."""
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(self.socket_path)
            except OSError as error:
                raise Failed(f"{self.socket_path}: {error}") from None
            peer = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return struct.unpack("3i", peer)[0]
