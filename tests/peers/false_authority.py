"""An ACME server that answers whatever a test says, at any step of an order; else as RFC 8555 §7 says, and checks nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.https.authority import new_authority, new_server_certificate
from server.https.names import names

DAY_S = 86_400.0


class Said(NamedTuple):
    body: bytes
    status: int = 200
    headers: tuple[str, ...] = ()


class FalseAuthority:
    """Owns the listener. `says` replaces the answer of a step: directory, nonce, account, order, authz, challenge, finalize,
    state, certificate; raw bytes are sent as they are, None: nothing is ever sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.trusted = folder / "authority.pem"
        self.http_port = 0
        self.says: dict[str, Said | None] = {}
        self.drips = ""
        """The step that is answered byte by byte, for ever."""
        self.asked: list[str] = []
        self.begins_in_s, self.lives_s, self.other_key = -60.0, 90 * DAY_S, False
        """Of the certificate that it gives."""
        self._chain = b""
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> FalseAuthority:
        self._folder.mkdir(parents=True, exist_ok=True)
        root = new_authority("False", time.time())
        pair = new_server_certificate(root, names("localhost", []), time.time())
        self.trusted.write_bytes(root.certificate)
        (self._folder / "own.pem").write_bytes(pair.certificate)
        (self._folder / "own.key").write_bytes(pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "own.pem", self._folder / "own.key")
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.url = f"https://localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    @property
    def directory(self) -> str:
        return f"{self.url}/directory"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
                body = await reader.readexactly(length)
                step = head.split()[1].decode().strip("/").split("/")[0]
                self.asked.append(step)
                await self._answer(writer, step, body, bodyless=head.startswith(b"HEAD"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, step: str, body: bytes, *, bodyless: bool) -> None:
        said = self.says.get(step, self._usual(step, body))
        if said is None:
            await asyncio.sleep(3600)
            return
        headers = ("Replay-Nonce: bm9uY2U", "Content-Type: application/json", *said.headers, f"Content-Length: {len(said.body)}")
        start = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {said.status} so", *headers)).encode() + b"\r\n"
        data = start if bodyless else start + said.body
        if step == self.drips:
            for byte in b"HTTP/1.1 200 so\r\n" + b"X: y\r\n" * 10_000:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
        writer.write(data)
        await writer.drain()

    def _usual(self, step: str, body: bytes) -> Said:
        made: dict[str, Callable[[], Said]] = {
            "directory": lambda: _json({name: f"{self.url}/{path}" for name, path in _DIRECTORY.items()}),
            "nonce": lambda: Said(b""),
            "account": lambda: _json({"status": "valid"}, 201, f"Location: {self.url}/accounts/1"),
            "order": lambda: _json(self._order("pending"), 201, f"Location: {self.url}/state/1"),
            "authz": lambda: _json(self._authorization()),
            "challenge": lambda: _json(self._challenge(), 200, f'Link: <{self.url}/authz/1>;rel="up"'),
            "finalize": lambda: self._finalized(body),
            "state": lambda: _json(self._order("valid")),
            "certificate": lambda: Said(self._chain),
        }
        return made.get(step, lambda: Said(b"", 404))()

    def _order(self, status: str) -> dict[str, Any]:
        return {
            "status": status,
            "identifiers": [{"type": "dns", "value": "pbx.example.com"}],
            "authorizations": [f"{self.url}/authz/1"],
            "finalize": f"{self.url}/finalize/1",
            "certificate": f"{self.url}/certificate/1",
        }

    def _challenge(self) -> dict[str, Any]:
        return {"type": "http-01", "url": f"{self.url}/challenge/1", "token": "a" * 43, "status": "valid"}

    def _authorization(self) -> dict[str, Any]:
        status = "valid" if "challenge" in self.asked else "pending"
        name = {"type": "dns", "value": "pbx.example.com"}
        return {"status": status, "identifier": name, "challenges": [{**self._challenge(), "status": status}]}

    def _finalized(self, body: bytes) -> Said:
        payload = json.loads(_unpadded(json.loads(body)["payload"]))
        request = x509.load_der_x509_csr(_unpadded(payload["csr"]))
        begins = datetime.now(UTC) + timedelta(seconds=self.begins_in_s)
        signer = ec.generate_private_key(ec.SECP256R1())
        names_of = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(x509.Name([]))
            .public_key(signer.public_key() if self.other_key else request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(seconds=self.lives_s))
            .add_extension(names_of, critical=False)
            .sign(signer, hashes.SHA256())
        )
        self._chain = made.public_bytes(serialization.Encoding.PEM)
        return _json(self._order("processing"))


_DIRECTORY = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order", "revokeCert": "revoke", "keyChange": "change"}


def _json(thing: Any, status: int = 200, *headers: str) -> Said:
    return Said(json.dumps(thing).encode(), status, headers)


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
