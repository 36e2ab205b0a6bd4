"""The whole table of who hears whom with a real engine and real calls: each party says a tone of its own, and ears are judged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from core.commands import AnswerLeg, SetMix
from core.events import LegOffered
from core.ids import CallId, LegId
from core.parties import Party
from telephony.calls.mix import Sound, mix, sounds
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.sip.engine import SipMediaEngine
from tests.peers.phone import Phone
from tests.peers.ports import free_port
from tests.peers.situations import TABLE, A, B, C, S
from tests.peers.tones import hears, tone, write_wav
from tests.peers.waiting import PATIENCE_S, until
from tests.telephony.node.running import RunningNode, config_for

pytestmark = pytest.mark.timeout(240)

CALL = CallId("call_1")
SAYS = {C: 440, A: 700, B: 1100, S: 1500}
PLAYED = {Sound.MUSIC: 2000, Sound.RINGING: 2500}
FILES = {Sound.MUSIC: "music.wav", Sound.RINGING: "ringing.wav"}
EVERY_TONE = (*SAYS.values(), *PLAYED.values())
LISTEN_S = 0.4
"""Enough to tell six tones apart."""


class Ears:
    """Four calls of one phone into one node, and who they are in the conversation."""

    def __init__(self, phone: Phone, node: RunningNode) -> None:
        self._phone = phone
        self._node = node
        self._version = 0
        self.legs: dict[str, LegId] = {}

    async def call_in(self, name: str, uri: str) -> None:
        await self._phone.dial(uri, call=name)
        await until(lambda: len(self._node.bus.of_type(LegOffered)) == len(self.legs) + 1)
        leg_id = self._node.bus.of_type(LegOffered)[-1].leg_id
        await self._node.do(AnswerLeg(leg_id=leg_id))
        await self._phone.connected(call=name)
        await self._phone.says_tone(SAYS[name], call=name)
        self.legs[name] = leg_id

    async def are_in(self, parties: Iterable[Party]) -> None:
        """The node is told the one picture that follows from the parties."""
        everybody = tuple(parties)
        self._version += 1
        hears = {self.legs[leg]: tuple(self.legs[source] for source in sources) for leg, sources in mix(everybody).items()}
        played = {self.legs[leg]: FILES[sound] for leg, sound in sounds(everybody).items() if sound in FILES}
        await self._node.do(SetMix(call_id=CALL, version=self._version, hears=hears, sounds=played))

    async def hear(self) -> dict[str, set[int]]:
        """The tones in each ear."""
        samples = await asyncio.gather(*(self._phone.listen(LISTEN_S, call=name) for name in self.legs))
        return {name: {hz for hz in EVERY_TONE if hears(heard, hz)} for name, heard in zip(self.legs, samples, strict=True)}

    async def come_to_hear(self, expected: Mapping[str, set[int]]) -> dict[str, set[int]]:
        """What they hear, as soon as it is that, or when patience is over."""
        patient_until = time.monotonic() + PATIENCE_S
        while (heard := await self.hear()) != expected and time.monotonic() < patient_until:
            pass
        return heard


def tones_of(what: object) -> set[int]:
    """Of an entry of the table; of whoever is not in it: none."""
    if isinstance(what, Sound):
        return {PLAYED[what]} if what in PLAYED else set()
    return {SAYS[name] for name in what} if isinstance(what, set) else set()


async def test_every_situation_one_after_the_other(tmp_path: Path) -> None:
    for sound, file in FILES.items():
        write_wav(tmp_path / file, tone(PLAYED[sound], 1.0))
    port = free_port()
    trunk = Trunk(name="test", networks=("127.0.0.1",))
    engine = SipEngineConfig(bind_host="127.0.0.1", sip_port=port, trunks=(trunk,))
    async with (
        RunningNode(lambda on_event: SipMediaEngine(engine, on_event), config_for(tmp_path)) as node,
        Phone.start() as phone,
    ):
        ears = Ears(phone, node)
        for name in SAYS:
            await ears.call_in(name, f"sip:100@127.0.0.1:{port}")
        for situation, (parties, table) in TABLE.items():
            await ears.are_in(parties)
            expected = {name: tones_of(table.get(name)) for name in SAYS}
            assert (situation, await ears.come_to_hear(expected)) == (situation, expected)
