"""Is a phone's peer still there? Decided from what has come from it, what its dialog says, and what time it is. Pure.

No sign alone says that a peer is gone: on hold nobody sends sound (RFC 3264 §8.4), a muted phone sends reports only, one
with silence suppression nothing at all (RFC 3551 §4.1). So whatever comes counts: sound, reports (RTCP), messages of the
dialog. When none has come for a while the peer is asked, in the dialog (OPTIONS, RFC 3261 §11, §12.2.2); every answer counts.

Invariant: a leg is `LOST` only after a question that nothing answered; `IMPAIRED` and `RECOVERED` are said in turns, and
only while the dialog says that the peer sends.

::

    HEARD ──nothing for ask_after_s──▶ ASKED ──nothing for answers_within_s──▶ LOST
      ◀────────────any sign─────────────┘
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from telephony.media_engine import LegStatistics


class PhoneLifeConfig(msgspec.Struct, frozen=True, kw_only=True):
    silent_after_s: float = 10.0
    """A phone that may send and sends no sound for so long is reported impaired."""
    ask_after_s: float = 30.0
    """A phone from which nothing has come for so long, neither sound nor reports nor messages, is asked whether it is there."""
    answers_within_s: float = 10.0
    """One that does not answer in this time is hung up: its network is gone and no BYE will come."""


class PhoneNews(StrEnum):
    IMPAIRED = "impaired"
    RECOVERED = "recovered"
    ASK = "ask"
    LOST = "lost"


class PhoneLife:
    """One leg; times are seconds of one clock."""

    def __init__(self, config: PhoneLifeConfig, now: float) -> None:
        self._config = config
        self._sound, self._signs = -1, -1
        self._sound_at = self._sign_at = now
        self._asked_at: float | None = None
        self._impaired = False

    def look(self, seen: LegStatistics, now: float) -> list[PhoneNews]:
        """What follows from these figures at this time."""
        if seen.signs_of_life != self._signs:
            self._signs, self._sign_at, self._asked_at = seen.signs_of_life, now, None
        if seen.packets_received != self._sound or not seen.sound_expected:
            self._sound, self._sound_at = seen.packets_received, now
        news = [*self._impairment(now), *self._question(now)]
        return [found for found in news if found is not None]

    def not_asked(self) -> None:
        """The question could not be sent: it is put again at the next look."""
        self._asked_at = None

    def _impairment(self, now: float) -> list[PhoneNews]:
        silent = now - self._sound_at >= self._config.silent_after_s
        if silent is self._impaired:
            return []
        self._impaired = silent
        return [PhoneNews.IMPAIRED if silent else PhoneNews.RECOVERED]

    def _question(self, now: float) -> list[PhoneNews]:
        if self._asked_at is not None:
            return [PhoneNews.LOST] if now - self._asked_at >= self._config.answers_within_s else []
        if now - self._sign_at < self._config.ask_after_s:
            return []
        self._asked_at = now
        return [PhoneNews.ASK]
