"""Where the installation's own certificates lie: `https/` in the data directory, readable by its user alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from server.https.authority import Pair, is_good_authority, new_authority, new_server_certificate, why_renew
from server.https.names import Names

log = structlog.get_logger(__name__)


class OwnCertificates:
    """Makes what is missing, unreadable or soon over. May be used by several processes of one data directory at once."""

    def __init__(self, data_dir: Path, installation: str) -> None:
        self._folder = data_dir / "https"
        self._installation = installation

    @property
    def authority_path(self) -> Path:
        return self._folder / "authority.pem"

    @property
    def server_paths(self) -> tuple[Path, Path]:
        """Certificate and key."""
        return self._folder / "server.pem", self._folder / "server.key"

    def authority(self) -> bytes | None:
        """Its certificate (PEM); None: there is none yet."""
        try:
            return self.authority_path.read_bytes()
        except FileNotFoundError:
            return None

    def renew(self, names: Names, now_s: float) -> bool:
        """Whether the server's certificate is a new one. Raises OSError when the folder cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            authority = self._read("authority")
            if authority is None or not is_good_authority(authority, now_s):
                authority = new_authority(self._installation, now_s)
                self._write("authority", authority)
                log.warning("a new authority for HTTPS was made: computers must trust it anew")
            server = self._read("server")
            reason = "missing" if server is None else why_renew(server, authority, names, now_s)
            if reason is None:
                return False
            self._write("server", new_server_certificate(authority, names, now_s))
            log.info("certificate made", reason=reason)
            return True

    def _read(self, name: str) -> Pair | None:
        try:
            return Pair(certificate=(self._folder / f"{name}.pem").read_bytes(), key=(self._folder / f"{name}.key").read_bytes())
        except FileNotFoundError:
            return None

    def _write(self, name: str, pair: Pair) -> None:
        for suffix, data in (("key", pair.key), ("pem", pair.certificate)):
            path = self._folder / f"{name}.{suffix}"
            part = path.with_suffix(f".{suffix}.part")
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            part.replace(path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
