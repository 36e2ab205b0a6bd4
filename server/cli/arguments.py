"""What may be given to a command, whichever it is. Pure.

Checked once, before any command runs: a control character in a name would move the cursor of whoever lists it, half a surrogate
pair (bytes that the locale does not know, PEP 383) can be stored nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 4096
"""Characters; as long as a path may be (PATH_MAX of Linux)."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def wrong_with(arguments: Sequence[str]) -> str:
    """A sentence about the first that cannot be used, which it does not repeat; empty when all can."""
    for place, given in enumerate(arguments, 1):
        if len(given) > LONGEST:
            return f"Argument {place} is too long: {len(given):,} characters, at most {LONGEST:,}."
        if _SURROGATE.search(given):
            return f"Argument {place} is not text in this terminal's encoding: use a UTF-8 locale, such as LC_ALL=C.UTF-8."
        if _CONTROL.search(given):
            return f"Argument {place} holds a control character, such as a line break."
    return ""
