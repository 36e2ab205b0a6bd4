"""Processes of every kind are killed at random under calls: the two who talk hear each other all the time, what is asked for is
done within seconds, each call ends once, and nobody is stuck.

Media nodes are not among them: what a node that dies takes with it is in `tests/e2e/test_two_nodes.py`.
"""

from __future__ import annotations

import random
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_lost_queues import FLOW, waits_in_line
from tests.peers.agent import HeadlessAgent, Message
from tests.peers.flows import publish
from tests.peers.raw_sip import RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.screen import Screen
from tests.peers.spread import Desk, Spread
from tests.peers.tones import is_silent, ulaw_decode
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e]
CALLER_HZ, MEI_HZ = 440.0, 620.0
KINDS = ("worker", "queues", "installation", "desk")
GOES_ON_WITHIN_S = 3.0
PIECE_S = 0.1
MOST_KEPT = 100


class Company:
    """Two processes of each kind."""

    def __init__(self, spread: Spread) -> None:
        self._spread = spread
        self._running: dict[str, list[Process]] = {kind: [] for kind in KINDS}
        self.desks: list[Desk] = []

    @property
    def sip_port(self) -> int:
        return self._spread.sip_port

    @property
    def desk(self) -> Desk:
        """The first one that lives: the agent's."""
        return self.desks[0]

    async def starts(self) -> None:
        await self._spread.runs("node")
        for kind in KINDS * 2:
            await self._start(kind)
        await self._spread.ready(*self.desks)

    async def loses(self, kind: str, which: int) -> None:
        """One is killed."""
        process = self.desk.process if kind == "desk" else self._running[kind][which]
        self._running[kind].remove(process)
        process.kill()
        await process.wait()
        self.desks = [desk for desk in self.desks if desk.process is not process]

    async def replaces(self, kind: str) -> None:
        await self._start(kind)
        await self._spread.ready(*self.desks)

    async def _start(self, kind: str) -> None:
        if kind == "desk":
            self.desks.insert(0, await self._spread.desk())
            self._running[kind].append(self.desks[0].process)
        else:
            self._running[kind].append(await self._spread.runs(kind))


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with Spread(tmp_path) as spread:
        made = Company(spread)
        await made.starts()
        await publish(spread, FLOW)
        yield made


def longest_silence_s(packets: list[bytes]) -> float:
    """In what they carry."""
    longest = now = 0.0
    sound = ulaw_decode(b"".join(packet[12:] for packet in packets if packet[1] & 0x7F == 0))
    step = round(PIECE_S * 8000)
    for start in range(0, len(sound) - step, step):
        now = now + PIECE_S if is_silent(sound[start : start + step]) else 0.0
        longest = max(longest, now)
    return longest


async def soon(wish: Callable[[], Awaitable[None]]) -> None:
    """Asks again when whoever was to answer has just gone."""

    async def granted() -> bool:
        with suppress(httpx.HTTPError):
            await wish()
            return True
        return False

    await until_told(granted)


async def one_call(company: Company, mei: HeadlessAgent, board: Screen, kill: str, which: int) -> None:
    """From the queue to the wrap-up, with a process killed in the middle of the conversation."""
    async with RawSip.to(company.sip_port) as carrier, RtpPeer(CALLER_HZ) as caller:
        await waits_in_line(carrier, caller)
        await mei.accepts(await mei.offered())
        call_id = str((await mei.call_is("talking"))["call_id"])
        assert await mei.hears_tone(CALLER_HZ)
        begins = len(caller.packets)

        desk = company.desk
        await company.loses(kill, which)
        died_at = time.monotonic()
        if company.desk is not desk:
            await mei.comes_in_by(company.desk)
        await soon(lambda: mei.holds(call_id, True))
        await mei.shows(lambda call: call["call_id"] == call_id and call["state"] == "held")
        assert time.monotonic() - died_at < GOES_ON_WITHIN_S
        await soon(lambda: mei.holds(call_id, False))
        await mei.shows(lambda call: call["call_id"] == call_id and call["state"] == "talking")
        assert await mei.hears_tone(CALLER_HZ)
        await company.replaces(kill)
        assert longest_silence_s(caller.packets[begins:]) < GOES_ON_WITHIN_S
        await soon(lambda: mei.hangs_up(call_id))
    await board.shows_call(call_id, lambda call: call["state"] == "wrap_up")
    await soon(lambda: mei.writes_up(call_id))
    await board.shows_agent("agent_mei", lambda agent: agent["state"] == "available")


async def kept(sam: httpx.AsyncClient) -> list[Message]:
    """The newest records of calls."""
    answer = await sam.get("/calls", params={"limit": MOST_KEPT})
    items: list[Message] = answer.raise_for_status().json()["items"]
    return items


async def kills(company: Company, kinds: Iterable[str], chance: random.Random) -> None:
    """The supervisor's board is at a desk that stays."""
    count = 0
    stays = company.desks[-1]
    async with (
        HeadlessAgent.signed_in(company.desk, "mei", hz=MEI_HZ) as mei,
        Screen.of(stays, "sam") as board,
        stays.signed_in("sam") as sam,
    ):
        before = len(await kept(sam))
        await mei.becomes("available")
        for count, kind in enumerate(kinds, 1):
            await one_call(company, mei, board, kind, 0 if kind == "desk" else chance.randrange(2))
            calls = await kept(sam)
            assert len({call["call_id"] for call in calls}) == len(calls) == min(before + count, MOST_KEPT)
        assert count


@pytest.mark.timeout(480)
async def test_one_of_each_is_killed_under_a_call(company: Company) -> None:
    await kills(company, random.Random(1).sample(KINDS, len(KINDS)), random.Random(1))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1])
async def test_for_half_an_hour_somebody_is_killed_under_each_call(company: Company, seed: int) -> None:
    chance = random.Random(seed)
    ends_at = time.monotonic() + 1800

    def kinds() -> Iterator[str]:
        while time.monotonic() < ends_at:
            yield chance.choice(KINDS)

    await kills(company, kinds(), chance)
