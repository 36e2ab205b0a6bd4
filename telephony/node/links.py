"""Ways to other nodes: whoever's leg is there is heard, and hears, through an RTP port here. A mix names it like a leg.

Invariants: a link belongs to one call and ends when that call's mix names it no more; one that no mix names ends by itself. Once
the other end is known, nobody else is heard on it, and what goes over it is encrypted with keys that only the two ends have
(`core/agreeing.py`); before that no mix names it. It goes over the address for sound between our own machines. A link in a call
on which nothing comes is over: nodes send without a pause, silence too, so the other one, or the way to it, is gone.
"""

from __future__ import annotations

import msgspec
import structlog

from core.agreeing import BadKey, OwnKey
from core.causes import EndCause
from core.commands import Answer, OpenLink
from core.ids import LegId
from core.model import LegKind, LegPurpose
from core.ports import ok, refused
from telephony.media_engine import EngineError, RtpAddress
from telephony.node.legs import Leg, LegState
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)

UNUSED_S = 10.0
"""The mix that names a link follows at once."""
SILENT_S = 1.5
"""75 packets. Whoever is at the other end is waited for with music, long before its heartbeats are missed."""
LISTEN_EVERY_S = 0.5


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """The other end, as it said of itself."""

    address: RtpAddress
    public_key: bytes


class End(msgspec.Struct, frozen=True, kw_only=True):
    """Ours, of one link."""

    here: RtpAddress
    """Where it receives."""
    key: OwnKey
    peer: Peer | None
    """As far as it is known."""
    used: frozenset[bytes]
    """Public keys of all that have been the other end."""


class Links:
    """Owns this node's ends; commands may raise `IllegalTransition` or `EngineError`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._ends: dict[LegId, End] = {}
        self._heard: dict[LegId, tuple[int, float]] = {}
        """Of those in calls: how many packets had come, and when the last of them was noticed."""
        self._listened_at = 0.0

    async def open(self, command: OpenLink) -> Answer:
        wanted = Peer(address=RtpAddress(command.host, command.port), public_key=command.public_key) if command.host else None
        end = self._ends.get(command.link_id)
        try:
            if end is None:
                end = await self._open(command, OwnKey(), wanted)
            elif wanted is not None and end.peer != wanted:
                end = await self._turn_to(command, wanted, end)
        except BadKey as error:
            return refused(str(error))
        return ok(host=end.here.host, port=end.here.port, public_key=end.key.public)

    async def close(self, link_id: LegId) -> None:
        """One that is gone is closed already."""
        await self._close(link_id, EndCause.TRANSPORT_FAILED)

    async def _close(self, link_id: LegId, cause: EndCause) -> None:
        if self._ends.pop(link_id, None) is None:
            return
        await self._shared.engine.close_rtp_port(link_id)
        self._shared.leg_over(link_id, cause)

    async def close_unused(self) -> None:
        """Whoever opened it has had no time to say what for."""
        now = self._shared.clock.now()
        for link_id in list(self._ends):
            leg = self._shared.legs.find(link_id)
            if leg is not None and leg.call_id is None and now - leg.since >= UNUSED_S:
                await self.close(link_id)

    async def close_silent(self) -> None:
        """Call control waits for whoever was heard on it."""
        now = self._shared.clock.now()
        if now - self._listened_at < LISTEN_EVERY_S:
            return
        self._listened_at = now
        in_calls = [leg for leg in map(self._shared.legs.find, list(self._ends)) if leg is not None and leg.call_id is not None]
        self._heard = {leg.leg_id: self._heard.get(leg.leg_id, (-1, now)) for leg in in_calls}
        for leg in in_calls:
            try:
                packets = (await self._shared.engine.statistics(leg.leg_id)).packets_received
            except EngineError as error:  # it is ending, and says so by itself
                log.warning("a link could not be looked at", leg_id=leg.leg_id, reason=error)
                continue
            before, at = self._heard[leg.leg_id]
            if packets != before:
                self._heard[leg.leg_id] = (packets, now)
            elif now - at >= SILENT_S:
                log.warning("nothing comes on a link", leg_id=leg.leg_id, call_id=leg.call_id)
                await self._close(leg.leg_id, EndCause.MEDIA_TIMEOUT)

    async def _open(self, command: OpenLink, key: OwnKey, peer: Peer | None) -> End:
        end = await self._opened(command.link_id, key, peer, local_port=0)
        leg = Leg(
            leg_id=command.link_id,
            kind=LegKind.BROWSER,
            purpose=LegPurpose.LINK,
            state=LegState.UP,
            since=self._shared.clock.now(),
            codec=self._shared.config.link_codec.value,
        )
        self._shared.legs.add(leg)
        log.info("link opened", leg_id=command.link_id, call_id=command.call_id)
        return end

    async def _turn_to(self, command: OpenLink, peer: Peer, end: End) -> End:
        """The same end, opened anew for one peer alone. Keys serve one opening alone (RFC 3711 §9.1)."""
        if peer.public_key in end.used:
            raise BadKey("this end of a link has used that key before")
        end.key.agreed(command.link_id, peer.public_key)
        await self._shared.engine.close_rtp_port(command.link_id)
        try:
            return await self._opened(command.link_id, end.key, peer, local_port=end.here.port, used=end.used)
        except EngineError:
            del self._ends[command.link_id]
            self._shared.leg_over(command.link_id, EndCause.TRANSPORT_FAILED)
            raise

    async def _opened(
        self, link_id: LegId, key: OwnKey, peer: Peer | None, *, local_port: int, used: frozenset[bytes] = frozenset()
    ) -> End:
        engine, codec = self._shared.engine, self._shared.config.link_codec
        keys = None if peer is None else key.agreed(link_id, peer.public_key)
        remote = None if peer is None else peer.address
        here = await engine.open_rtp_port(link_id, codec=codec, remote=remote, local_port=local_port, keys=keys)
        used = used if peer is None else used | {peer.public_key}
        end = self._ends[link_id] = End(here=here, key=key, peer=peer, used=used)
        return end
