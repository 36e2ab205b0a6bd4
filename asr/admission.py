"""How much a recognizer takes on: the stated order in which it sheds work when its cores are full.

Pure. Measurements in, level out; time is an argument.

::

    NONE ⇄ RARE_PARTIALS ⇄ DEFER_AGENT ⇄ NO_NEW

| level         | what changes                                                                                  |
|---------------|-----------------------------------------------------------------------------------------------|
| RARE_PARTIALS | a partial each second of speech instead of five                                               |
| DEFER_AGENT   | agent legs are no longer decoded live, neither those that run nor new ones                    |
| NO_NEW        | new calls start without live text; the customer legs that run go on                           |

Nothing is lost: what is not decoded live is decoded from the recording after the call. Phrase lists (IVR choices) are
always taken, because a caller waits for the answer and they cost little.

Invariant: the level rises and falls by one step at a time, and falls only after `calm_s` of calm.
"""

from __future__ import annotations

from enum import StrEnum

from core.model import Speaker, Value


class Shedding(StrEnum):
    """In rising order; the values are those of `AsrWorkerHeartbeat.shedding`."""

    NONE = "none"
    RARE_PARTIALS = "rare_partials"
    DEFER_AGENT = "defer_agent"
    NO_NEW = "no_new"


_ORDER = tuple(Shedding)


class Limits(Value, frozen=True, kw_only=True):
    """When to shed."""

    load: tuple[float, float, float] = (0.70, 0.82, 0.92)
    """Share of decoding time in use that leads to each level after NONE."""
    lag_s: tuple[float, float, float] = (1.0, 2.0, 4.0)
    """Sound waiting to be decoded that leads to each level, whatever the load says."""
    relief: float = 0.15
    """How far below its threshold the load must be before a level is left."""
    calm_s: float = 5.0
    max_streams: int = 120
    """Beyond this nothing live is admitted, whatever the load."""


class Measured(Value, frozen=True, kw_only=True):
    """One look at the decoding threads."""

    load: float
    """0…1 of all threads."""
    lag_s: float
    """Of the thread that is furthest behind."""


class Admission:
    """One worker's level."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._level = 0
        self._calm_since: float | None = None

    @property
    def shedding(self) -> Shedding:
        return _ORDER[self._level]

    def measure(self, measured: Measured, now: float) -> Shedding:
        """The level from now on; call it about once a second."""
        if self._level < len(_ORDER) - 1 and self._is_over(self._level, measured, 0.0):
            self._level += 1
            self._calm_since = None
        elif self._level and not self._is_over(self._level - 1, measured, self._limits.relief):
            self._calm_since = now if self._calm_since is None else self._calm_since
            if now - self._calm_since >= self._limits.calm_s:
                self._level -= 1
                self._calm_since = None
        else:
            self._calm_since = None
        return self.shedding

    def refusal(self, speaker: Speaker, is_choice: bool, streams: int) -> str | None:
        """Why a new stream is not decoded live, in words; None when it is."""
        if is_choice:
            return None
        if streams >= self._limits.max_streams:
            return f"all {self._limits.max_streams} live streams are in use"
        if self._level >= _ORDER.index(Shedding.NO_NEW):
            return "the recognizer is full: new calls start without live text"
        if speaker is Speaker.AGENT and self._level >= _ORDER.index(Shedding.DEFER_AGENT):
            return "the recognizer is nearly full: the agent's side is transcribed after the call"
        return None

    def _is_over(self, threshold: int, measured: Measured, relief: float) -> bool:
        lag_limit = self._limits.lag_s[threshold] * (0.5 if relief else 1.0)
        return measured.load >= self._limits.load[threshold] - relief or measured.lag_s >= lag_limit
