"""What may be said of an exception to people who read logs: what kind it is and which of our own words it carries. Pure.

Invariant: nothing that `told` returns can hold a value that somebody sent. The texts of libraries quote what they were given (a
statement's parameters, the input that did not fit), so of theirs only the type is told, and of the system's the error's number.
"""

from __future__ import annotations

import os
import re

LONGEST = 300
LONGEST_READ = 4 * LONGEST
"""So much of a text is looked at: it may quote what somebody sent, and each pattern below begins anew at every character."""
_QUOTED = re.compile(r"“[^”]*(?:”|$)|«[^»]*(?:»|$)|‘[^’]*(?:’|$)|\"[^\"]*(?:\"|$)|(?<![\w'])'[^']*(?:'|$)|`[^`]*(?:`|$)")
"""Also a quotation whose end is cut off."""
_ADDRESS = re.compile(r"[^\s<>@:]+@[^\s<>@]+")
_LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d[\d ()./-]{5,}\d(?![\w.:-])")
"""Seven or more digits standing alone look like a telephone number."""


def scrubbed(text: str) -> str:
    """Our own sentence without what it quotes: strings in quotation marks, addresses and numbers of people."""
    plain = _LONG_NUMBER.sub("(number)", _ADDRESS.sub("(address)", _QUOTED.sub("“…”", text[:LONGEST_READ])))
    return plain if len(plain) <= LONGEST else plain[:LONGEST] + "…"


def told(error: BaseException, *, own_words: bool = False) -> str:
    """Its type; with `own_words` its text, too, which must have been written here."""
    kind = type(error).__name__
    if own_words:
        text = scrubbed(str(error))
        return f"{kind}: {text}" if text else kind
    if isinstance(error, OSError) and error.errno:
        return f"{kind}: [Errno {error.errno}] {os.strerror(error.errno)}"
    return kind
