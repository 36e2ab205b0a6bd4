"""What a request over plain HTTP gets when HTTPS is spoken, too. Pure.

Invariant: no password, cookie or customer travels over a network in the clear once HTTPS is there. This machine itself
(`http://localhost`, which browsers hold to be secure), what stands in other people's pages, and what tells a computer how to
trust us stay reachable.

=========================  ====================================  =========================================
over HTTP, not localhost   a certificate that browsers know      an authority of our own
=========================  ====================================  =========================================
a page                     led to the same address by HTTPS      led to the page that helps to trust it
the API, the live view     refused, `https_needed`               the same
widget, metrics, health    answered                              answered
=========================  ====================================  =========================================
"""

from __future__ import annotations

from enum import Enum, auto
from urllib.parse import quote, urlsplit

from core.model import Value
from server.config.sections import HttpsKind
from server.https.names import is_loopback

TRUST_PAGE = "/secure"
AUTHORITY = "/authority.crt"
_OPEN = frozenset({"/metrics", "/api/v1/health", "/api/v1/ready", "/api/v1/https", "/widget.js", AUTHORITY})
_OPEN_BELOW = ("/api/v1/widget/", "/assets/", "/fonts/")
READING = frozenset({"GET", "HEAD"})


class Verdict(Enum):
    ANSWER = auto()
    REDIRECT = auto()
    REFUSE = auto()


class Decision(Value, frozen=True, kw_only=True):
    verdict: Verdict
    location: str = ""
    """Where a redirected one is led."""
    for_good: bool = False
    """Whether browsers may remember that."""


ANSWER = Decision(verdict=Verdict.ANSWER)
REFUSE = Decision(verdict=Verdict.REFUSE)


def decide(kind: HttpsKind, method: str, path: str, query: str, host: str | None) -> Decision:
    """`host`: the Host header. A request without one has no address to be led to."""
    if kind == "none" or path in _OPEN or path.startswith(_OPEN_BELOW) or (host is not None and is_loopback(without_port(host))):
        return ANSWER
    if path.startswith("/api/") or method not in READING or host is None:
        return REFUSE
    if kind == "given":
        return Decision(verdict=Verdict.REDIRECT, location=f"https://{host}{quote(path)}{query and '?' + query}", for_good=True)
    if path == TRUST_PAGE or "." in path.rsplit("/", 1)[-1]:
        return ANSWER  # the page itself, and its files
    return Decision(verdict=Verdict.REDIRECT, location=f"{TRUST_PAGE}?to={quote(path, safe='/')}")


def opened_first(origin: str, kind: HttpsKind) -> str | None:
    """What a computer that does not trust us yet opens before `origin`: the same by HTTP, which leads to the page that helps. An
    address without a secret: what stands behind «#» in a link belongs to HTTPS alone. None: browsers know the certificate.
    """
    parts = urlsplit(origin)
    if kind != "own" or parts.scheme != "https" or is_loopback(parts.hostname or ""):
        return None
    return f"http://{parts.netloc}/"


def without_port(host: str) -> str:
    """``[::1]:8080`` → ``[::1]``."""
    end = host.rfind("]")
    colon = host.find(":", end + 1)
    return host if colon < 0 else host[:colon]
