"""What a desk process tells of the browsers at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from core.events import AgentAtDesk, AnyEvent, DesksSeen
from core.ids import AgentId, LegId
from core.ports import Unavailable
from server.live.messages import AudioReport
from server.presence import reports
from server.presence.reports import DeskReports
from tests.peers.waiting import until

MEI, LEG = AgentId("agent_mei"), LegId("leg_mei")
WORKING = AudioReport(leg_id=LEG, microphone="live", context="running", ice="connected", level_in=0.2)


class Recorded:
    """A bus that keeps what is told; `away`: it cannot be reached."""

    def __init__(self) -> None:
        self.told: list[AgentAtDesk] = []
        self.away = False

    async def publish(self, event: AnyEvent) -> None:
        if self.away:
            raise Unavailable("no Redis")
        assert isinstance(event, DesksSeen)
        self.told += event.agents


class Place:
    def __init__(self) -> None:
        self.bus, self.at = Recorded(), 100.0
        self.desk = DeskReports(self.bus, self)

    def now(self) -> float:
        return self.at

    async def is_told(self, what: Callable[[AgentAtDesk], bool]) -> AgentAtDesk:
        await until(lambda: any(map(what, self.bus.told)))
        return next(filter(what, self.bus.told))


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(reports, "BEAT_EVERY_S", 0.05)
    made = Place()
    running = asyncio.create_task(made.desk.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_screens_and_sound_are_told_as_they_change(place: Place) -> None:
    place.desk.opened(MEI)
    await place.is_told(lambda mei: mei.screens == 1 and mei.sound is None)
    place.desk.reported(MEI, WORKING)
    told = await place.is_told(lambda mei: mei.sound is not None)
    assert told.sound is not None
    assert (told.sound.leg_id, told.sound.running, told.sound.connected) == (LEG, True, True)
    place.desk.closed(MEI)
    await place.is_told(lambda mei: mei.screens == 0)


async def test_a_browser_that_says_nothing_any_more_is_told_with_the_age_of_its_last_word(place: Place) -> None:
    place.desk.opened(MEI)
    place.desk.reported(MEI, WORKING)
    place.at += 7
    await place.is_told(lambda mei: mei.sound_age_s == 7.0)


async def test_what_could_not_be_told_is_told_later(place: Place) -> None:
    place.bus.away = True
    place.desk.opened(MEI)
    await asyncio.sleep(0)
    place.desk.closed(MEI)
    place.bus.away = False
    await place.is_told(lambda mei: mei.screens == 0)
