"""What somebody who may not see whole telephone numbers reads instead: their last digits. Pure.

Invariant: whatever leaves for such a reader, by an answer, a live message or an export, has passed `masked`, which walks the
whole value and knows no types: a text added tomorrow is masked tomorrow. A number is masked wherever it stands, in a field of its
own, in a summary, a note or a transcript, in digits (E.164 or as people write it at home) or in spoken words. Names are not
masked: agents speak with these people.

Masking is for the eye; that nobody completes a number by asking again and again is the search's business
(`customers/search.py`). What masking cannot know: a number spoken in pieces between other words, or told by an agent who heard
it.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from customers.model import Segment
from server.schemas import LiveCall

T = TypeVar("T")

VISIBLE_DIGITS = 3
_LEAST_DIGITS = 7
"""Shorter ones are extensions, order numbers and amounts; E.164 has at most 15."""
_IDS = re.compile(r".*_ids?$|epoch|next|version|sdp|language|time_zone")
"""Fields that programs read: nothing in them was written by people."""
_DATE = r"\d{4}-\d{2}-\d{2}(?![\d-])|\d{1,2}[./]\d{1,2}[./]\d{2}(?:\d\d)?(?![\d./-])"
_BETWEEN = r"[\s\u00a0\u2009\u200b\u202f()./\u2010-\u2015\u30fb\u00b7-]{0,3}"
_NUMBER = re.compile(rf"(?<![A-Za-z0-9_#])(?<![A-Za-z]-)(?!{_DATE})[+\uff0b(]{{0,2}}\d(?:{_BETWEEN}\d){{{_LEAST_DIGITS - 1},}}")
_WORD = (
    r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|double|triple|plus)"
)
_SPOKEN = re.compile(rf"(?<![a-z]){_WORD}(?:[\s,.-]+{_WORD}){{5,}}(?![a-z])", re.IGNORECASE)
_SPOKEN_ZH = re.compile(r"[零〇一二三四五六七八九幺两](?:\s*[零〇一二三四五六七八九幺两]){6,}")
_RUN = re.compile(rf"(?<![a-z]){_WORD}(?:[\s,.-]+{_WORD}(?![a-z])){{2,}}[\s,.-]*", re.IGNORECASE)
_RUN_ZH = re.compile(r"[零〇一二三四五六七八九幺两](?:\s*[零〇一二三四五六七八九幺两]){2,}\s*")
"""Whole runs, each read once: a pattern that asks for the text's end tries again from every word (8,000 words took 39 s)."""
HIDDEN = "••••"


def mask_text(text: str) -> str:
    """Every run of digits that may be a telephone number, and every one that was spoken, but for its end."""
    if len(text) < _LEAST_DIGITS:
        return text
    text = _NUMBER.sub(lambda found: f"{HIDDEN} {_digits(found[0])[-VISIBLE_DIGITS:]}", text)
    text = _SPOKEN.sub(lambda found: f"{HIDDEN} {' '.join(re.split(r'[ ,.-]+', found[0])[-VISIBLE_DIGITS:])}", text)
    return _SPOKEN_ZH.sub(lambda found: f"{HIDDEN} {''.join(found[0].split())[-VISIBLE_DIGITS:]}", text)


def numbers_in(text: str) -> list[str]:
    """What `mask_text` takes for telephone numbers, as they stand there."""
    return [found[0] for found in _NUMBER.finditer(text)]


def mask_unfinished(text: str) -> str:
    """Of words that are still being spoken: a number at their end may grow, and each form of it would show another part."""
    return mask_text(_without_last(_RUN_ZH, _without_last(_RUN, text)))


def _without_last(run: re.Pattern[str], text: str) -> str:
    """Without the run that ends where the text ends."""
    return run.sub(lambda found: HIDDEN if found.end() == len(text) else found[0], text)


def masked(value: T) -> T:
    """The whole value as somebody reads it who may not see whole numbers."""
    shown: T = _walked(value)
    return shown


def _walked(value: Any) -> Any:
    if type(value) is str:
        return mask_text(value)
    if isinstance(value, Segment):
        return mask_segment(value)
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    if isinstance(value, tuple):
        return tuple(map(_walked, value))
    if isinstance(value, list):
        return list(map(_walked, value))
    if isinstance(value, dict):
        return {key: _walked(each) for key, each in value.items()}
    return value


def _struct(value: msgspec.Struct) -> msgspec.Struct:
    changes = {}
    for field in value.__struct_fields__:
        before = getattr(value, field)
        if _IDS.fullmatch(field) or (field == "caller" and isinstance(value, LiveCall) and value.outbound):
            continue  # who calls a customer back sees which number is dialled: other agents are sent no call of theirs
        if field == "last_words":
            after: Any = mask_unfinished(before)
        elif field == "phones":
            after = tuple(map(mask_phone, before))
        else:
            after = _walked(before)
        if after is not before and after != before:
            changes[field] = after
    return msgspec.structs.replace(value, **changes) if changes else value


def mask_phone(number: str) -> str:
    """A field that holds a number and nothing else is masked however short it is."""
    digits = _digits(number)
    return f"{HIDDEN} {digits[-VISIBLE_DIGITS:]}" if len(digits) > VISIBLE_DIGITS else number


def mask_segment(segment: Segment) -> Segment:
    """With its single words, which would tell the number again."""
    text = mask_text(segment.text) if segment.final else mask_unfinished(segment.text)
    if text == segment.text:
        return segment
    return msgspec.structs.replace(segment, text=text, words=())


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
