"""With which certificate the web server speaks, kept good while it runs: renewed, or read again when somebody else renewed it.

A browser says under which name it opens this machine (SNI, RFC 6066 §3): for a name that an authority outside has certified
(`server/acme/`) it gets that certificate while it is good, for every other one and without one that of our own authority.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import structlog

from core.ports import Clock
from server.acme.files import AcmeFiles
from server.acme.schedule import Issued, issued
from server.config import Config
from server.config.sections import HttpsKind
from server.https.authority import der, ends_at, fingerprint
from server.https.files import AuthorityKeyLost, OwnCertificates
from server.https.names import names_of_this_machine

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0


class ServerTls:
    """Owns the contexts of new connections. Connections that are open keep what they began with."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._kind: HttpsKind = config.https_kind
        self.context: ssl.SSLContext | None = None
        """None: only HTTP is spoken."""
        self._config = config
        self._clock = clock
        self._own = OwnCertificates(config.data_dir, config.general.name)
        self._read_at: tuple[int, ...] = ()
        self._acme = AcmeFiles(config.data_dir)
        self._outside: tuple[Issued, ssl.SSLContext] | None = None
        """What an authority outside has certified, and with what that is spoken."""

    def kind_of(self, host: str | None) -> HttpsKind:
        """For whoever opens this machine as `host` (of a Host header, without its port)."""
        return "given" if self._kind == "own" and self._certified(host) is not None else self._kind

    @property
    def certificate_ends_at(self) -> float | None:
        """Of a given certificate, which somebody else must renew; None: there is no such one."""
        if self._kind != "given":
            return None
        try:
            return ends_at(self._paths[0].read_bytes())
        except OSError:
            return None

    @property
    def authority_der(self) -> bytes | None:
        """For computers to trust; None: the certificate is not of our own authority."""
        certificate = self._own.authority() if self._kind == "own" else None
        return None if certificate is None else der(certificate)

    @property
    def authority_fingerprint(self) -> str | None:
        certificate = self._own.authority() if self._kind == "own" else None
        return None if certificate is None else fingerprint(certificate)

    def start(self) -> None:
        """Raises OSError (`ssl.SSLError` is one) for a given certificate that cannot be used. Without a place for one of our own,
        only HTTP is spoken, and the log says so."""
        if self._kind == "none":
            return
        if self._kind == "own":
            try:
                self._keep_good()
            except OSError as error:
                log.error("no certificate of our own could be made: HTTP only", error=error)
                self._kind = "none"
                return
        self._read()
        if self._config.acme.directory:
            self.take_outside()

    def take_outside(self) -> None:
        """What the authority outside has given last is in use from now on. A pair that does not fit leaves what was in use."""
        certificate = self._acme.certificate()
        said = None if certificate is None else issued(certificate)
        if said is None or self._kind != "own":
            return
        try:
            self._outside = said, _context((self._acme.certificate_path, self._acme.key_path))
        except OSError as error:
            log.error("the certificate of the authority outside cannot be used", error=error)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.context is not None:
                await asyncio.to_thread(self.look)

    def look(self) -> None:
        """A failure leaves the certificate that is in use, and is told each time."""
        try:
            if self._kind == "own":
                self._keep_good()
            if self._config.acme.directory:
                self.take_outside()
            changed_at = self._changed_at()
            if changed_at != self._read_at:
                self._read()
                log.info("certificate read again")
        except OSError as error:
            log.warning("certificate could not be renewed", error=error)

    def _read(self) -> None:
        """A context of its own for each certificate: one whose key does not fit it yet would serve nobody."""
        changed_at = self._changed_at()
        context = _context(self._paths)
        if self._config.acme.directory:
            context.sni_callback = self._choose
        self.context, self._read_at = context, changed_at

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if (context := self._certified(name)) is not None:
            connection.context = context

    def _certified(self, host: str | None) -> ssl.SSLContext | None:
        """A certificate that is over is none: who trusts our own authority can still come in."""
        if self._outside is None or host is None:
            return None
        said, context = self._outside
        return context if host.lower().rstrip(".") in said.names and self._clock.now() < said.ends_at else None

    def _keep_good(self) -> None:
        """What is in use goes on for as long as it is good without its authority's key. Raises OSError when there is nothing."""
        try:
            self._renew()
        except AuthorityKeyLost as error:
            if not all(path.exists() for path in self._paths):
                raise
            log.error("certificate could not be renewed", error=error)

    def _renew(self) -> None:
        names = names_of_this_machine((*self._config.web.names, *self._config.acme.names))
        self._own.renew(names, self._clock.now())

    @property
    def _paths(self) -> tuple[Path, Path]:
        if self._kind == "own":
            return self._own.server_paths
        web = self._config.web
        return self._config.base / web.certificate, self._config.base / web.certificate_key

    def _changed_at(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._paths)


def _context(paths: tuple[Path, Path]) -> ssl.SSLContext:
    """Raises OSError (`ssl.SSLError` is one)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(*paths)
    return context
