"""The callback that `enqueue` offers to those who wait: when, by which key, in which words.

::

    waiting ──key, once offered──▶ CONFIRMING ──key again──▶ REQUESTING ──the ACD agrees──▶ GOODBYE, and the line is closed
       ▲                               │                         │
       └───────(another key, or none)──┘◀──────(too late)────────┘

The number is the caller's own: it stands in the call's record, and nowhere else. Who withholds it is offered nothing, and nobody
is where no trunk takes calls from us: a promise that cannot be kept is not made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from core.model import Value
from core.problems import Complaint, Where
from ivr.actions import Prompt, SpokenText
from ivr.flow import prompts
from ivr.mistakes import FlowMistake
from ivr.quantities import Seconds
from ivr.results import Context
from ivr.text import Text, fixed_pieces
from ivr.words import number_word

_CALLABLE = re.compile(r"\+?[0-9]{3,32}")

OFFER: Text = {
    "en": "You can hang up without losing your place. To be called back, press {key}.",
    "zh": "您可以挂断电话而不失去排队位置。如需我们回电，请按{key}。",
}
CONFIRM: Text = {
    "en": "We will call you back on {caller:digits}. To confirm, press {key} again. To stay on the line, press any other key.",
    "zh": "我们将拨打{caller:digits}给您回电。确认请再按一次{key}。继续等候请按其他键。",
}
GOODBYE: Text = {
    "en": "Thank you. You keep your place in line, and we will call you back. Goodbye.",
    "zh": "谢谢。您的排队位置已保留，我们会给您回电。再见。",
}


class OfferState(StrEnum):
    """How far this caller has come."""

    NONE = "none"
    OFFERED = "offered"
    """Has heard of it: the key counts from now on."""
    CONFIRMING = "confirming"
    REQUESTING = "requesting"
    GOODBYE = "goodbye"


class CallbackOffer(Value, frozen=True):
    """Offers to call back; the place in line is kept."""

    after_s: Seconds = 60.0
    """Offered with the first announcement after this long a wait …"""
    expected_over_s: Seconds | None = None
    """… or at once, when the expected wait is longer than this."""
    key: str | int = 1
    offer: Text | None = None
    """Standard sentences when not given; own ones name the key themselves, and `{caller:digits}` is the number."""
    confirm: Text | None = None
    goodbye: Text | None = None
    confirm_s: Seconds = 8.0
    """How long after the question the second press may take."""

    @property
    def digit(self) -> str:
        return str(self.key)

    def is_due(self, waited_s: float, expected_wait_s: float | None, context: Context) -> bool:
        """Whether it is time to offer it to this caller."""
        if _CALLABLE.fullmatch(context.variables.get("caller", "")) is None or context.variables.get("can_call_back") == "no":
            return False
        long = self.expected_over_s is not None and expected_wait_s is not None and expected_wait_s > self.expected_over_s
        return long or waited_s >= self.after_s

    def words(self, state: OfferState, context: Context) -> tuple[Prompt, ...]:
        """What is said at the beginning of a state."""
        text = self._text(state)
        key = self.digit if not self.digit.isdigit() else number_word(int(self.digit), context.language)
        return prompts(text, None, context._replace(variables={**context.variables, "key": key}))

    def _text(self, state: OfferState) -> Text:
        match state:
            case OfferState.CONFIRMING:
                return CONFIRM if self.confirm is None else self.confirm
            case OfferState.GOODBYE:
                return GOODBYE if self.goodbye is None else self.goodbye
            case _:
                return OFFER if self.offer is None else self.offer

    def texts(self) -> Iterator[tuple[Where, Text]]:
        """The author's own."""
        for field in ("offer", "confirm", "goodbye"):
            if (text := getattr(self, field)) is not None:
                yield (field,), text

    def standard_pieces(self, language: str) -> Iterator[SpokenText]:
        for text, given in ((OFFER, self.offer), (CONFIRM, self.confirm), (GOODBYE, self.goodbye)):
            if given is None:
                for piece in fixed_pieces(text, language):
                    if piece.language == language:
                        yield piece

    def complaints(self) -> Iterator[Complaint]:
        if re.fullmatch(r"[0-9*#]", self.digit) is None:
            yield FlowMistake.NOT_A_KEY.at(("key",), field="key", value=self.digit)
        if self.after_s < 0 or self.confirm_s <= 0:
            yield FlowMistake.OFFER_TIMES.at()
