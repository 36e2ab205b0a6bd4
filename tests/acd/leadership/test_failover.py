"""The leader dies, sleeps or is cut off under load: the queues go on within seconds, and nobody is lost or rung twice.

Real Redis, real processes (`patchbay acd`), 200 waiting, 100 agents, 20 inputs a second; an observer reads every event.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path

import pytest
import structlog

from acd.leadership.journal import Journal
from core.model import AgentState
from core.ports import Unavailable
from server.storage.redis_bus import RedisBus
from server.storage.redis_ledger import RedisLedger
from tests.acd.candidates import Candidates
from tests.acd.crowd import RING_S, Crowd, Observer
from tests.acd.jumping_candidate import jumping_clock
from tests.peers.waiting import until
from tests.server.redis_server import RedisServer

pytestmark = pytest.mark.timeout(300)
"""Draining alone may take `DRAIN_S`; under load 126 s were seen, and the usual limit of 120 s hit some task in the background."""

log = structlog.get_logger(__name__)

INPUTS_PER_S = 20.0
TAKEOVER_S = 3.0
DRAIN_S = 90.0
BUSY_MACHINE_S = 10.0


class House:
    """Redis, three candidates, a crowd and its observer."""

    def __init__(self, folder: Path, seed: int, agents: int, command: tuple[str, ...]) -> None:
        self.redis = RedisServer(folder)
        self.redis.start()
        self.jump = folder / "jump"
        self.jump.write_text("0")
        clock = jumping_clock(self.jump, folder)
        self.bus = RedisBus(self.redis.url, clock)
        self.ledger = RedisLedger(self.redis.url, "pb:", "acd")
        self.candidates = Candidates(self.redis.url, folder, *command)
        self.follower = Journal(self.ledger, UTC)
        self.observer = Observer(self.bus)
        self.crowd = Crowd(self.bus, clock, self.observer, agents=agents, line=2 * agents, seed=seed)
        self.random = random.Random(seed)
        self.takeovers_s: list[float] = []
        """From the end of a leader to the first word of the next one."""

    async def until_somebody_else_leads(self, token: int) -> float:
        """How long that took, beyond what this test itself was held up by a busy machine."""
        loop = asyncio.get_running_loop()
        began, held_up = loop.time(), 0.0
        async with asyncio.timeout(30):
            while True:
                before = loop.time()
                record = await self.candidates.record()
                if record.token > token and record.owner:
                    return loop.time() - began - held_up
                await asyncio.sleep(0.02)
                held_up += max(0.0, loop.time() - before - 0.1)

    async def the_leader_is_killed(self) -> None:
        leader, record = await self.candidates.leader(), await self.candidates.record()
        await self.candidates.kill(leader)
        replacing = asyncio.create_task(self.candidates.start())
        self.takeovers_s.append(await self.until_somebody_else_leads(record.token))
        await replacing

    def tells(self, **facts: object) -> None:
        """What a long run saw."""
        seen, crowd = self.observer, self.crowd
        log.info(
            "failover", work_items=len(seen.ended), offers=seen.offers, repeated=crowd.repeated, refused=crowd.refused, **facts
        )

    async def everything_is_in_order(self) -> None:
        """Everybody is served, and nothing happened that must not."""
        await self.crowd.goes_home(within_s=DRAIN_S)
        await until(lambda: set(self.observer.agents.values()) == {AgentState.FREE}, within_s=DRAIN_S)
        assert self.observer.wrongs == []
        assert set(self.observer.enqueued) >= self.crowd.promised
        assert set(self.observer.ended) == set(self.observer.enqueued)
        assert not [reason for reason in self.crowd.refused if reason.startswith(("EnqueueWork", "SetAgent"))]

    async def every_candidate_came_to_the_same_state(self) -> None:
        """This process has read along since the beginning; strings hash differently in each process."""
        await self.candidates.stop()
        written = await self.ledger.load()
        assert written.snapshot_seq == written.seq, "who leads writes a last snapshot"
        await until(lambda: self.follower.seq == written.seq)
        assert self.follower.engine.snapshot() == written.snapshot

    async def follow(self) -> None:
        while True:
            try:
                await self.follower.follow()
            except Unavailable:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def busy_house(
    folder: Path, seed: int, *, agents: int = 100, candidates: int = 3, command: tuple[str, ...] = ()
) -> AsyncIterator[House]:
    """Opens when twice as many customers wait as there are agents."""
    house = House(folder, seed, agents, command)
    deeds = (house.observer.run(), house.follow(), house.crowd.lives(INPUTS_PER_S))
    tasks = [asyncio.create_task(deed) for deed in deeds]
    try:
        await asyncio.gather(*(house.candidates.start() for _ in range(candidates)))
        async with asyncio.timeout(60):
            await house.crowd.arrives()
        yield house
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await house.candidates.stop()
        await house.bus.close()
        await house.ledger.close()
        house.redis.stop()


async def killed(folder: Path, times: int, seed: int) -> None:
    async with busy_house(folder, seed) as house:
        for _ in range(times):
            await asyncio.sleep(house.random.uniform(0.3, 2.5))
            await house.the_leader_is_killed()
        await house.everything_is_in_order()
        house.tells(killed=times, takeovers_s=[round(seconds, 2) for seconds in house.takeovers_s])
        assert max(house.takeovers_s) < TAKEOVER_S
        await house.every_candidate_came_to_the_same_state()


async def test_the_leader_is_killed_three_times(tmp_path_factory: pytest.TempPathFactory) -> None:
    await killed(tmp_path_factory.mktemp("r"), times=3, seed=7)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_the_leader_is_killed_twenty_times(tmp_path_factory: pytest.TempPathFactory) -> None:
    await killed(tmp_path_factory.mktemp("r"), times=20, seed=20)


async def test_a_leader_that_slept_through_a_change_can_do_nothing_any_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SIGSTOP, as a paused machine or a long garbage collection: it wakes up in the middle of a step, and believes it leads."""
    async with busy_house(tmp_path_factory.mktemp("r"), seed=3, agents=40, candidates=2) as house:
        for _ in range(2):
            sleeper, record = await house.candidates.leader(), await house.candidates.record()
            sleeper.process.send_signal(signal.SIGSTOP)
            house.takeovers_s.append(await house.until_somebody_else_leads(record.token))
            await asyncio.sleep(house.random.uniform(0.5, 1.5))
            sleeper.process.send_signal(signal.SIGCONT)
            await until(lambda woken=sleeper: "acd was overtaken" in woken.log)  # type: ignore[misc]
        await house.everything_is_in_order()
        house.tells(paused=2, takeovers_s=house.takeovers_s)
        assert max(house.takeovers_s) < TAKEOVER_S
        await house.every_candidate_came_to_the_same_state()


async def redis_gone(folder: Path, seconds: float, agents: int) -> None:
    async with busy_house(folder, seed=5, agents=agents, candidates=2) as house:
        await asyncio.sleep(1.0)
        house.redis.stop(kill=True)
        await asyncio.sleep(seconds)
        house.redis.start()
        heard_s = house.observer.last_at_s
        await until(lambda: house.observer.last_at_s > heard_s)
        await asyncio.sleep(2.0)
        await house.everything_is_in_order()
        house.tells(redis_gone_s=seconds, terms=(await house.candidates.record()).token)
        await house.every_candidate_came_to_the_same_state()


async def test_redis_is_killed_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    await redis_gone(tmp_path_factory.mktemp("r"), seconds=3.0, agents=40)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_redis_is_gone_for_half_a_minute(tmp_path_factory: pytest.TempPathFactory) -> None:
    await redis_gone(tmp_path_factory.mktemp("r"), seconds=30.0, agents=100)


async def test_the_machines_clock_jumps(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No ring ends because of it, none goes on for minutes, and who takes over after it tells the same time."""
    folder = tmp_path_factory.mktemp("r")
    command = ("-m", "tests.acd.jumping_candidate", str(folder / "jump"))
    async with busy_house(folder, seed=9, agents=40, candidates=2, command=command) as house:
        for wall_ahead_s in (300, -300):
            house.observer.rang_s.clear()
            house.jump.write_text(str(wall_ahead_s))
            await asyncio.sleep(1.0)
            await house.the_leader_is_killed()
            await until(lambda: len(house.observer.rang_s) > 3, within_s=60)
            house.tells(wall_ahead_s=wall_ahead_s, rang_s=[round(seconds, 1) for seconds in house.observer.rang_s])
            assert min(house.observer.rang_s) > 0.8 * RING_S
            assert max(house.observer.rang_s) < 1.2 * RING_S + TAKEOVER_S + BUSY_MACHINE_S
        await house.everything_is_in_order()
        await house.every_candidate_came_to_the_same_state()
