"""Which ways between nodes one call has, as far as is known: they are not opened again for each mix.

Not saved: whoever takes the call over opens them once more, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Container

from core.ids import LegId, NodeId
from telephony.calls.actions import Link


class Ways:
    """Owns what is known of one call's."""

    def __init__(self) -> None:
        self._open: dict[LegId, Link] = {}

    def has(self, link: Link) -> bool:
        return self._open.get(link.link_id) == link

    def opened(self, link: Link) -> None:
        self._open[link.link_id] = link

    def mixed(self, node_id: NodeId, named: Container[LegId], missing: Container[str]) -> None:
        """A node was told a mix: it closes what that does not name any more, and may have lost what it names."""
        self._open = {
            link_id: link
            for link_id, link in self._open.items()
            if link_id not in missing and (node_id not in {link.near, link.far} or link_id in named)
        }
