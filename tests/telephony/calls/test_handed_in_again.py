"""A restart hands in again what some service had not finished, minutes of it when its database was away: nobody hears of that."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from core.commands import HangUpLeg, SendDigits, SetMix, Transfer
from core.events import AnyEvent, LegConnected, LegEnded, NodeLost, NodeStarted
from core.ids import LegId, QueueId, WorkId
from telephony.calls.actions import Ask, Batch
from telephony.calls.call import Phase
from tests.peers import digits
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, NODE, Installation, done
from tests.telephony.calls.test_consulting import has_a_place

RESTART_S = 3.0


@dataclass
class Remembering(Installation):
    """Keeps the stream."""

    stream: list[AnyEvent] = field(default_factory=list)
    present: set[LegId] = field(default_factory=set)
    """Agents' legs that the node has."""

    def happens(self, event: AnyEvent) -> None:
        self.stream.append(event)
        match event:
            case LegConnected(leg_id=leg_id):
                self.present.add(leg_id)
            case LegEnded(leg_id=leg_id):
                self.present.discard(leg_id)
            case NodeStarted():
                self.present.clear()
        super().happens(event)

    def restarts(self, cursor: int = 0) -> None:
        """Another process takes up what was saved, and reads the stream from `cursor` on."""
        saved = self.control
        self.control = Installation().control
        self.control.restore(saved.calls.values(), saved.agent_legs.values())
        self.now += RESTART_S
        self.forget()
        for event in self.stream[cursor:]:
            self.take(self.control.handle(event, self.now))

    def take(self, batches: list[Batch]) -> None:
        super().take(batches)
        self.now += 0.01
        for batch in batches:
            for ask in batch.actions:
                if batch.call_id is not None and isinstance(ask, Ask) and isinstance(ask.command, SetMix):
                    missing = ask.command.hears.keys() - self.present - {CUSTOMER}
                    self.take(self.control.legs_missing(batch.call_id, ask.command, missing, self.now)[0] if missing else [])


def talking() -> Remembering:
    installation = Remembering()
    installation.agent_is_up(LegId("leg_mei_before"))
    installation.agent_is_up()
    installation.caller_rings()
    installation.number_is_known()
    installation.is_answered()
    installation.waits()
    installation.agent_accepts()
    return installation


def test_an_agents_sound_is_not_taken_away_for_the_leg_before_it() -> None:
    """Failed before: the leg that the agent talks on was hung up, because an older one «came»."""
    installation = talking()
    installation.restarts()
    assert installation.asked(HangUpLeg) == []
    assert installation.control.agent_legs[MEI].leg_id == MEI_LEG
    assert installation.control.calls[CALL].agent_leg == MEI_LEG


def test_a_customers_phone_is_sent_a_key_once() -> None:
    """Failed before: the agent's keys went out a second time."""
    installation = talking()
    installation.happens(digits.pressed("7", MEI_LEG, None, at=installation.now))
    assert len(installation.asked(SendDigits)) == 1
    installation.restarts()
    assert installation.asked(SendDigits) == []
    installation.happens(digits.pressed("7", MEI_LEG, None, at=installation.now))
    assert len(installation.asked(SendDigits)) == 1


def test_a_clock_that_was_set_back_takes_no_keys_and_no_sound() -> None:
    installation = talking()
    installation.happens(digits.pressed("7", MEI_LEG, None, at=installation.now))
    installation.now -= 600.0
    installation.happens(digits.pressed("7", MEI_LEG, None, at=installation.now))
    assert len(installation.asked(SendDigits)) == 2
    installation.agent_is_up(LegId("leg_mei_after"))
    assert installation.control.calls[CALL].agent_leg == "leg_mei_after"
    installation.happens(NodeLost(at=installation.now, node_id=NODE, reason="killed"))
    assert installation.control.calls == {}
    assert installation.control.agent_legs == {}


def test_a_customer_who_was_handed_on_waits_with_the_work_that_goes_on() -> None:
    """Failed before: that the first work came in line, read again, made the call wait with what its agent writes up."""
    installation = talking()
    wish = Transfer(call_id=CALL, agent_id=MEI, work_id=WorkId("work_jon"), queue_id=QueueId("queue_billing"))
    installation.take(done(installation.control.transfer(wish, installation.now)))
    has_a_place(installation)
    installation.restarts()
    call = installation.control.calls[CALL]
    assert (call.phase, call.work_id) == (Phase.FLOW, "work_jon")


class ReadAnew(RuleBasedStateMachine):
    """Whatever has happened: whoever reads the stream once more from anywhere ends with the same people connected."""

    def __init__(self) -> None:
        super().__init__()
        self.installation = Remembering()
        self.legs = 0

    @rule()
    def agent_up(self) -> None:
        self.legs += 1
        self.installation.agent_is_up(LegId(f"leg_mei_{self.legs}"))

    @rule()
    def agent_down(self) -> None:
        leg = self.installation.control.agent_legs.get(MEI)
        if leg is not None:
            self.installation.agent_leg_drops(leg.leg_id)

    @rule()
    def calls(self) -> None:
        if not self.installation.stream or CALL not in {getattr(each, "call_id", None) for each in self.installation.stream}:
            self.installation.caller_rings()
            self.installation.number_is_known()
            self.installation.is_answered(CALL, CUSTOMER)
            self.installation.waits()

    @rule()
    def accepts(self) -> None:
        call = self.installation.control.calls.get(CALL)
        if call is not None and call.phase is Phase.FLOW:  # the ACD offers nobody else's work
            self.installation.agent_accepts()

    @rule()
    def hands_back(self) -> None:
        self.installation.take(self.installation.control.hand_back(MEI, self.installation.now))

    @rule()
    def node_starts_anew(self) -> None:
        self.installation.happens(NodeStarted(at=self.installation.now, node_id=NODE, pid=1))

    @rule()
    def time_passes(self) -> None:
        self.installation.now += 2.0

    @rule(data=st.data())
    def restarts(self, data: st.DataObject) -> None:
        installation = self.installation
        installation.now += 2.0
        legs = installation.control.agent_legs
        together = self._together()
        installation.restarts(data.draw(st.integers(0, len(installation.stream))))
        assert installation.control.agent_legs == legs
        assert self._together() == together
        assert not [told for told in installation.asked(HangUpLeg) if told.leg_id in {leg.leg_id for leg in legs.values()}]

    def _together(self) -> dict[str, tuple[Phase, LegId | None]]:
        calls = self.installation.control.calls.values()
        return {call.call_id: (call.phase, call.agent_leg) for call in calls if call.agent_id is not None}


ReadAnew.TestCase.settings = settings(max_examples=80, stateful_step_count=25)
TestReadAnew = ReadAnew.TestCase
