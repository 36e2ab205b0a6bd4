"""Whether the bytes of a request are text at all: addresses, queries, JSON. Pure.

Invariant: behind these checks no route meets text that cannot be stored, logged or shown: not UTF-8, half a surrogate pair, a
number that is none, or a structure deeper than anything we write. NUL is refused in addresses here, in bodies by `bodies.Body`.
Source: RFC 3986 §2.1 (percent-encoding), RFC 8259 §7, §8.1 and §9 (JSON, UTF-8, limits of a parser).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

LONGEST_PATH = 2_000
LONGEST_QUERY = 16_000
"""A report names up to 500 queues."""
DEEPEST = 40
"""Of a JSON body; a configuration document is 8 deep."""
MOST_PARTS = 300_000
"""Commas and brackets of a JSON body, also those within texts. A document of ten thousand agents has 200,000 values; two million
empty lists fit into its bytes, too, and would take seconds of everybody's time before anybody had looked at them."""
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUL = "\0"


class Refusal(msgspec.Struct, frozen=True):
    """What the sender is told."""

    status: int
    code: str
    sentence: str


_NOT_WELL_FORMED = Refusal(400, "bad_request", "The address is not well-formed: it must be UTF-8 text, percent-encoded.")
_TOO_LONG = Refusal(414, "too_long", "The address is too long.")
_NO_SUCH_ADDRESS = Refusal(404, "not_found", "There is no such address.")


def check_address(raw_path: bytes, query: bytes) -> Refusal | None:
    """None: path and query can be read, as the bytes of the request line (ASGI `raw_path`, `query_string`)."""
    if len(raw_path) > LONGEST_PATH or len(query) > LONGEST_QUERY:
        return _TOO_LONG
    path, words = _text(raw_path), _text(query)
    if path is None or words is None or _CONTROL.search(path) or _NUL in words:
        return _NOT_WELL_FORMED
    if any(segment in {".", ".."} for segment in path.split("/")):
        return _NO_SUCH_ADDRESS
    return None


def _text(escaped: bytes) -> str | None:
    if _BROKEN_ESCAPE.search(escaped):
        return None
    try:
        return unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return None


def check_json(body: bytes) -> str | None:
    """What is wrong with a body, in words; None when it is strict JSON."""
    if len(body) > MOST_PARTS and sum(map(body.count, (b",", b"[", b"{"))) > MOST_PARTS:
        return f"more than {MOST_PARTS:,} parts"
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        return f"deeper than {DEEPEST} levels"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"no JSON (RFC 8259): {error}"
    if _is_too_deep(value):
        return f"deeper than {DEEPEST} levels"
    return None


def _is_too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        parts = (part for each in level for part in (each.values() if isinstance(each, dict) else each))
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return False
    return True
