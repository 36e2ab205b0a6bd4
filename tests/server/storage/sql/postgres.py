"""A private PostgreSQL cluster in a temporary folder: the server's own programs, a free port on loopback, nothing installed.

PostgreSQL refuses to run as root; then it runs as the user that the Debian package made.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.peers.current_database import bring_up_to_date
from tests.peers.ports import free_port

USER = "patchbay"


@contextmanager
def temporary_cluster() -> Iterator[Cluster | None]:
    """None where PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pb-postgres-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(programs, Path(folder))
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def find_programs() -> Path | None:
    """The folder with `initdb` and `postgres`, or None when PostgreSQL is not installed."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "cluster"
        self._port = free_port()
        self._has_current = False
        self._run_as = "postgres" if os.geteuid() == 0 else None
        if self._run_as:
            account = pwd.getpwnam(self._run_as)
            os.chown(folder, account.pw_uid, account.pw_gid)

    def start(self) -> None:
        self._call("initdb", ["-D", str(self._data), "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
        self.start_again()

    def start_again(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        log = str(self._data / "log")
        self._call("pg_ctl", ["-D", str(self._data), "-o", options, "-l", log, "-w", "-t", "60", "start"])

    def stop(self) -> None:
        self._call("pg_ctl", ["-D", str(self._data), "-m", "immediate", "-w", "stop"])

    def processes(self) -> list[psutil.Process]:
        server = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        return [server, *server.children(recursive=True)]

    def becomes_read_only(self, read_only: bool) -> None:
        """For every transaction that begins from now on."""
        value = "on" if read_only else "off"
        change = (f"ALTER SYSTEM SET default_transaction_read_only = {value}", "SELECT pg_reload_conf()")
        statements = ("SET default_transaction_read_only = off", *change)
        self._call("psql", ["-q", "-d", self._url("postgres"), *(word for each in statements for word in ("-c", each))])

    def emptied_database(self) -> str:
        """The URL of the one database, with nothing in it. (A database for each test would be 7 MB of files each.)"""
        url = self._url("postgres")
        self._call("psql", ["-q", "-d", url, "-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public"])
        return url

    def current_database(self) -> str:
        """The URL of another database, as a new installation has it: `tests.peers.current_database` for PostgreSQL."""
        if not self._has_current:
            bring_up_to_date(self.emptied_database())
            self._administer("CREATE DATABASE current TEMPLATE postgres")
            self._has_current = True
        self._administer("DROP DATABASE IF EXISTS copy WITH (FORCE)", "CREATE DATABASE copy TEMPLATE current")
        return self._url("copy")

    def load(self, dump: Path) -> str:
        """The URL of the database with what `pg_dump` wrote."""
        url = self.emptied_database()
        command = [str(self._programs / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
        with dump.open("rb") as source:
            subprocess.run(command, check=True, stdin=source, stdout=subprocess.DEVNULL, timeout=90)
        return url

    def dump(self, url: str) -> list[str]:
        """What `pg_dump` writes; not its key, which is another one each time."""
        command = [str(self._programs / "pg_dump"), "-d", url]
        dumped = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=90, text=True).stdout
        return [line for line in dumped.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self._port}/{database}"

    def _administer(self, *statements: str) -> None:
        """Each by itself, in none of the databases that are made and dropped."""
        options = [option for statement in statements for option in ("-c", statement)]
        self._call("psql", ["-q", "-v", "ON_ERROR_STOP=1", "-d", self._url("template1"), *options])

    def _call(self, program: str, arguments: Sequence[str]) -> None:
        # Output goes nowhere: pg_ctl leaves the server behind, which would keep a pipe open for ever.
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            user=self._run_as,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=90,
        )
