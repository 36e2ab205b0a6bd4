"""Certificates that this installation makes for itself: an authority that lives long, and the server's own that it signs. Pure.

Whoever trusts the authority once never sees a warning again, also when the server's name or address changes.
Source: RFC 5280 (profile), CA/Browser Forum Baseline Requirements §6.3.2 and §7.1 for what browsers expect of the leaf.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.model import Value
from server.https.names import Names

AUTHORITY_DAYS = 3650
SERVER_DAYS = 390
"""Apple's systems take no server certificate that lives longer than 398 days."""
RENEW_BEFORE_DAYS = 30
_UNREADABLE = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound)
"""What the library raises for a file that somebody wrote into."""
_BEGINS_EARLIER = timedelta(days=1)
"""Clocks of other computers may be behind."""


class Pair(Value, frozen=True, kw_only=True):
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


def new_authority(installation: str, now_s: float) -> Pair:
    """`now_s`: Unix time."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, (installation or "Patchbay")[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{(installation or 'Patchbay')[:40]} local authority"),
        ]
    )
    public = key.public_key()
    certificate = (
        _builder(name, name, public, now_s, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pair(certificate, key)


def new_server_certificate(authority: Pair, names: Names, now_s: float) -> Pair:
    """Signed by `authority`; its PEM has the authority's certificate behind it."""
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    issuer_key = serialization.load_pem_private_key(authority.key, None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is of another kind")
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    hosts, addresses = names.sorted()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Patchbay")])
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _builder(subject, issuer.subject, public, now_s, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, hosts), *map(x509.IPAddress, addresses)]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    made = _pair(certificate, key)
    return Pair(certificate=made.certificate + authority.certificate, key=made.key)


def why_renew(server: Pair, authority: Pair, names: Names, now_s: float) -> str | None:
    """None: it is as good as a new one. Names that it says and the machine has no longer do no harm."""
    if not server.certificate:
        return "none_yet"
    try:
        certificate = x509.load_pem_x509_certificate(server.certificate)
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        key = serialization.load_pem_private_key(server.key, None)
    except _UNREADABLE:
        return "unreadable"
    if key.public_key() != certificate.public_key():
        return "unreadable"
    if _ends(certificate) - now_s < RENEW_BEFORE_DAYS * 86_400:
        return "ends_soon"
    hosts, addresses = names.sorted()
    said_hosts, said_addresses = said.get_values_for_type(x509.DNSName), said.get_values_for_type(x509.IPAddress)
    return None if {*hosts} <= {*said_hosts} and {*addresses} <= {*said_addresses} else "names_changed"


def lives_on(certificate: bytes, now_s: float) -> bool:
    """Whether this certificate of an authority can be read, and outlives what it signs now."""
    try:
        return _ends(x509.load_pem_x509_certificate(certificate)) - now_s > (SERVER_DAYS + 1) * 86_400
    except _UNREADABLE:
        return False


def belong_together(pair: Pair) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate)
        return serialization.load_pem_private_key(pair.key, None).public_key() == certificate.public_key()
    except _UNREADABLE:
        return False


def ends_at(certificate: bytes) -> float | None:
    """Unix time; None: no PEM certificate."""
    try:
        return _ends(x509.load_pem_x509_certificate(certificate))
    except _UNREADABLE:
        return None


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a PEM certificate, as browsers and systems show it: ``AB:CD:…``."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def der(certificate: bytes) -> bytes:
    """What systems open by a click (RFC 5280 appendix A; `application/x-x509-ca-cert`)."""
    return x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)


def _ends(certificate: x509.Certificate) -> float:
    return certificate.not_valid_after_utc.timestamp()


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now_s: float, days: int
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_s, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEGINS_EARLIER)
        .not_valid_after(now - _BEGINS_EARLIER + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    return Pair(
        certificate=certificate.public_bytes(serialization.Encoding.PEM),
        key=key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
