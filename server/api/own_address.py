"""The address under which whoever asks has this installation open."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from server.api.services import Services
from server.config.sections import LOOPBACK


def own_address(request: Request, deps: Services) -> str:
    """As ``https://desk.example.com``. What `sip.conf` names counts more than what a request says of itself."""
    own = f"{request.scope['scheme']}://{request.headers.get('host', '')}"  # `request.url` fails for a Host that is none
    origins = deps.config.web.origins
    return own if not origins or own.lower() in {each.lower() for each in origins} else origins[0]


def address_for_others(request: Request, deps: Services, elsewhere: str) -> str:
    """For a letter or a line in other pages: what only this computer reaches is no address for somebody else, who gets
    `elsewhere` then.
    """
    own = own_address(request, deps)
    try:
        host = urlsplit(own).hostname
    except ValueError:  # a Host header that is none
        host = None
    return elsewhere if host is None or host in LOOPBACK else own
