"""Where the installation's own certificates lie: `https/` in the data directory, readable by its user alone."""

from __future__ import annotations

from pathlib import Path

import structlog

from server.https.authority import (
    Pair,
    belong_together,
    lives_on,
    new_authority,
    new_server_certificate,
    why_renew,
)
from server.https.names import Names
from server.private_files import locked, write_private

log = structlog.get_logger(__name__)


class AuthorityKeyLost(OSError):
    """Computers trust the authority's certificate, and its key cannot be used: nothing can be signed with it."""


class OwnCertificates:
    """Makes what is missing, unreadable or soon over; but no other authority while the certificate of one is there that computers
    trust. May be used by several processes of one data directory at once.
    """

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
        """Whether the server's certificate is a new one. Raises OSError when the folder cannot be written, and `AuthorityKeyLost`
        when a certificate is wanted that cannot be signed."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self._folder / "lock", wait=True):
            authority = self._authority(now_s)
            server = Pair(certificate=self._read("server.pem"), key=self._read("server.key"))
            reason = why_renew(server, authority, names, now_s)
            if reason is None:
                return False
            if not belong_together(authority):
                path = self.authority_path.with_suffix(".key")
                raise AuthorityKeyLost(
                    f"the key of the authority that computers trust cannot be used: {path}. Restore it from a backup, or remove "
                    f"{self.authority_path} for a new authority, which every computer must then trust anew"
                )
            self._write("server", new_server_certificate(authority, names, now_s))
            log.info("certificate made", reason=reason)
            return True

    def _authority(self, now_s: float) -> Pair:
        """A new one only where none is that could be trusted."""
        kept = Pair(certificate=self._read("authority.pem"), key=self._read("authority.key"))
        if lives_on(kept.certificate, now_s):
            return kept
        made = new_authority(self._installation, now_s)
        is_first = not self.authority_path.exists()
        self._write("authority", made)
        if is_first:
            log.info("an authority for HTTPS was made")
        else:
            log.warning("a new authority for HTTPS was made: computers must trust it anew")
        return made

    def _read(self, name: str) -> bytes:
        """Empty when it is not there or may not be read, which its use then tells."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, PermissionError):
            return b""

    def _write(self, name: str, pair: Pair) -> None:
        for suffix, data in (("key", pair.key), ("pem", pair.certificate)):
            write_private(self._folder / f"{name}.{suffix}", data)
