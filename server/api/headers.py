"""What stands in every answer, whoever gives it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

API = "/api/"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
}
HSTS = "max-age=31536000"
"""A year (RFC 6797). Only with a certificate that was given, which browsers know: with our own authority's a person must be able
to go on past the warning, and an authority that was lost would lock everybody out for a year."""


def every(path: str, *, hsts: bool) -> Iterator[tuple[str, str]]:
    """An answer that says one of them by itself keeps its own."""
    yield from SECURITY_HEADERS.items()
    if path.startswith(API):
        yield "Cache-Control", "no-store"
    if hsts:
        yield "Strict-Transport-Security", HSTS
