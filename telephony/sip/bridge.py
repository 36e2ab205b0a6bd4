"""Who is connected to whom on the conference bridge, by port id, whatever slot a port has at the moment.

A leg's bridge slot changes when its peer renegotiates (hold, new codec) and is absent while it has no sound. Connections are
promises between ports; this graph says which slots must be joined or parted to keep them.

Invariant: a pair of slots is joined exactly when both ports have a slot and a link exists. Pure: returns what to do.
"""

from __future__ import annotations

from typing import NamedTuple


class SlotLink(NamedTuple):
    """One direction of sound between two bridge slots."""

    source: int
    sink: int
    join: bool


class BridgeGraph:
    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self._links: dict[str, set[str]] = {}
        """source port → ports that hear it"""

    def slot(self, port: str) -> int | None:
        return self._slots.get(port)

    def place(self, port: str, slot: int | None) -> list[SlotLink]:
        """The port's sound is at this slot now. The bridge itself forgets the connections of a slot that went away."""
        if self._slots.get(port) == slot:
            return []
        if slot is None:
            del self._slots[port]
            return []
        self._slots[port] = slot
        pairs = {(port, sink) for sink in self._links.get(port, ())}
        pairs |= {(source, port) for source, sinks in self._links.items() if port in sinks}
        return [link for source, sink in sorted(pairs) if (link := self._join(source, sink, True)) is not None]

    def link(self, source: str, sink: str) -> list[SlotLink]:
        sinks = self._links.setdefault(source, set())
        if sink in sinks:
            return []
        sinks.add(sink)
        link = self._join(source, sink, True)
        return [link] if link else []

    def unlink(self, source: str, sink: str) -> list[SlotLink]:
        sinks = self._links.get(source, set())
        if sink not in sinks:
            return []
        sinks.discard(sink)
        if not sinks:
            del self._links[source]
        link = self._join(source, sink, False)
        return [link] if link else []

    def remove(self, port: str) -> list[SlotLink]:
        """The port goes away: whatever is joined to it must be parted before its slot is given to somebody else."""
        parted = [link for sink in sorted(self._links.get(port, ())) for link in self.unlink(port, sink)]
        sources = sorted(source for source, sinks in self._links.items() if port in sinks)
        parted += [link for source in sources for link in self.unlink(source, port)]
        self._slots.pop(port, None)
        return parted

    def _join(self, source: str, sink: str, join: bool) -> SlotLink | None:
        if source not in self._slots or sink not in self._slots:
            return None
        return SlotLink(self._slots[source], self._slots[sink], join)
