"""Asks trunks whether they are there, and reports what is known of each with every heartbeat (`trunk_life.py` decides).

Invariant: a question goes only to a proxy of the configuration; a trunk that cannot be asked is no reason for the node to stop.
"""

from __future__ import annotations

from collections import Counter

import structlog

from core.model import TrunkReport
from telephony.media_engine import EngineError, EngineEvent, PeerAnswered
from telephony.node.config import OutboundTrunk
from telephony.node.dialling import caller_uri_of
from telephony.node.legs import LegState
from telephony.node.shared import Shared
from telephony.node.trunk_life import PeersWords, TrunkLife

log = structlog.get_logger(__name__)


class TrunkWatch:
    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        now = shared.clock.now()
        self._trunks = {trunk.name: trunk for trunk in shared.config.outbound if trunk.keep_alive_s}
        self._lives = {name: TrunkLife(trunk.keep_alive_s, now) for name, trunk in self._trunks.items()}

    async def ask(self) -> None:
        """Several times a second."""
        for name, life in self._lives.items():
            before = life.state
            if life.wants_to_ask(self._shared.clock.now()):
                await self._ask(self._trunks[name], life)
            self._tell(name, life, before)

    def handle(self, event: EngineEvent) -> bool:
        """Whether the event was about a trunk."""
        if not isinstance(event, PeerAnswered):
            return False
        life = self._lives.get(event.peer)
        if life is not None:
            before = life.state
            if event.by_peer:
                life.answered(PeersWords(event.sip_status, event.reason, event.at, round(event.round_trip_ms, 1)))
            elif event.sip_status != 408:  # that one comes long after we have stopped waiting
                life.not_asked(event.at)
            self._tell(event.peer, life, before)
        return True

    def is_down(self, name: str) -> bool:
        life = self._lives.get(name)
        return life is not None and life.state == "down"

    def reports(self) -> tuple[TrunkReport, ...]:
        """Trunks that are asked, and those that have calls."""
        calls = Counter(leg.trunk for leg in self._shared.legs if leg.trunk and leg.state is not LegState.ENDING)
        return tuple(self._report(name, calls[name]) for name in sorted({*self._lives, *calls}))

    async def _ask(self, trunk: OutboundTrunk, life: TrunkLife) -> None:
        try:
            await self._shared.engine.ask_peer(trunk.name, trunk.proxy, from_uri=caller_uri_of(trunk))
        except EngineError as error:
            life.not_asked(self._shared.clock.now())
            log.info("the trunk cannot be asked", trunk=trunk.name, code=error.code)

    def _tell(self, name: str, life: TrunkLife, before: str) -> None:
        if life.state == before:
            return
        words = life.last_answer
        report = log.warning if life.state == "down" else log.info
        report("trunk", trunk=name, state=life.state, before=before, last_status=words.status if words else None)

    def _report(self, name: str, calls: int) -> TrunkReport:
        life = self._lives.get(name)
        if life is None:
            return TrunkReport(trunk_id=name, calls=calls)
        words = life.last_answer
        return TrunkReport(
            trunk_id=name,
            calls=calls,
            state=life.state,
            since=life.since,
            status=words.status if words else None,
            reason=words.reason if words else "",
            answered_at=words.at if words else None,
            round_trip_ms=words.round_trip_ms if words else None,
        )
