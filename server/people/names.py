"""User names: what may be one, and which one somebody gets who was given none. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from core.ranges import one_line

LONGEST = 100
_UNSEEN = frozenset({"Cc", "Cf"})
"""Unicode categories: control characters, and those that only say how others are drawn."""
_ALLOWED = re.compile(r"(?!-)[^\s@/\\\"'<>\x00-\x1f\x7f]{1,100}")


def is_username(text: str) -> bool:
    """Without spaces, and without «@»: no user name is an e-mail address, which signs in, too. It is no option of a command.
    Nothing in it is unseen, or turns what stands beside it: it would look like somebody else's.
    """
    return _ALLOWED.fullmatch(text) is not None and _is_seen(text)


def is_email(text: str) -> bool:
    """That it could be one; whether it is one, only a mail that arrives can tell."""
    local, at, domain = text.rpartition("@")
    fits = bool(at and local and domain) and len(text) <= 254 and _is_seen(text)
    return fits and not re.search(r"[\s,;<>\"]|@", local + domain)


def _is_seen(text: str) -> bool:
    return text == one_line(text) and not any(unicodedata.category(letter) in _UNSEEN for letter in text)


def slug(text: str, between: str = "_") -> str:
    """``Jean-Baptiste O’Connor`` → ``jean_baptiste_o_connor``; empty when nothing of it is a letter or digit of ASCII."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", between, plain).strip(between)[:40]


def username_of(name: str, email: str | None, taken: Collection[str]) -> str:
    """From the e-mail address, else the first word of the name; with a number when somebody has it already."""
    local = (email or "").partition("@")[0].lower()
    first = slug(name.split(maxsplit=1)[0], ".") if name.split() else ""
    base = local if is_username(local) else first or slug(name, ".") or "person"
    return free(base, taken)


def free(base: str, taken: Collection[str], between: str = "") -> str:
    """`base`, or the first of ``base2``, ``base3``, … that is not taken."""
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}{between}{number}"
    return candidate
