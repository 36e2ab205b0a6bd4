"""A busy contact center on a real bus: a hundred agents, a line of two hundred, and calls that come and go; and who watches it.

The load only does what the rest of Patchbay does: it sends commands to «acd», publishes what happens to calls, and reacts to the
events it reads. A command that nobody answered is sent again with the same ids, as every sender of Patchbay may.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine

from acd.leadership.service import ADDRESSEE
from core.causes import EndCause
from core.commands import (
    AcceptOffer,
    Answer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EnqueueWork,
    FinishWrapUp,
    SetAgentReachable,
    SetAgentState,
)
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallConnected,
    CallEnded,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    WorkEnded,
    WorkEnqueued,
)
from core.ids import AgentId, CallId, LegId, OfferId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, QueueConfig
from core.ports import Bus, Clock, Unavailable
from tests.peers.waiting import until

QUEUES = (QueueId("queue_billing"), QueueId("queue_orders"))
DECLINES, DOES_NOT_HEAR, LEAVES_THE_LINE = 0.04, 0.04, 0.25
RING_S = 4.0
NOT_ANSWERED = "did not answer"


class Observer:
    """Reads every event from the beginning and writes down whatever must not happen."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.wrongs: list[str] = []
        self.enqueued: Counter[WorkId] = Counter()
        self.ended: Counter[WorkId] = Counter()
        self.agents: dict[AgentId, AgentState] = {}
        self.offers = 0
        self._made_s: dict[OfferId, float] = {}
        self._ringing_of_work: dict[WorkId, OfferId] = {}
        self._ringing_of_agent: dict[AgentId, OfferId] = {}
        self._held_by: dict[WorkId, AgentId] = {}
        self.listeners: list[Callable[[AnyEvent], None]] = []
        self.rang_s: list[float] = []
        """How long each offer rang that nobody answered."""
        self.last_at_s = 0.0
        """On the loop's clock: when the ACD was last heard."""

    async def run(self) -> None:
        async for _, event in self._bus.events("0"):
            self._see(event)
            for listener in self.listeners:
                listener(event)

    @property
    def living(self) -> set[WorkId]:
        return set(self.enqueued) - set(self.ended)

    @property
    def waiting(self) -> set[WorkId]:
        """In line, and ringing nowhere."""
        return self.living - set(self._ringing_of_work) - set(self._held_by)

    def _see(self, event: AnyEvent) -> None:
        if not isinstance(event, CallConnected | CallEnded):
            self.last_at_s = asyncio.get_running_loop().time()
        match event:
            case WorkEnqueued():
                self.enqueued[event.work_id] += 1
                self._expect(self.enqueued[event.work_id] == 1, f"{event.work_id} came twice")
            case OfferMade():
                self._offered(event)
            case OfferAccepted():
                self._expect(self._ringing_of_work.get(event.work_id) == event.offer_id, f"{event.offer_id} was not ringing")
                self._silent(event.work_id, event.agent_id)
                self._held_by[event.work_id] = event.agent_id
            case OfferDeclined():
                self._silent(event.work_id, event.agent_id)
            case OfferExpired():
                self.rang_s.append(self.last_at_s - self._made_s[event.offer_id])
                self._silent(event.work_id, event.agent_id)
            case OfferWithdrawn():
                self._silent(event.work_id, event.agent_id)
                self._held_by.pop(event.work_id, None)
            case WorkEnded():
                self.ended[event.work_id] += 1
                self._expect(self.ended[event.work_id] == 1, f"{event.work_id} ended twice")
                self._held_by.pop(event.work_id, None)
            case AgentStateChanged():
                self.agents[event.agent_id] = event.state
            case _:
                pass

    def _offered(self, offer: OfferMade) -> None:
        self.offers += 1
        self._expect(offer.offer_id not in self._made_s, f"{offer.offer_id} was made twice")
        self._expect(offer.work_id not in self._ringing_of_work, f"{offer.work_id} rings twice")
        self._expect(offer.work_id not in self._held_by, f"{offer.work_id} was taken and rings again")
        self._expect(offer.work_id not in self.ended, f"{offer.work_id} is over and rings")
        self._expect(offer.agent_id not in self._ringing_of_agent, f"{offer.agent_id} is rung twice")
        self._expect(offer.agent_id not in self._held_by.values(), f"{offer.agent_id} is rung during a call")
        self._made_s[offer.offer_id] = self.last_at_s
        self._ringing_of_work[offer.work_id] = offer.offer_id
        self._ringing_of_agent[offer.agent_id] = offer.offer_id

    def _silent(self, work_id: WorkId, agent_id: AgentId) -> None:
        self._ringing_of_work.pop(work_id, None)
        self._ringing_of_agent.pop(agent_id, None)

    def _expect(self, holds: bool, wrong: str) -> None:
        if not holds:
            self.wrongs.append(wrong)


class LoadGenerator:
    """Agents who take what rings, callers who hang up, and new callers: `inputs_per_s` altogether."""

    def __init__(self, bus: Bus, clock: Clock, observer: Observer, *, agents: int = 100, line: int = 200, seed: int = 1) -> None:
        self._bus = bus
        self._clock = clock
        self._random = random.Random(seed)
        self._agents = [AgentId(f"agent_{number:03}") for number in range(agents)]
        self._line = line
        self._observer = observer
        self._tasks: set[asyncio.Task[None]] = set()
        self._talking: dict[WorkId, AgentId] = {}
        self._count = 0
        self.promised: set[WorkId] = set()
        """Work whose arrival the ACD has confirmed."""
        self.repeated = 0
        """Commands that had to be sent again."""
        self.refused: Counter[str] = Counter()
        self.open = True
        """False: nobody new calls, and those who talk hang up soon."""
        observer.listeners.append(self._react)

    # ── the day ───────────────────────────────────────────────────────────────────────────────────────────────

    async def arrives(self) -> None:
        """Everybody signs in, all agents get a call, and the line stands."""
        queues = tuple(
            QueueConfig(queue_id=queue_id, name=queue_id, ring_timeout_s=RING_S, wrap_up_limit_s=30.0) for queue_id in QUEUES
        )
        agents = tuple(AgentConfig(agent_id=agent_id, name=agent_id) for agent_id in self._agents)
        await self._ask(ConfigureAcd(queues=queues, agents=agents))
        await asyncio.gather(*(self._signs_in(agent_id) for agent_id in self._agents))
        await asyncio.gather(*(self._calls() for _ in range(len(self._agents) + self._line)))

    async def lives(self, inputs_per_s: float) -> None:
        """Until cancelled. One call's end and the next one's arrival are five inputs."""
        while True:
            await asyncio.sleep(self._random.expovariate(inputs_per_s / 5))
            if self._talking and self.open:
                self._later(self._hangs_up(self._random.choice(sorted(self._talking))))
                self._later(self._calls())
                if self._random.random() < LEAVES_THE_LINE:
                    self._later(self._leaves_the_line())

    async def goes_home(self, within_s: float) -> None:
        """Nobody new calls; everybody who talks or will talk hangs up at once. Ends when no work is left."""
        self.open = False
        for work_id in sorted(self._talking):
            self._later(self._hangs_up(work_id))
        await until(self._everybody_is_gone, within_s=within_s)

    def _everybody_is_gone(self) -> bool:
        return not self._observer.living and not self._tasks and set(self._observer.enqueued) >= self.promised

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _signs_in(self, agent_id: AgentId) -> None:
        await self._ask(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True))
        await self._ask(SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE))

    async def _calls(self) -> None:
        self._count += 1
        work_id, call_id = WorkId(f"work_{self._count:05}"), CallId(f"call_{self._count:05}")
        queue_id = self._random.choice(QUEUES)
        answer = await self._ask(EnqueueWork(work_id=work_id, call_id=call_id, channel=Channel.CALL, queue_id=queue_id))
        if answer.ok:
            self.promised.add(work_id)

    def _react(self, event: AnyEvent) -> None:
        if isinstance(event, OfferMade):
            self._later(self._accepts(event))
        elif isinstance(event, OfferAccepted):
            self._later(self._is_connected(event))
        elif isinstance(event, OfferExpired):
            self._later(self._comes_back(event.agent_id))

    async def _accepts(self, offer: OfferMade) -> None:
        """Mostly; some decline, and some do not hear it and are set away."""
        mood = self._random.random()
        await asyncio.sleep(self._random.uniform(0.0, 0.3))
        if mood < DECLINES:
            await self._ask(DeclineOffer(offer_id=offer.offer_id, agent_id=offer.agent_id))
        elif mood > DECLINES + DOES_NOT_HEAR:
            await self._ask(AcceptOffer(offer_id=offer.offer_id, agent_id=offer.agent_id))

    async def _comes_back(self, agent_id: AgentId) -> None:
        await asyncio.sleep(0.5)
        await self._ask(SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE))

    async def _leaves_the_line(self) -> None:
        waiting = sorted(self._observer.waiting)
        if waiting:
            call_id, now = CallId(self._random.choice(waiting).replace("work", "call")), self._clock.now()
            await self._say(CallEnded(at=now, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=now))

    async def _is_connected(self, accepted: OfferAccepted) -> None:
        assert accepted.call_id is not None
        await self._say(
            CallConnected(
                at=self._clock.now(),
                call_id=accepted.call_id,
                work_id=accepted.work_id,
                agent_id=accepted.agent_id,
                queue_id=accepted.queue_id,
                customer_leg=LegId("leg_c"),
                agent_leg=LegId("leg_a"),
                waited_s=accepted.waited_s,
            )
        )
        self._talking[accepted.work_id] = accepted.agent_id
        if not self.open:
            await self._hangs_up(accepted.work_id)

    async def _hangs_up(self, work_id: WorkId) -> None:
        agent_id = self._talking.pop(work_id, None)
        if agent_id is None:
            return
        call_id, now = CallId(work_id.replace("work", "call")), self._clock.now()
        await self._say(CallEnded(at=now, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=now))
        await asyncio.sleep(0.1)
        while work_id in self._observer.living:
            answer = await self._ask(FinishWrapUp(work_id=work_id, agent_id=agent_id))
            if answer.ok:
                return
            await asyncio.sleep(0.2)  # its end may not have reached the ACD

    # ── the bus ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, command: AnyCommand) -> Answer:
        while True:
            try:
                answer = await self._bus.send(ADDRESSEE, command)
            except Unavailable:
                await asyncio.sleep(0.2)
                continue
            if answer.ok or NOT_ANSWERED not in answer.reason:
                if not answer.ok:
                    self.refused[f"{type(command).__name__}: {answer.reason}"] += 1
                return answer
            self.repeated += 1

    async def _say(self, event: AnyEvent) -> None:
        while True:
            try:
                await self._bus.publish(event)
                return
            except Unavailable:
                await asyncio.sleep(0.2)

    def _later(self, action: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(action)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
