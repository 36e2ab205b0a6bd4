"""What an INVITE says about its caller: the few header fields that a leg's offer carries.

pjproject has parsed and accepted the message before; this reads its text again (RFC 3261 §7.3, §20, compact forms §7.3.3)
because pjsua2 hands over only that. It never raises: a field that cannot be read is empty, and each is short and one line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from telephony.sip.text import field, unescaped

COMPACT = {"f": "from", "t": "to", "i": "call-id", "v": "via"}
_ADDRESS = re.compile(r'(?:"((?:[^"\\]|\\.)*)"\s*|([^<"]*))<([^>]*)>')
"""Each part begins where the one before must end: a value of 60,000 spaces takes as long as one of 60,000 letters."""
_USER = re.compile(r"^(?:sips?:|tel:)([^@;?]*)", re.IGNORECASE)


Fields = tuple[tuple[str, str], ...]
"""Header fields in the message's order: (name in lower case and in full, value)."""


class Invite(NamedTuple):
    caller_uri: str
    caller_name: str
    called_uri: str
    sip_call_id: str
    user_agent: str
    transport: str
    fields: Fields


def header_lines(message: str) -> Fields:
    """Every field with its value; long names in lower case, folded lines joined (RFC 3261 §7.3.1)."""
    head = message.replace("\r\n", "\n").split("\n\n", 1)[0]
    fields: list[tuple[str, str]] = []
    for line in re.sub(r"\n[ \t]+", " ", head).split("\n")[1:]:
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon and name:
            fields.append((COMPACT.get(name, name), value.strip()))
    return tuple(fields)


def user_of(uri: str) -> str:
    """The user part of a SIP or tel URI, unescaped, without parameters or password."""
    match = _USER.match(uri.strip())
    if match is None or ("@" not in uri and not uri.lower().startswith("tel:")):
        return ""
    return unescaped(match.group(1).split(":", 1)[0])


def literal_host(uri: str) -> str:
    """The host of a SIP URI when it is an address; empty when it is a name."""
    match = re.match(r"sips?:(?:[^@]*@)?(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?=[:;?]|$)", uri.strip(), re.IGNORECASE)
    return (match[1] or match[2]) if match else ""


def split_address(value: str) -> tuple[str, str]:
    """(display name, URI) of a From or To value (RFC 3261 §20.10)."""
    match = _ADDRESS.match(value.lstrip())
    if match is None:
        return "", value.split(";", 1)[0].strip()
    quoted, plain, uri = match.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else (plain or "").strip()
    return name, uri.strip()


def read_invite(message: str) -> Invite:
    request_line = message.split("\n", 1)[0].split(" ")
    lines = header_lines(message)
    fields = dict(reversed(lines))
    name, caller_uri = split_address(fields.get("from", ""))
    via = re.match(r"SIP\s*/\s*2\.0\s*/\s*(\w+)", fields.get("via", ""), re.IGNORECASE)
    return Invite(
        caller_uri=field(caller_uri),
        caller_name=field(name),
        called_uri=field(request_line[1]) if len(request_line) > 2 else "",
        sip_call_id=field(fields.get("call-id", "")),
        user_agent=field(fields.get("user-agent", "")),
        transport=via.group(1).lower() if via else "",
        fields=lines,
    )
