"""From whose page a request comes. Pure.

A browser says so in `Origin` (RFC 6454 §7, Fetch standard §3.2) and no page can change it. What is no browser says nothing: it
has no cookie that somebody else's page could borrow.
Source: OWASP CSRF Prevention Cheat Sheet, «Verifying origin with standard headers»; RFC 6455 §10.2 for WebSockets.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

ANY = "any"


def is_ours(origin: str | None, host: str | None, ours: Collection[str]) -> bool:
    """Whether it is a page of this installation: of the address that was asked, or of one of `ours`."""
    if origin is None:
        return True
    return _is_among(origin, ours) or (host is not None and _authority(origin) == host.lower())


def may_use_widget(origin: str | None, host: str | None, ours: Collection[str], others: Collection[str]) -> bool:
    """Whether a page may place calls: ours, those that were named, or everybody's."""
    return ANY in others or is_ours(origin, host, ours) or _is_among(origin or "", others)


def _is_among(origin: str, known: Collection[str]) -> bool:
    """Scheme and host know no capitals (RFC 3986 §6.2.2.1), which browsers never send and people write."""
    return origin.lower() in {each.lower() for each in known}


def _authority(origin: str) -> str | None:
    """``https://desk.example.com:8443`` → ``desk.example.com:8443``; None for what is no web origin (`null`, nonsense)."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return None
    return parts.netloc if parts.scheme in {"http", "https"} and parts.netloc else None


def is_origin(text: str) -> bool:
    """Whether `text` is written as a browser writes an origin: scheme, host, perhaps a port, nothing else."""
    return _authority(text) is not None and text.lower() == f"{urlsplit(text).scheme}://{_authority(text)}"
