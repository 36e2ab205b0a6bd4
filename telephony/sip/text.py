"""Text that crosses the SIP border, either way.

What comes in has been made text by the native border (`telephony/native/text.hpp`); escapes are undone only here, and what
they hid meets the same rules. What goes out must be one line: a line end in a header would begin another header (RFC 3261 §7.3).
Pure.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from telephony.media_engine import EngineError

LONGEST_FIELD = 256
"""Characters of a name, number or id that go on; no person's name or number is longer, and nobody's disk is filled with one."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Line ends, and what turns the direction of text (UAX #9 §2.1-2.4): a name with it changes how the number beside it reads."""


def field(text: str) -> str:
    """One header field's text for the rest of Patchbay: one line, without control characters, not too long."""
    return _CONTROL.sub("\ufffd", text[:LONGEST_FIELD])


def unescaped(text: str) -> str:
    """A URI's part with its %-escapes undone (RFC 3986 §2.1); escaped bytes that are no UTF-8 are U+FFFD."""
    return field(unquote(text))


def line(what: str, text: str) -> str:
    """Text of ours on its way into a SIP message. Raises `EngineError` when it is not one line of characters."""
    if _CONTROL.search(text) is not None:
        raise EngineError("bad_argument", f"{what} has characters that no SIP message can carry")
    return text
