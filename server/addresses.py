"""Under which addresses an installation is opened: by itself, by other computers, as `sip.conf` says."""

from __future__ import annotations

from server.config import Config
from server.config.sections import LOOPBACK
from server.https.names import names_of_this_machine


def local_url(config: Config) -> str:
    """For this machine itself, where HTTP is as good as HTTPS."""
    host = "localhost" if config.web.bind in {"0.0.0.0", "::", *LOOPBACK} else config.web.bind
    return f"http://{host}:{config.web.port}"


def network_url(config: Config) -> str | None:
    """For other computers; None: none reaches this one by HTTPS."""
    if config.https_kind == "none":
        return None
    if config.acme.directory:
        return f"https://{config.acme.names[0]}:{config.web.port}"
    if config.web.bind not in {"0.0.0.0", "::"}:
        return f"https://{_in_url(config.web.bind)}:{config.web.port}"
    hosts, addresses = names_of_this_machine(config.web.names).sorted()
    outside = sorted((each for each in addresses if not each.is_loopback), key=lambda each: (each.version, not each.is_private))
    if config.web.names:
        return f"https://{_in_url(config.web.names[0])}:{config.web.port}"
    return f"https://{_in_url(str(outside[0])) if outside else hosts[0]}:{config.web.port}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def public_url(config: Config) -> str:
    """Where other computers reach it, as far as `sip.conf` says so."""
    return config.web.origins[0] if config.web.origins else local_url(config)


def invited_to(config: Config) -> str:
    """Where somebody at a computer of their own opens a link that they were given."""
    return public_url(config) if config.web.origins else network_url(config) or local_url(config)
