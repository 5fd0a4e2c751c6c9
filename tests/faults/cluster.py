# SPDX-License-Identifier: MIT
"""A PostgreSQL of the run's own: unlike the sandbox's, it may be stopped,
killed, filled up and started again in another way."""

import os
import pathlib
import pwd
import signal
import socket
import struct
import subprocess
import time

from world import eventually

SETTINGS = {
    "listen_addresses": "", "unix_socket_permissions": "0700",
    "shared_buffers": "32MB", "max_connections": "60", "fsync": "off",
    "wal_level": "replica", "max_wal_senders": "4", "jit": "off",
    "timezone": "UTC", "deadlock_timeout": "100ms", "autovacuum": "off",
}
HBA = ("local all portcullis_service {}\nlocal all all trust\n"
       "local replication all trust\n")
CANNOT_CONNECT_NOW = b"57P03"


class Cluster:
    """Of its own making, or a copy of another: its standby, or as it was."""

    def __init__(self, directory, of=None, standby=False):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.socket = self.directory / ".s.PGSQL.5432"
        self.programs = pathlib.Path(subprocess.run(
            ["pg_config", "--bindir"], check=True, text=True,
            capture_output=True).stdout.strip())
        # PostgreSQL will not run as root
        self.account = "postgres" if os.getuid() == 0 else None
        self.log = (self.directory / "postgres.log").open("ab")
        self.process = None
        if self.account:
            os.chown(self.directory, pwd.getpwnam(self.account).pw_uid, -1)
        if of:
            self.run("pg_basebackup", "-D", self.data, "-h", of.directory,
                     "-U", "postgres", "-c", "fast", "--no-sync",
                     *(["-R"] if standby else []))
        else:
            self.make()
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"unix_socket_directories = '{self.directory}'\n")
        self.start()

    def make(self):
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres",
                 "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n"
                            for name, value in SETTINGS.items())
        self.admit_by("trust", reload=False)

    def run(self, program, *arguments):
        subprocess.run([self.programs / program, *arguments], check=True,
                       user=self.account, stdout=self.log, stderr=self.log)

    def admit_by(self, method, reload=True):
        """How the service's role proves who it is."""
        (self.data / "pg_hba.conf").write_text(HBA.format(method))
        if reload:
            self.process.send_signal(signal.SIGHUP)

    def url(self, role, database="portcullis"):
        return (f"postgresql:///{database}?host={self.directory}"
                f"&port=5432&user={role}")

    # --- life ---------------------------------------------------------------

    def launch(self, *options):
        """Without waiting until it answers."""
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.data, *options],
            user=self.account, stdout=self.log, stderr=self.log)

    def start(self, *options):
        """Answers when it took the first connection."""
        self.launch(*options)
        eventually(self.accepts, "postgres")
        return time.monotonic()

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait()

    def accepts(self):
        return self.greeting()[:1] == b"R"

    def greeting(self):
        """What a client is told first: b"R…", or an error with its code."""
        start = b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(self.socket))
                client.sendall(struct.pack("!ii", len(start) + 8, 196608)
                               + start)
                return client.recv(4096)
        except OSError:
            return b""

    def not_yet(self):
        return CANNOT_CONNECT_NOW in self.greeting()

    # --- asking -------------------------------------------------------------

    def sql(self, statement, database="portcullis"):
        return subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1",
             self.url("postgres", database), "-c", statement],
            check=True, text=True, capture_output=True).stdout.strip()

    def session(self, script):
        """A session that has run the script and goes on: end it by end()."""
        client = subprocess.Popen(
            ["psql", "-qAtX", self.url("postgres")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        client.stdin.write(script + "\n\\echo done\n")
        client.stdin.flush()
        while client.stdout.readline().strip() != "done":
            pass
        return client

    def backends(self, condition="true"):
        """The service's, as process ids."""
        said = self.sql("SELECT pid FROM pg_stat_activity WHERE usename ="
                        f" 'portcullis_service' AND {condition}")
        return [int(pid) for pid in said.split()]

    def end(self):
        if self.process and self.process.poll() is None:
            self.stop()
        self.log.close()


def end(client):
    client.stdin.close()
    client.wait()
