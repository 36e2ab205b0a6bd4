"""What a caller enters secretly is in the flow's memory and nowhere else: not in events, not in the store, not in a prompt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.problems import FlowRefused
from tests.ivr.callers import Caller, flow_of
from tests.ivr.installation import Installation

PIN = "D*ABC*DA"
STEPS = """
    hello: {verb: say, text: Welcome., next: ask}
    ask: {verb: collect, ask: Your PIN please., into: pin, next: copy, secret: true, otherwise: bye, timeout_s: 30}
    copy: {verb: set, values: {entered: "PIN {pin}"}, next: check}
    check:
      verb: branch
      cases:
        - {if: pin, is: "D*ABC*DA", go: more}
      otherwise: bye
    more:
      verb: menu
      ask: Orders or billing.
      timeout_s: 30
      options:
        - {digit: 1, go: known}
      otherwise: bye
    known:
      verb: branch
      cases:
        - {if: entered, is: "PIN D*ABC*DA", go: bye}
      otherwise: lost
    lost: {verb: hang_up, say: Lost.}
    bye: {verb: hang_up, say: Good-bye.}
"""


class Kept:
    """Everything that was ever written to the store or published, byte for byte."""

    def __init__(self, ivr: Installation) -> None:
        self._ivr = ivr
        self._saved: list[bytes] = []
        save = ivr.store.save

        async def saving(kind: str, key: str, value: bytes) -> None:
            self._saved.append(value)
            await save(kind, key, value)

        ivr.store.save = saving  # type: ignore[method-assign]

    def holds_nothing_of(self, secret: str) -> bool:
        everything = [*self._saved, repr(self._ivr.bus.published).encode(), repr(self._ivr.commands).encode()]
        parts = [secret[place : place + 4].encode() for place in range(len(secret) - 3)]
        return bool(self._saved) and not any(part in data for data in everything for part in parts)


@pytest.fixture
async def ivr(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(flow_of(STEPS), tmp_path).running() as installation:
        yield installation


async def test_a_pin_is_stored_and_told_nowhere(ivr: Installation) -> None:
    kept = Kept(ivr)
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.hears("Your PIN please.")
    for digit in PIN + "#":
        await ivr.presses(digit)
    await ivr.hears("Orders or billing.")
    await ivr.presses("1")
    await ivr.hears("Good-bye.")
    assert kept.holds_nothing_of(PIN)


async def test_a_pin_that_is_typed_ahead_is_stored_nowhere_either(ivr: Installation) -> None:
    kept = Kept(ivr)
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    for digit in PIN + "#":
        await ivr.presses(digit)
    await ivr.hears("Orders or billing.")
    assert kept.holds_nothing_of(PIN)


async def test_after_a_restart_a_lost_pin_is_asked_for_again(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    for digit in PIN + "#":
        await ivr.presses(digit)
    await ivr.hears("Orders or billing.")
    await ivr.restart()
    await ivr.hears("Your PIN please.")
    for digit in PIN + "#1":
        await ivr.presses(digit)
    await ivr.hears("Good-bye.")


def test_the_trace_does_not_say_what_was_compared() -> None:
    caller = Caller(flow_of(STEPS))
    caller.presses(PIN + "#")
    assert (caller.step, caller.reason) == ("more", "pin is what was asked for")
    caller.presses("1")
    caller.listens()
    assert caller.finish is not None
    assert not {"pin", "entered"} & set(caller.finish.variables)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("bye: {verb: hang_up, say: 'You said {pin}.'}", "the secret “pin” cannot be spoken"),
        ("bye: {verb: hang_up, say: 'You said {entered}.'}", "the secret “entered” cannot be spoken"),
    ],
)
def test_a_flow_that_would_give_a_secret_away_is_refused(step: str, sentence: str) -> None:
    with pytest.raises(FlowRefused, match=sentence):
        flow_of(STEPS.replace("bye: {verb: hang_up, say: Good-bye.}", step))
