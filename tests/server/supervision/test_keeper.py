"""A process that does not stay up is told of, and so is its recovery."""

from __future__ import annotations

import os
from pathlib import Path

from core.events import Alert, AnyEvent, ChildRestarted
from server.clock import SystemClock
from server.supervision.keeper import Keeper
from server.supervision.plan import Plan, Start
from tests.peers.waiting import until

HEALTHY_S = 3.0
FOURTH_TIME_LUCKY = 'echo >> "$1"; [ $(wc -l < "$1") -lt 4 ] && exit 1; exec sleep 60'
"""For a shell, which is there at once: what needs longer than `HEALTHY_S` to start and to fail counts as healthy."""


async def test_an_alert_that_a_process_does_not_stay_up_is_cleared_when_it_does(tmp_path: Path) -> None:
    told: list[AnyEvent] = []

    async def publish(events: list[AnyEvent]) -> None:
        told.extend(events)

    command = ("/bin/sh", "-c", FOURTH_TIME_LUCKY, "sh", str(tmp_path / "lives"))
    start = Start(command=command, environment=dict(os.environ))
    keeper = Keeper(Plan(name="recognizer", start=lambda: start), SystemClock(), publish, healthy_s=HEALTHY_S)
    try:
        await until(lambda: len([event for event in told if isinstance(event, Alert)]) == 2)
    finally:
        await keeper.stop()
    raised, cleared = [event for event in told if isinstance(event, Alert)]
    assert (raised.severity, raised.code, raised.details["name"]) == ("critical", "child_keeps_ending", "recognizer")
    assert raised.text == "The recognizer process has ended 3 times in a row (ended with status 1)"
    assert (cleared.severity, cleared.key) == ("cleared", raised.key)
    assert len([event for event in told if isinstance(event, ChildRestarted)]) == 3
