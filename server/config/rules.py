"""What the type of a key cannot say: rules of more than one key, and of texts that must name something. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS

from core.files import checked
from server.config.sections import (
    Acme,
    FileStore,
    General,
    Limits,
    Mail,
    Media,
    Oidc,
    Outbox,
    Region,
    Section,
    Sip,
    Storage,
    Trunk,
    Web,
)
from server.https.names import is_host_name
from server.origins import ANY, is_origin
from server.safe_url import is_safe

LEAST_KEEP_ALIVE_S = 5.0
"""Nobody likes to be asked more often."""


class BadSetting(NamedTuple):
    keys: tuple[str, ...]
    """What it is about; shown at the first that is written."""
    text: str


def named_complaints(section: Trunk | Region) -> Iterator[BadSetting]:
    """Of the sections that may repeat."""
    if isinstance(section, Trunk):
        yield from _trunk(section)
    else:
        yield from _networks("networks", section.networks)


def _trunk(trunk: Trunk) -> Iterator[BadSetting]:
    yield from _networks("networks", trunk.networks)
    yield from _country(trunk.country)
    if trunk.keep_alive_s and not trunk.proxy:
        yield BadSetting(("keep_alive_s",), "keep_alive_s needs a proxy: that is who is asked")
    if 0 < trunk.keep_alive_s < LEAST_KEEP_ALIVE_S:
        yield BadSetting(("keep_alive_s",), f"keep_alive_s is 0 (never) or at least {LEAST_KEEP_ALIVE_S:g}")


def _limits(limits: Limits) -> Iterator[BadSetting]:
    if limits.sip_connections_of_strangers > limits.sip_connections // 2:
        keys = ("sip_connections_of_strangers", "sip_connections")
        yield BadSetting(keys, "sip_connections_of_strangers must be at most half of sip_connections: trunks need the rest")


def _general(general: General) -> Iterator[BadSetting]:
    if not _is_time_zone(general.time_zone):
        yield BadSetting(("time_zone",), f"time_zone: «{general.time_zone}» is no time zone (as Europe/London)")
    yield from _country(general.country)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name of a file; a folder of zones, as «Europe»
        return False
    return True


def _sip(sip: Sip) -> Iterator[BadSetting]:
    if not (sip.udp or sip.tcp):
        yield BadSetting(("udp", "tcp"), "udp and tcp are both off: no call could come in")


def _media(media: Media) -> Iterator[BadSetting]:
    if media.first_rtp_port >= media.last_rtp_port:
        yield BadSetting(("last_rtp_port", "first_rtp_port"), "last_rtp_port must be above first_rtp_port")
    first, last = media.first_browser_port, media.last_browser_port
    if first > last or bool(first) != bool(last):
        text = "last_browser_port must not be below first_browser_port; both 0: any port"
        yield BadSetting(("last_browser_port", "first_browser_port"), text)


DATABASES = re.compile(r"(sqlite|postgresql)(\+\w+)?://")
REDISES = re.compile(r"(rediss?|unix)://")


def _storage(storage: Storage) -> Iterator[BadSetting]:
    """Without the value, which may hold a password."""
    if storage.database_url and not DATABASES.match(storage.database_url):
        yield BadSetting(("database_url",), "database_url begins with postgresql:// or sqlite:///")
    if storage.redis_url and not REDISES.match(storage.redis_url):
        yield BadSetting(("redis_url",), "redis_url begins with redis://, rediss:// or unix://")


BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
"""As Amazon S3 names them, and with the underscores that others allow."""
LONGEST_PREFIX = 120
"""A key of S3 has 1024 bytes, for this and the file's name."""


def _files(files: FileStore) -> Iterator[BadSetting]:
    """Without the keys."""
    if (files.access_key == "") != (files.secret_key == ""):
        yield BadSetting(("access_key", "secret_key"), "access_key and secret_key belong together")
    if files.endpoint:
        yield from _endpoint(files)
    elif files.allow_http:
        yield BadSetting(("allow_http",), "allow_http needs an endpoint: Amazon's is asked by https")
    if files.url:
        yield from _place(files)


def _endpoint(files: FileStore) -> Iterator[BadSetting]:
    if not files.url.startswith("s3:"):
        yield BadSetting(("endpoint",), "endpoint needs a url: s3://bucket/prefix")
    scheme, host = _split(files.endpoint)
    if scheme not in {"https", "http"} or not host:
        yield BadSetting(("endpoint",), "endpoint is an address as https://s3.example.com, without user, path and query")
    elif scheme == "http" and not files.allow_http:
        yield BadSetting(("endpoint", "allow_http"), "endpoint is not encrypted: give an https address, or say allow_http = yes")


def _place(files: FileStore) -> Iterator[BadSetting]:
    try:
        parts = urlsplit(files.url)
        path = unquote(parts.path, errors="strict").strip("/")
        checked(path or "nothing")
        if len(path.encode()) > LONGEST_PREFIX:
            raise ValueError("too long")
    except ValueError:
        yield BadSetting(("url",), "url: what follows the bucket is a path of ordinary names, not too long and without . and ..")
        return
    extra = parts.query or parts.fragment
    if parts.scheme == "file" and (parts.netloc or not path or extra):
        yield BadSetting(("url",), "url: a directory is written as file:///mnt/files/patchbay")
    elif parts.scheme == "s3" and (extra or not BUCKET.fullmatch(parts.netloc)):
        yield BadSetting(("url",), "url: an S3 store is written as s3://bucket or s3://bucket/prefix, without user and query")
    elif parts.scheme not in {"file", "s3"}:
        yield BadSetting(("url",), "url begins with s3:// or file:///")


def _split(address: str) -> tuple[str, str]:
    """Scheme and host of an address that has nothing else but a port; otherwise empty."""
    try:
        parts = urlsplit(address)
        plain = parts.port != 0 and parts.username is None and parts.path in {"", "/"} and not (parts.query or parts.fragment)
    except ValueError:  # half an IPv6 address, a port that is none
        return "", ""
    host = parts.hostname or ""
    return (parts.scheme, host) if plain and re.fullmatch(r"[A-Za-z0-9.:_-]+", host) else ("", "")


def _web(web: Web) -> Iterator[BadSetting]:
    if bool(web.certificate) != bool(web.certificate_key):
        yield BadSetting(("certificate", "certificate_key"), "certificate and certificate_key belong together")
    for wrong in (each for each in web.names if not (is_host_name(each) or (_is_network(each) and "/" not in each))):
        yield BadSetting(("names",), f"names: «{wrong}» is no host name or address")
    for key, origins in (("origins", web.origins), ("widget_origins", web.widget_origins)):
        for wrong in (each for each in origins if not is_origin(each) and not (key == "widget_origins" and each == ANY)):
            yield BadSetting((key,), f"{key}: «{wrong}» is no origin (as https://desk.example.com)")
    yield from _networks("trusted_proxies", web.trusted_proxies)
    yield from _networks("metrics_from", web.metrics_from)


def _acme(acme: Acme) -> Iterator[BadSetting]:
    for wrong in (each for each in acme.names if not is_host_name(each) or "." not in each or _is_network(each)):
        yield BadSetting(("names",), f"names: «{wrong}» is no host name of the internet (as pbx.example.com)")
    if bool(acme.key_id) != bool(acme.key):
        yield BadSetting(("key_id", "key"), "key_id and key belong together")
    if acme.directory and not is_safe(acme.directory):
        yield BadSetting(("directory",), f"directory: «{acme.directory}» is no https address")
    if acme.directory and not acme.names:
        yield BadSetting(("names", "directory"), "names is missing: the certificate is for at least one host name")
    if acme.directory and not acme.agree_to_terms:
        text = "agree_to_terms must be yes: read the authority's terms of service first"
        yield BadSetting(("agree_to_terms", "directory"), text)


MAY_BE_ANY = frozenset({"networks", "metrics_from"})


def _mail(mail: Mail) -> Iterator[BadSetting]:
    if mail.host and not mail.sender:
        yield BadSetting(("sender", "host"), "sender is missing: every e-mail says whom it comes from")
    if mail.tls == "none" and mail.password:
        yield BadSetting(("tls", "password"), "tls = none would send the password for everybody to read")


def _oidc(oidc: Oidc) -> Iterator[BadSetting]:
    if not oidc.issuer:
        return
    if not is_safe(oidc.issuer):
        yield BadSetting(("issuer",), f"issuer: «{oidc.issuer}» is no https address (as https://id.example.com)")
    if not oidc.client_id:
        yield BadSetting(("client_id", "issuer"), "client_id is missing: the provider must know who asks")
    if "openid" not in oidc.scopes:
        yield BadSetting(("scopes",), "scopes must hold openid: without it the provider says nothing of who signs in")


def _networks(key: str, networks: tuple[str, ...]) -> Iterator[BadSetting]:
    for wrong in (each for each in networks if not _is_network(each) and not (key in MAY_BE_ANY and each == ANY)):
        yield BadSetting((key,), f"{key}: «{wrong}» is no address or network (as 192.0.2.0/24)")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _country(country: str) -> Iterator[BadSetting]:
    if country and country not in SUPPORTED_REGIONS:
        yield BadSetting(("country",), f"country: «{country}» is no region of telephone numbers (ISO 3166-1, as GB)")


def _outbox(outbox: Outbox) -> Iterator[BadSetting]:
    yield from _networks("allow_networks", outbox.allow_networks)


_RULES: dict[type[Section], Callable[[Any], Iterator[BadSetting]]] = {
    General: _general,
    Sip: _sip,
    Media: _media,
    Storage: _storage,
    FileStore: _files,
    Web: _web,
    Limits: _limits,
    Acme: _acme,
    Mail: _mail,
    Oidc: _oidc,
    Outbox: _outbox,
}


def section_complaints(section: Section) -> Iterator[BadSetting]:
    rule = _RULES.get(type(section))
    return rule(section) if rule is not None else iter(())
