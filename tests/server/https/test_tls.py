"""A certificate that somebody else renews: read when it is whole, and until then the one before serves."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest

from server.config import Config
from server.config.sections import Web
from server.https.authority import Pair, new_authority, new_server_certificate
from server.https.names import names
from server.https.tls import ServerTls


class Clock:
    def now(self) -> float:
        return time.time()


@pytest.fixture
def tls(tmp_path: Path) -> ServerTls:
    web = Web(bind="0.0.0.0", certificate="fullchain.pem", certificate_key="privkey.pem")
    renewed(tmp_path, certificate=new(), key=None)
    made = ServerTls(Config(web=web, source=tmp_path / "sip.conf"), Clock())
    made.start()
    return made


def new() -> Pair:
    return new_server_certificate(new_authority("Northwind Home", time.time()), names("switchboard", []), time.time())


def renewed(folder: Path, *, certificate: Pair | None, key: Pair | None) -> None:
    """As a certificate's client writes: one file after the other; both of one pair when `key` is not said."""
    if certificate is not None:
        (folder / "fullchain.pem").write_bytes(certificate.certificate)
        key = key or certificate
    if key is not None:
        (folder / "privkey.pem").write_bytes(key.key)


def serves(context: ssl.SSLContext | None, certificate: bytes) -> bool:
    """Whether a client that trusts this certificate's authority comes through a handshake, in memory."""
    assert context is not None
    trusting = ssl.create_default_context(cadata=certificate.decode().partition("-----END CERTIFICATE-----\n")[2])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname="localhost")
    server = context.wrap_bio(to_server, to_client, server_side=True)
    try:
        for _ in range(3):
            for side in (client, server):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLError:
        return False
    return client.cipher() is not None


def test_a_certificate_that_comes_before_its_key_leaves_the_old_one_in_use(tls: ServerTls, tmp_path: Path) -> None:
    old = (tmp_path / "fullchain.pem").read_bytes()
    coming, other = new(), new()
    renewed(tmp_path, certificate=coming, key=other)
    tls.look()
    assert serves(tls.context, old)
    renewed(tmp_path, certificate=None, key=coming)
    tls.look()
    assert serves(tls.context, coming.certificate)
    assert not serves(tls.context, old)
