"""The connection graph keeps promises between ports while their bridge slots come and go."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from telephony.sip.bridge import BridgeGraph, SlotLink


def test_a_link_waits_for_both_slots() -> None:
    graph = BridgeGraph()
    assert graph.link("a", "b") == []
    assert graph.place("a", 1) == []
    assert graph.place("b", 2) == [SlotLink(1, 2, True)]
    assert graph.unlink("a", "b") == [SlotLink(1, 2, False)]


def test_a_renegotiated_leg_is_joined_again_at_its_new_slot() -> None:
    graph = BridgeGraph()
    for port, slot in (("a", 1), ("b", 2)):
        graph.place(port, slot)
    graph.link("a", "b")
    graph.link("b", "a")
    assert graph.place("a", None) == []
    assert sorted(graph.place("a", 5)) == [SlotLink(2, 5, True), SlotLink(5, 2, True)]


def test_linking_twice_is_one_link() -> None:
    graph = BridgeGraph()
    graph.place("a", 1)
    graph.place("b", 2)
    assert len(graph.link("a", "b")) == 1
    assert graph.link("a", "b") == []


PORTS = st.sampled_from("abcd")


class AnyOrder(RuleBasedStateMachine):
    """Whatever the order: joined slots are exactly the links between ports that have a slot."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = BridgeGraph()
        self.slots: dict[str, int] = {}
        self.links: set[tuple[str, str]] = set()
        self.joined: set[tuple[int, int]] = set()
        self.next_slot = 0

    def apply(self, links: list[SlotLink]) -> None:
        for link in links:
            pair = (link.source, link.sink)
            if link.join:
                assert pair not in self.joined
                self.joined.add(pair)
            else:
                self.joined.remove(pair)

    def forget_slot(self, port: str) -> None:
        """The bridge drops the connections of a slot that disappears."""
        slot = self.slots.pop(port, None)
        self.joined = {pair for pair in self.joined if slot not in pair}

    @rule(port=PORTS)
    def gets_a_slot(self, port: str) -> None:
        self.forget_slot(port)
        self.next_slot += 1
        self.apply(self.graph.place(port, self.next_slot))
        self.slots[port] = self.next_slot

    @rule(port=PORTS)
    def loses_its_slot(self, port: str) -> None:
        if port in self.slots:
            self.forget_slot(port)
            self.apply(self.graph.place(port, None))

    @rule(source=PORTS, sink=PORTS)
    def linked(self, source: str, sink: str) -> None:
        self.apply(self.graph.link(source, sink))
        self.links.add((source, sink))

    @rule(source=PORTS, sink=PORTS)
    def unlinked(self, source: str, sink: str) -> None:
        self.apply(self.graph.unlink(source, sink))
        self.links.discard((source, sink))

    @rule(port=PORTS)
    def removed(self, port: str) -> None:
        self.apply(self.graph.remove(port))
        self.forget_slot(port)
        self.links = {link for link in self.links if port not in link}

    @invariant()
    def joined_as_promised(self) -> None:
        promised = {(self.slots[a], self.slots[b]) for a, b in self.links if a in self.slots and b in self.slots}
        assert self.joined == promised


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=50)
