"""Customer on one node, agents on others: each node has its picture, and a node that dies takes only the legs it had."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.commands import HangUpLeg, SetMix, StopSupervising, Supervise
from core.events import CallConnected, CallEnded, LegConnected, LegEnded, NodeLost
from core.ids import AgentId, LegId, NodeId, UserId
from core.model import LegPurpose
from core.parties import Mode
from telephony.calls.actions import Ask, Batch, Link
from telephony.calls.call import Call
from telephony.calls.picture import link_of
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, MUSIC, NODE, Installation, done, snapshot, stands
from tests.telephony.calls.test_consulting import JON, JON_LEG, asks, jon_accepts

FAR, OTHER = NodeId("node_2"), NodeId("node_3")


class Nodes(Installation):
    """What each node was told, and which ways there are."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.pictures: dict[NodeId, SetMix] = {}
        self.waits_for: dict[NodeId, float] = {}

    def take(self, batches: list[Batch]) -> None:
        super().take(batches)
        for action in (action for batch in batches for action in batch.actions):
            match action:
                case Link():
                    self.links.append(action)
                case Ask(node_id=node_id, command=SetMix() as picture, within_s=within_s):
                    self.pictures[node_id], self.waits_for[node_id] = picture, within_s

    def is_up_on(self, node_id: NodeId, agent: AgentId = MEI, leg: LegId = MEI_LEG) -> None:
        self.happens(LegConnected(at=self.now, leg_id=leg, node_id=node_id, purpose=LegPurpose.AGENT, agent_id=agent))

    @property
    def call(self) -> Call:
        return self.control.calls[CALL]


@pytest.fixture
def talking() -> Nodes:
    nodes = Nodes()
    nodes.is_up_on(FAR)
    nodes.caller_rings()
    nodes.number_is_known()
    nodes.is_answered()
    nodes.waits()
    nodes.agent_accepts()
    return nodes


def test_each_node_has_its_picture_and_there_is_a_way_between_them(talking: Nodes) -> None:
    link = link_of(talking.call, MEI_LEG)
    assert talking.links == [Link(link_id=link, near=NODE, far=FAR)]
    assert talking.pictures[NODE].hears == {CUSTOMER: (link,), link: (CUSTOMER,)}
    assert talking.pictures[FAR].hears == {MEI_LEG: (link,), link: (MEI_LEG,)}
    (recording,) = talking.pictures[NODE].recordings
    assert (recording.left, recording.right) == ((CUSTOMER,), (link,)), "recorded where the customer is"
    assert talking.pictures[FAR].recordings == ()
    assert [text.leg_id for text in talking.texts] == [CUSTOMER, MEI_LEG], "each is listened to where it is"
    assert [event.agent_leg for event in talking.told(CallConnected)] == [MEI_LEG]


def test_hold_is_the_customers_nodes_business(talking: Nodes) -> None:
    before = talking.pictures[FAR].hears
    talking.holds(True)
    link = link_of(talking.call, MEI_LEG)
    assert talking.pictures[NODE].hears == {CUSTOMER: (), link: ()}
    assert talking.pictures[NODE].sounds == {CUSTOMER: MUSIC}
    assert talking.pictures[FAR].hears == before


def test_a_colleague_on_a_third_node(talking: Nodes) -> None:
    talking.is_up_on(OTHER, JON, JON_LEG)
    talking.take(done(asks(talking)))
    jon_accepts(talking)
    meis, jons = (link_of(talking.call, leg) for leg in (MEI_LEG, JON_LEG))
    assert talking.pictures[NODE].hears == {CUSTOMER: (), meis: (jons,), jons: (meis,)}
    assert talking.pictures[OTHER].hears == {JON_LEG: (jons,), jons: (JON_LEG,)}


def test_a_supervisor_listens_from_another_node(talking: Nodes) -> None:
    sam = LegId("leg_sam")
    wish = Supervise(call_id=CALL, user_id=UserId("user_sam"), leg_id=sam, node_id=OTHER, mode=Mode.LISTEN)
    talking.take(done(talking.control.supervise(wish, talking.now)))
    link = link_of(talking.call, sam)
    assert set(talking.pictures[NODE].hears[link]) == {CUSTOMER, link_of(talking.call, MEI_LEG)}
    talking.take(done(talking.control.stop_supervising(StopSupervising(call_id=CALL, user_id=wish.user_id), talking.now)))
    assert talking.pictures[OTHER].hears == {}, "and is told when that is over"


def test_a_node_that_dies_takes_only_the_legs_it_had(talking: Nodes) -> None:
    talking.now += 60
    talking.happens(NodeLost(at=talking.now, node_id=FAR, reason="silent"))
    assert talking.told(CallEnded) == []
    assert stands(talking.call) == "agent away"
    assert (talking.pictures[NODE].hears, talking.pictures[NODE].sounds) == ({CUSTOMER: ()}, {CUSTOMER: MUSIC})
    talking.is_up_on(NODE, leg=LegId("leg_mei_2"))
    assert talking.pictures[NODE].hears == {CUSTOMER: (LegId("leg_mei_2"),), LegId("leg_mei_2"): (CUSTOMER,)}
    assert talking.pictures[FAR].hears == {}, "whoever had a part is told that it has none"


def test_a_node_that_has_nobody_of_the_call_any_more_is_told_so_once(talking: Nodes) -> None:
    """It may be dead, and each command to it is waited for."""
    talking.now += 60
    talking.happens(NodeLost(at=talking.now, node_id=FAR, reason="silent"))
    assert talking.pictures.pop(FAR).hears == {}
    talking.is_up_on(OTHER, leg=LegId("leg_mei_2"))
    talking.holds(True)
    talking.customer_goes()
    assert set(talking.pictures) == {NODE, OTHER}


def link_ends(nodes: Nodes, cause: EndCause) -> None:
    link = link_of(nodes.call, MEI_LEG)
    nodes.happens(LegEnded(at=nodes.now, leg_id=link, node_id=NODE, call_id=CALL, purpose=LegPurpose.LINK, cause=cause))


def test_whoever_is_heard_on_a_silent_link_is_waited_for_and_hung_up(talking: Nodes) -> None:
    """Long before the node's heartbeats are missed. The desk then opens another leg, on a node that can be reached."""
    talking.forget()
    link_ends(talking, EndCause.MEDIA_TIMEOUT)
    assert stands(talking.call) == "agent away"
    assert (talking.pictures[NODE].hears, talking.pictures[NODE].sounds) == ({CUSTOMER: ()}, {CUSTOMER: MUSIC})
    assert HangUpLeg(leg_id=MEI_LEG, cause=EndCause.AGENT_LOST) in talking.commands
    assert talking.waits_for[FAR] < talking.waits_for[NODE], "a dead node keeps nobody waiting"
    talking.is_up_on(NODE, leg=LegId("leg_mei_2"))
    assert stands(talking.call) == "talking"


def test_a_link_that_its_mix_does_not_name_any_more_is_no_loss(talking: Nodes) -> None:
    link_ends(talking, EndCause.TRANSPORT_FAILED)
    assert stands(talking.call) == "talking"


def test_the_end_is_told_to_all_nodes(talking: Nodes) -> None:
    talking.customer_goes()
    assert {node: mix.hears for node, mix in talking.pictures.items()} == {NODE: {}, FAR: {}}


def test_after_a_restart_an_agent_whose_leg_is_gone_on_the_other_node_is_waited_for(talking: Nodes) -> None:
    after = Nodes()
    after.control.restore(list(talking.control.calls.values()), list(talking.control.agent_legs.values()))
    after.take(after.control.reconcile(NODE, [snapshot(CUSTOMER, LegPurpose.CALLER)], after.now))
    assert stands(after.call) == "talking", "the customer's node knows nothing of the agent's leg"
    assert after.links
    after.take(after.control.reconcile(FAR, [], after.now))
    assert stands(after.call) == "agent away"


def test_without_a_way_the_agent_is_waited_for(talking: Nodes) -> None:
    link = link_of(talking.call, MEI_LEG)
    batches, goes_on = talking.control.legs_missing(CALL, talking.pictures[NODE], {link}, talking.now)
    talking.take(batches)
    assert not goes_on
    assert stands(talking.call) == "agent away"
