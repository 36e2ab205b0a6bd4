"""With which certificate the web server speaks, kept good while it runs: renewed, or read again when somebody else renewed it."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import structlog

from core.ports import Clock
from server.config import Config
from server.config.sections import HttpsKind
from server.https.authority import der, fingerprint
from server.https.files import AuthorityKeyLost, OwnCertificates
from server.https.names import names_of_this_machine

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0


class ServerTls:
    """Owns the context of new connections. Connections that are open keep what they began with."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.kind: HttpsKind = config.https_kind
        self.context: ssl.SSLContext | None = None
        """None: only HTTP is spoken."""
        self._config = config
        self._clock = clock
        self._own = OwnCertificates(config.data_dir, config.general.name)
        self._read_at: tuple[int, ...] = ()

    @property
    def authority_der(self) -> bytes | None:
        """For computers to trust; None: the certificate is not of our own authority."""
        certificate = self._own.authority() if self.kind == "own" else None
        return None if certificate is None else der(certificate)

    @property
    def authority_fingerprint(self) -> str | None:
        certificate = self._own.authority() if self.kind == "own" else None
        return None if certificate is None else fingerprint(certificate)

    def start(self) -> None:
        """Raises OSError (`ssl.SSLError` is one) for a given certificate that cannot be used. Without a place for one of our own,
        only HTTP is spoken, and the log says so."""
        if self.kind == "none":
            return
        if self.kind == "own":
            try:
                self._keep_good()
            except OSError as error:
                log.error("no certificate of our own could be made: HTTP only", error=error)
                self.kind = "none"
                return
        self._read()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.context is not None:
                await asyncio.to_thread(self.look)

    def look(self) -> None:
        """A failure leaves the certificate that is in use, and is told each time."""
        try:
            if self.kind == "own":
                self._keep_good()
            changed_at = self._changed_at()
            if changed_at != self._read_at:
                self._read()
                log.info("certificate read again")
        except OSError as error:
            log.warning("certificate could not be renewed", error=error)

    def _read(self) -> None:
        """A context of its own for each certificate: one whose key does not fit it yet would serve nobody."""
        changed_at = self._changed_at()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(*self._paths)
        self.context, self._read_at = context, changed_at

    def _keep_good(self) -> None:
        """What is in use goes on for as long as it is good without its authority's key. Raises OSError when there is nothing."""
        try:
            self._renew()
        except AuthorityKeyLost as error:
            if not all(path.exists() for path in self._paths):
                raise
            log.error("certificate could not be renewed", error=error)

    def _renew(self) -> None:
        self._own.renew(names_of_this_machine(self._config.web.names), self._clock.now())

    @property
    def _paths(self) -> tuple[Path, Path]:
        if self.kind == "own":
            return self._own.server_paths
        web = self._config.web
        return self._config.base / web.certificate, self._config.base / web.certificate_key

    def _changed_at(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._paths)
