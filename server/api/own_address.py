"""The address under which whoever asks has this installation open."""

from __future__ import annotations

from fastapi import Request

from server.api.services import Services


def own_address(request: Request, deps: Services) -> str:
    """As ``https://desk.example.com``. What `sip.conf` names counts more than what a request says of itself."""
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    origins = deps.config.web.origins
    return own if not origins or own.lower() in origins else origins[0].rstrip("/")
