"""Certificates of our own, judged by OpenSSL as a browser would."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from server.https.authority import Pair, fingerprint, new_authority, new_server_certificate, why_renew
from server.https.files import AuthorityKeyLost, OwnCertificates
from server.https.names import Names, names

DAY_S = 86_400.0
MACHINE = names("switchboard", ["192.168.1.5", "2001:db8::5"])


@pytest.fixture(scope="module")
def now_s() -> float:
    """OpenSSL looks at the real clock, so these begin there."""
    import time  # noqa: PLC0415

    return time.time()


@pytest.fixture(scope="module")
def authority(now_s: float) -> Pair:
    return new_authority("Northwind Home", now_s)


def _handshake(server: Pair, trusted: bytes, host: str, folder: Path) -> None:
    """Raises ssl.SSLError when a client that trusts `trusted` would not believe that `server` is `host`."""
    (folder / "server.pem").write_bytes(server.certificate)
    (folder / "server.key").write_bytes(server.key)
    answering = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    answering.load_cert_chain(folder / "server.pem", folder / "server.key")
    asking = ssl.create_default_context(cadata=trusted.decode())
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()

    def answer() -> None:
        with far:
            try:
                answering.wrap_socket(far, server_side=True).close()
            except OSError:
                return  # the client has gone

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with near:
            asking.wrap_socket(near, server_hostname=host).close()
    finally:
        thread.join()


@pytest.mark.parametrize("host", ["localhost", "switchboard", "switchboard.local", "192.168.1.5", "2001:db8::5", "127.0.0.1"])
def test_who_trusts_the_authority_trusts_every_name_of_the_machine(
    host: str, authority: Pair, now_s: float, tmp_path: Path
) -> None:
    _handshake(new_server_certificate(authority, MACHINE, now_s), authority.certificate, host, tmp_path)


def test_another_name_is_not_believed(authority: Pair, now_s: float, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(new_server_certificate(authority, MACHINE, now_s), authority.certificate, "bank.example", tmp_path)


def test_another_authority_is_not_believed(authority: Pair, now_s: float, tmp_path: Path) -> None:
    other = new_authority("Northwind Home", now_s)
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(new_server_certificate(other, MACHINE, now_s), authority.certificate, "localhost", tmp_path)


def test_a_certificate_stays_until_it_must_go(authority: Pair, now_s: float) -> None:
    server = new_server_certificate(authority, MACHINE, now_s)
    moved = Names(hosts=MACHINE.hosts, addresses=MACHINE.addresses | {"10.0.0.7"})
    fewer = Names(hosts=frozenset({"localhost"}), addresses=frozenset({"127.0.0.1"}))
    assert why_renew(server, authority, MACHINE, now_s + 300 * DAY_S) is None
    assert why_renew(server, authority, fewer, now_s) is None
    assert why_renew(server, authority, MACHINE, now_s + 365 * DAY_S) == "ends_soon"
    assert why_renew(server, authority, moved, now_s) == "names_changed"
    assert why_renew(server, new_authority("Northwind Home", now_s), MACHINE, now_s) == "unreadable"
    assert why_renew(Pair(certificate=b"", key=b""), authority, MACHINE, now_s) == "none_yet"
    assert why_renew(Pair(certificate=server.certificate, key=authority.key), authority, MACHINE, now_s) == "unreadable"


def test_files_are_made_once_kept_private_and_mended(now_s: float, tmp_path: Path) -> None:
    own = OwnCertificates(tmp_path, "Northwind Home")
    assert own.authority() is None
    assert own.renew(MACHINE, now_s)
    trusted = own.authority()
    assert trusted is not None
    assert not own.renew(MACHINE, now_s), "a second start makes nothing new"
    certificate, key = own.server_paths
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "https").iterdir()} <= {0o600, 0o644}
    assert key.stat().st_mode & 0o077 == 0
    key.write_text("damaged")
    assert own.renew(MACHINE, now_s), "what cannot be read is made anew"
    assert own.authority() == trusted, "and computers need not trust anything anew"
    _handshake(Pair(certificate=certificate.read_bytes(), key=key.read_bytes()), trusted, "localhost", tmp_path)


@pytest.mark.parametrize("harm", ["damaged", "removed", "unreadable", "another"])
def test_an_authority_whose_key_is_lost_is_not_replaced_behind_everybodys_back(now_s: float, tmp_path: Path, harm: str) -> None:
    """A new one was made, and every computer refused the desk until it trusted it anew."""
    own = OwnCertificates(tmp_path, "Northwind Home")
    own.renew(MACHINE, now_s)
    trusted, server = own.authority(), own.server_paths[0].read_bytes()
    key = tmp_path / "https" / "authority.key"
    if harm == "removed":
        key.unlink()
    else:
        key.write_bytes(new_authority("x", now_s).key if harm == "another" else b"damaged" if harm == "damaged" else b"")
    assert not own.renew(MACHINE, now_s), "what is in use is good"
    assert (own.authority(), own.server_paths[0].read_bytes()) == (trusted, server)
    with pytest.raises(AuthorityKeyLost, match=r"authority\.key.*Restore it from a backup, or remove"):
        own.renew(MACHINE, now_s + 365 * DAY_S)
    own.authority_path.unlink()
    assert own.renew(MACHINE, now_s), "who removes its certificate wants a new one"
    assert own.authority() not in {None, trusted}


def test_the_fingerprint_is_written_as_systems_show_it(authority: Pair) -> None:
    written = fingerprint(authority.certificate)
    assert len(written.split(":")) == 32
    assert written == written.upper()
