"""What encoding a file that somebody hands in is in: read where that is certain, named for what it is where it is not. Pure.

UTF-8 with or without a byte order mark, UTF-16 and UTF-32 are certain (RFC 3629 §6, RFC 2781 §4.3; without a mark by the NUL in
every other byte of ordinary text). The old single-byte encodings are not: any byte means something in all of them, so they are
named, with the place, and read only by whoever says so.
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOK_AT = 4096
_SHOWN = 12
"""So many characters around the first strange byte tell people which file it is."""


class NotText(ValueError):
    """The bytes are no text that can be read for certain; says what they look like, and where."""


def encoding_of(start: bytes) -> str:
    """By the first bytes of a file: a codec's name, UTF-8 when nothing speaks against it."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    sample = start[:_LOOK_AT]
    if len(sample) >= 4 and b"\0" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if odd > len(sample) // 4 and not even:
            return "utf-16-le"
        if even > len(sample) // 4 and not odd:
            return "utf-16-be"
    return "utf-8"


def text_of(data: bytes, encoding: str = "") -> str:
    """The text. `encoding`: as somebody said; empty: detected. Raises `NotText`."""
    name = encoding or encoding_of(data)
    try:
        return data.decode(name)
    except LookupError:
        raise NotText(f"there is no encoding named «{encoding}»") from None
    except UnicodeDecodeError as error:
        raise NotText(what_it_is(data, error.start, name)) from None


def what_it_is(data: bytes, place: int, name: str = "utf-8") -> str:
    """A sentence about bytes that are not in the encoding they should be in."""
    lines_before = data.count(b"\n", 0, place)
    line = f"line {lines_before + 1}, " if b"\n" in data.rstrip() else ""
    where = f"{line}byte 0x{data[place]:02x}" if place < len(data) else f"{line}its end"
    if name not in {"utf-8", "utf-8-sig"}:
        return f"begins as {name.upper()}, but breaks off at {where}"
    looks = _looks_like(data)
    if looks is None:
        return f"is not UTF-8 at {where}, and no text in another encoding either"
    around = data[max(place - _SHOWN, 0) : place + _SHOWN].decode(looks[1], errors="replace")
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in around).split())
    return f"is not UTF-8 at {where}: it looks like {looks[0]} («{shown}»). Save it as UTF-8"


def _looks_like(data: bytes) -> tuple[str, str] | None:
    """What people call it, and its codec. Bytes 0x80 to 0x9F are letters and dashes in Windows-1252, controls in Latin-1."""
    if b"\0" in data:
        return None
    high = {byte for byte in data if byte >= 0x80}
    if not any(0x80 <= byte <= 0x9F for byte in high):
        return "Latin-1 (ISO 8859-1)", "latin-1"
    return None if high & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else ("Windows-1252", "cp1252")
