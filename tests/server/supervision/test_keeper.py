"""A process that does not stay up is told of, and so is its recovery."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from core.events import Alert, AnyEvent, ChildRestarted
from server.clock import SystemClock
from server.supervision.keeper import Keeper
from server.supervision.plan import Plan, Start
from tests.peers.waiting import until

FOURTH_TIME_LUCKY = """
import pathlib, sys, time
lives = pathlib.Path(sys.argv[1])
lives.write_text(lives.read_text() + "x" if lives.exists() else "x")
if len(lives.read_text()) < 4:
    raise SystemExit(1)
time.sleep(60)
"""


async def test_an_alert_that_a_process_does_not_stay_up_is_cleared_when_it_does(tmp_path: Path) -> None:
    told: list[AnyEvent] = []

    async def tell(events: list[AnyEvent]) -> None:
        told.extend(events)

    start = Start(command=(sys.executable, "-c", FOURTH_TIME_LUCKY, str(tmp_path / "lives")), environment=dict(os.environ))
    keeper = Keeper(Plan(name="recognizer", start=lambda: start), SystemClock(), tell, healthy_s=0.5)
    try:
        await until(lambda: len([event for event in told if isinstance(event, Alert)]) == 2, within_s=20)
    finally:
        await keeper.stop()
    raised, cleared = [event for event in told if isinstance(event, Alert)]
    assert (raised.severity, raised.code, raised.details["name"]) == ("critical", "child_keeps_ending", "recognizer")
    assert raised.text == "The recognizer process has ended 3 times in a row (ended with status 1)"
    assert (cleared.severity, cleared.key) == ("cleared", raised.key)
    assert len([event for event in told if isinstance(event, ChildRestarted)]) == 3
