"""What belongs to the authority outside: `https/acme/` in the data directory, readable by its user alone (mode 600)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.acme.schedule import Standing
from server.private_files import locked, write_private


class AcmeFiles:
    """The account's key, the certificate in use with its key, and how it stands. `doctor` reads, one control process writes."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "https" / "acme"
        self.certificate_path = self.folder / "certificate.pem"
        self.key_path = self.folder / "certificate.key"
        self._account_path = self.folder / "account.key"
        self._standing_path = self.folder / "standing.json"

    def make_folder(self) -> None:
        """Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def account_key(self) -> ec.EllipticCurvePrivateKey:
        """Made when there is none. Raises OSError; ValueError: the file is no key, and an account may hang on it."""
        try:
            kept = self._account_path.read_bytes()
        except FileNotFoundError:
            made = ec.generate_private_key(ec.SECP256R1())
            write_private(self._account_path, pem_of(made))
            return made
        try:
            key = serialization.load_pem_private_key(kept, None)
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("not readable") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("a key of another kind")
        return key

    def certificate(self) -> bytes | None:
        try:
            return self.certificate_path.read_bytes()
        except OSError:
            return None

    def take_in(self, certificate: bytes, key: bytes) -> None:
        """The key first: whoever reads in between finds that they do not fit, and keeps what it has."""
        write_private(self.key_path, key)
        write_private(self.certificate_path, certificate)

    def standing(self, directory: str, names: tuple[str, ...]) -> Standing:
        """A new one for another authority or other names: what went wrong with those before means nothing."""
        new = Standing(directory=directory, names=names)
        try:
            kept = msgspec.json.decode(self._standing_path.read_bytes(), type=Standing)
        except (OSError, msgspec.DecodeError):
            return new
        return kept if (kept.directory, kept.names) == (new.directory, new.names) else new

    def keep(self, standing: Standing) -> None:
        write_private(self._standing_path, msgspec.json.encode(standing))

    def alone(self) -> AbstractContextManager[bool]:
        """False: another process of this data directory is at it."""
        return locked(self.folder / "lock", wait=False)


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
