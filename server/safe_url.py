"""Whether what goes to an address can be read by nobody on the way. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from server.config.sections import LOOPBACK


def is_safe(url: str) -> bool:
    """TLS, or this machine."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is none
        return False
    return usable and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
