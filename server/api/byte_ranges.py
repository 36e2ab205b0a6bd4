"""Which bytes a request asks for (RFC 9110 §14.1.2, §14.2). Pure."""

from __future__ import annotations

import re

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE | re.ASCII)
_SEVERAL = re.compile(r"\s*bytes\s*=[\d\s,-]*,[\d\s,-]*", re.IGNORECASE | re.ASCII)


class UnreadableRange(ValueError):
    """A Range header that means nothing."""


class NoSuchRange(ValueError):
    """It begins behind the end."""


def asked_for(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and how many; None: everything, also when several ranges are asked for, which a server may answer so (§14.2).

    Raises `UnreadableRange`, `NoSuchRange`.
    """
    if header is None or _SEVERAL.fullmatch(header):
        return None
    found = _ONE.fullmatch(header)
    if found is None or found[1] == found[2] == "":
        raise UnreadableRange
    if not found[1]:  # the last so many bytes
        count = min(int(found[2]), size)
        if count == 0:
            raise NoSuchRange
        return size - count, count
    first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
    if found[2] and int(found[2]) < int(found[1]):
        raise UnreadableRange
    if first >= size:
        raise NoSuchRange
    return first, last - first + 1
