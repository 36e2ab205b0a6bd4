"""What a number or a text in a message may be: the types that events, commands, values and the API are written with.

Invariant: whatever is within these ranges can be compared, added to a time, said as a date, encoded and stored in every database
that Patchbay knows. A year 20261, a NaN, a NUL character or half a surrogate pair is refused where it comes in, and once more
where it is published and where it is read (`core/codec.py`), so that nobody behind has to be afraid of it.

Ranges are wide: they catch what cannot be right at all. What makes sense for one field (a ring time, a capacity) is the business
of whoever owns it.
"""

from __future__ import annotations

import re
from typing import Annotated
from unicodedata import category

from msgspec import Meta

EARLIEST_S = 0.0
"""1970: nothing that is told as it happens is older."""
LATEST_S = 4_102_444_800.0
"""2100-01-01 UTC. Far enough for us, and every calendar and database can say it."""
PROMISE_AHEAD_S = 366 * 86_400.0
"""Nobody promises a call for later than in a year."""
LONGEST_S = 1e9
LARGEST_COUNT = 2**31 - 1
"""What PostgreSQL's `integer` holds."""
LARGEST_SIZE = 2**53 - 1
"""What JavaScript's numbers hold exactly (RFC 8259 §6)."""
LARGEST_POINTS = 1e6
LONGEST_ID = 128
LONGEST_NAME = 1_000
LONGEST_TEXT = 100_000
LONGEST_ENCODED = 10_000_000

_STORABLE = r"^[^\x00]*$"
"""PostgreSQL stores no NUL in a text; halves of surrogate pairs cannot be encoded at all (RFC 3629 §3)."""
_PRINTABLE = r"^[!-~]*$"
"""ASCII without the space, control characters and anything that needs an encoding: ids stand in keys, addresses and logs."""

Instant = Annotated[float, Meta(ge=EARLIEST_S, le=LATEST_S)]
"""Seconds since the epoch, UTC."""
Seconds = Annotated[float, Meta(ge=-LONGEST_S, le=LONGEST_S)]
"""A length of time; less than nothing when a clock was set back meanwhile."""
Milliseconds = Annotated[int, Meta(ge=-LARGEST_COUNT, le=LARGEST_COUNT)]
Count = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)]
Size = Annotated[int, Meta(ge=0, le=LARGEST_SIZE)]
Level = Annotated[int, Meta(ge=0, le=100)]
"""Of a skill: 1 to 5 by the rules of the configuration."""
Points = Annotated[float, Meta(ge=-LARGEST_POINTS, le=LARGEST_POINTS)]
"""Priority, and what it is added up from."""
WholePoints = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Whole = Annotated[int, Meta(ge=-LARGEST_SIZE, le=LARGEST_SIZE)]
Measure = Annotated[float, Meta(ge=-LONGEST_S, le=LONGEST_S)]
"""Any other number that was measured: finite, and of a size that can be shown."""

IdText = Annotated[str, Meta(max_length=LONGEST_ID, pattern=_PRINTABLE)]
Name = Annotated[str, Meta(max_length=LONGEST_NAME, pattern=_STORABLE)]
"""What stands in one line: a name, a number as dialled, a reason, a path."""
Text = Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=_STORABLE)]
"""What people write and say, and descriptions of sessions (SDP)."""

Sealed = Annotated[bytes, Meta(max_length=LONGEST_NAME)]
Encoded = Annotated[bytes, Meta(max_length=LONGEST_ENCODED)]
"""A whole message."""

_UNSHOWN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
"""Control characters but tab and line feed, line ends of other kinds, halves of surrogate pairs."""
_TURNING = "\u202a-\u202e\u2066-\u2069"
"""They turn the direction of text (UAX #9 §2.1-2.4): a name with one changes how the number beside it reads."""
_NOT_IN_A_LINE = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff{_TURNING}]")
"""Line ends and the like count as space."""
_NOT_IN_TEXT = re.compile(f"[{_UNSHOWN}{_TURNING}]")
_UNSEEN = frozenset({"Cf", "Mn", "Me", "Zs"})
"""Unicode categories that nobody sees when nothing else is there: joiners, marks without a letter, spaces."""
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols by category that are drawn as nothing: Hangul fillers, the Braille pattern without dots."""


def one_line(text: str) -> str:
    """A person's text as one line: without what cannot be shown or stored or turns what stands beside it, no space in excess.
    Empty when nobody would see anything.
    """
    line = " ".join(_NOT_IN_A_LINE.sub("", text).split())
    return line if any(category(each) not in _UNSEEN and each not in _BLANK for each in line) else ""


def lines(text: str) -> str:
    """The same for what may have lines."""
    return _NOT_IN_TEXT.sub("", text.replace("\r\n", "\n")).strip()


def fit_name(text: str, limit: int = LONGEST_NAME) -> str:
    """A stranger's text as a name: one line, and no longer than a name is."""
    return one_line(text[: 4 * limit])[:limit].strip()


def fit_id(text: str) -> bool:
    """Whether it could be an id at all."""
    return 0 < len(text) <= LONGEST_ID and text.isascii() and text.isprintable() and " " not in text


def promise_fits(at: float, now: float) -> bool:
    """Whether a call may be promised for this time; «not a number» fits nowhere. A moment that has just passed means at once."""
    return EARLIEST_S <= at <= min(LATEST_S, now + PROMISE_AHEAD_S)
