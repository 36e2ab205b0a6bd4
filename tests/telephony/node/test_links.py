"""Ways to other nodes: opened from both ends, named by a mix like a leg, gone with it."""

from __future__ import annotations

import pytest

from core.agreeing import OwnKey
from core.causes import EndCause
from core.commands import ListLegs, OpenLink, SetMix
from core.events import LegEnded
from core.ids import LegId
from core.model import LegPurpose
from telephony.media_engine import EngineError, RtpAddress
from telephony.node import links
from tests.peers.waiting import until
from tests.telephony.node.scene import CALL, CALLER, Scene

LINK = LegId("link_1")
FAR = RtpAddress("192.0.2.7", 4002)


OTHER_END = OwnKey()


def to(peer: RtpAddress, public_key: bytes = OTHER_END.public) -> OpenLink:
    return OpenLink(link_id=LINK, call_id=CALL, host=peer.host, port=peer.port, public_key=public_key)


FIRST = OpenLink(link_id=LINK, call_id=CALL)


async def opened(scene: Scene, command: OpenLink = FIRST) -> tuple[RtpAddress, bytes]:
    """Where it receives, and its public key."""
    answer = await scene.ask(command)
    assert answer.ok, answer.reason
    return RtpAddress(answer.result["host"], answer.result["port"]), answer.result["public_key"]


def picture(version: int, *legs: LegId) -> SetMix:
    return SetMix(call_id=CALL, version=version, hears={leg: tuple(other for other in legs if other != leg) for leg in legs})


async def test_said_again_it_is_the_same_way(scene: Scene) -> None:
    here = await opened(scene)
    assert await opened(scene) == here
    assert len(scene.engine.requests("open_rtp_port")) == 1


async def test_once_the_other_end_is_known_it_hears_nobody_else(scene: Scene) -> None:
    await opened(scene)
    assert scene.engine.ports[LINK] is None
    await opened(scene, to(FAR))
    assert scene.engine.ports[LINK] == FAR
    await opened(scene, to(FAR))
    await opened(scene)
    assert len(scene.engine.requests("open_rtp_port")) == 2


async def test_it_is_encrypted_with_what_only_its_two_ends_know(scene: Scene) -> None:
    """What passes on the bus are public keys."""
    _, public = await opened(scene)
    assert scene.engine.keys[LINK] is None
    assert await opened(scene, to(FAR)) == (RtpAddress("127.0.0.1", 9), public)
    ours, theirs = scene.engine.keys[LINK], OTHER_END.agreed(LINK, public)
    assert ours is not None
    assert (ours.rx, ours.tx) == (theirs.tx, theirs.rx)


async def test_another_end_means_other_keys_and_none_is_used_twice(scene: Scene) -> None:
    """The same keys for another stream would give both away (RFC 3711 §9.1)."""
    another = OwnKey()
    await opened(scene, to(FAR))
    first = scene.engine.keys[LINK]
    await opened(scene, to(FAR, another.public))
    assert scene.engine.keys[LINK] != first
    for again in (to(FAR), to(RtpAddress(FAR.host, FAR.port + 2), another.public)):
        assert not (await scene.ask(again)).ok
    assert scene.engine.ports[LINK] == FAR


async def test_without_the_other_ends_key_there_is_no_way(scene: Scene) -> None:
    _, ours = await opened(scene)
    for nonsense in (b"", b"short", bytes(32), ours):
        assert not (await scene.ask(to(FAR, nonsense))).ok
    assert len(scene.engine.requests("open_rtp_port")) == 1
    await opened(scene, to(FAR))


async def test_a_mix_names_it_like_a_leg_and_it_goes_with_it(scene: Scene) -> None:
    await scene.answered_call()
    await opened(scene)
    await scene.do(picture(1, CALLER, LINK))
    assert scene.engine.hears == {(CALLER, LINK), (LINK, CALLER)}
    legs = (await scene.ask(ListLegs())).result["legs"]
    assert [leg["purpose"] for leg in legs if leg["leg_id"] == LINK] == [LegPurpose.LINK.value]
    await scene.do(picture(2, CALLER))
    assert (scene.engine.hears, scene.engine.ports) == (set(), {})


async def test_without_a_way_the_mix_misses_it(scene: Scene) -> None:
    await scene.answered_call()
    answer = await scene.ask(picture(1, CALLER, LINK))
    assert answer.result["missing"] == [LINK]


async def test_one_on_which_nothing_comes_any_more_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node at the other end has died: its heartbeats are missed only later."""
    monkeypatch.setattr(links, "SILENT_S", 0.4)
    monkeypatch.setattr(links, "LISTEN_EVERY_S", 0.1)
    await scene.answered_call()
    await opened(scene)
    await scene.do(picture(1, CALLER, LINK))
    await scene.bus.wait_for(LegEnded, leg_id=LINK, call_id=CALL, purpose=LegPurpose.LINK, cause=EndCause.MEDIA_TIMEOUT)
    assert scene.engine.ports == {}


async def test_one_that_no_mix_names_ends_by_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "UNUSED_S", 0.1)
    await opened(scene)
    await until(lambda: not scene.engine.ports)


async def test_a_port_that_cannot_be_opened_again_leaves_nothing_behind(scene: Scene) -> None:
    await opened(scene)
    scene.engine.fails["open_rtp_port"] = EngineError("no_port", "no free pair of RTP ports")
    answer = await scene.ask(to(FAR))
    assert (answer.ok, answer.result["code"]) == (False, "no_port")
    assert (await scene.ask(ListLegs())).result["legs"] == []
    scene.engine.fails.clear()
    await opened(scene, to(FAR))
