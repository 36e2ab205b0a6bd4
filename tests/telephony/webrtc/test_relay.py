"""The native media path of a leg, with pylibsrtp at the browser's end: another build of SRTP, and none of our code."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from patchbay_media import LinkSocket, MediaLink

from core.agreeing import SrtpKeys
from telephony.webrtc.relay import MediaPath, MediaRelay
from tests.peers.srtp import PROFILES, SSRC, Keys, packet, udp_socket
from tests.peers.waiting import PATIENCE_S, until

STUN = b"\x00\x01\x00\x00" + bytes(16)


class Scene:
    """A relay between a browser, which is this test, and an engine, which is a socket."""

    def __init__(self, profile: str = "AES-CM") -> None:
        keys = Keys(profile)
        self.protect, self.unprotect = keys.protect, keys.unprotect
        self.browser, self.engine = udp_socket(), udp_socket()
        self.towards_browser, self.other_of_ours = udp_socket(), udp_socket()
        self.link = MediaLink()
        self._heard_by_engine = udp_socket()
        self._heard_by_engine.connect(self.engine.getsockname())
        self.engines_end = LinkSocket(self.link, self._heard_by_engine.fileno())
        self.asides: list[tuple[int, bytes, tuple[Any, ...], float]] = []
        self.first_sounds = 0
        self.relay = MediaRelay(
            SrtpKeys(profile=keys.profile, rx=keys.browsers, tx=keys.ours),
            MediaPath(link=self.link, payload_type=0, clock_hz=8000),
            [self.towards_browser.fileno(), self.other_of_ours.fileno()],
            on_aside=lambda *aside: self.asides.append(aside),
            on_first_sound=self._first_sound,
        )
        self.relay.send_to(0, self.browser.getsockname())

    def _first_sound(self) -> None:
        self.first_sounds += 1

    def send(self, data: bytes) -> None:
        self.browser.sendto(data, self.towards_browser.getsockname())

    def say(self, data: bytes) -> None:
        """What the engine says."""
        self.engines_end.say(data)

    def close(self) -> None:
        self.relay.close()
        for one in (self.browser, self.engine, self.towards_browser, self.other_of_ours, self._heard_by_engine):
            one.close()


async def received_at(receiver: socket.socket) -> tuple[bytes, Any]:
    """A datagram and its sender."""
    async with asyncio.timeout(PATIENCE_S):
        return await asyncio.get_running_loop().sock_recvfrom(receiver, 4096)


async def heard_at(receiver: socket.socket) -> bytes:
    return (await received_at(receiver))[0]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    made.close()


@pytest.mark.parametrize("profile", PROFILES)
async def test_packets_pass_both_ways_with_every_agreed_cipher(profile: str) -> None:
    scene = Scene(profile)
    try:
        scene.send(scene.protect(packet(7)))
        assert await heard_at(scene.engine) == packet(7)
        scene.say(packet(9))
        assert scene.unprotect(await heard_at(scene.browser)) == packet(9)
    finally:
        scene.close()


async def test_both_directions_are_counted(scene: Scene) -> None:
    began = time.time()
    for sequence in (1, 2, 5):
        scene.send(scene.protect(packet(sequence)))
        await heard_at(scene.engine)
    for sequence in (10, 11):
        scene.say(packet(sequence, ssrc=99))
        await heard_at(scene.browser)
    traffic = scene.relay.traffic()

    assert (traffic.heard.packets, traffic.heard.lost, traffic.heard.ssrc) == (3, 2, SSRC)
    assert (traffic.sent.packets, traffic.sent.octets, traffic.sent.ssrc, traffic.sent.timestamp) == (2, 320, 99, 11 * 160)
    assert began <= traffic.sent.at_s <= time.time()
    await until(lambda: scene.first_sounds == 1)


async def test_what_is_no_media_comes_back_with_its_sender_and_the_time_of_its_arrival(scene: Scene) -> None:
    began = time.time()
    receiver_report = b"\x81\xc9\x00\x07" + bytes(28)
    scene.send(STUN)
    scene.send(receiver_report)
    await until(lambda: len(scene.asides) == 2)

    assert [(place, data) for place, data, _, _ in scene.asides] == [(0, STUN), (0, receiver_report)]
    assert {sender for _, _, sender, _ in scene.asides} == {scene.browser.getsockname()}
    assert all(began <= at <= time.time() for _, _, _, at in scene.asides)


async def test_what_the_key_does_not_vouch_for_reaches_nobody(scene: Scene) -> None:
    good = scene.protect(packet(1))
    broken = bytearray(scene.protect(packet(2)))
    broken[20] ^= 1
    for data in (bytes(broken), good, good, packet(3), b"\x80", b"\x80\x00" + bytes(9000), scene.protect(packet(4))):
        scene.send(data)

    assert await heard_at(scene.engine) == packet(1)
    assert await heard_at(scene.engine) == packet(4)
    assert scene.relay.traffic().rejected_srtp == 5


async def test_a_browser_is_heard_on_every_socket_of_the_leg_and_answered_where_it_was_said(scene: Scene) -> None:
    with udp_socket() as elsewhere:
        elsewhere.sendto(scene.protect(packet(1)), scene.other_of_ours.getsockname())
        assert await heard_at(scene.engine) == packet(1)
        elsewhere.sendto(STUN, scene.other_of_ours.getsockname())
        await until(lambda: [aside[:3] for aside in scene.asides] == [(1, STUN, elsewhere.getsockname())])
        scene.say(packet(2))
        assert scene.unprotect(await heard_at(scene.browser)) == packet(2)

        scene.relay.send_to(1, elsewhere.getsockname())
        scene.say(packet(3))
        datagram, sender = await received_at(elsewhere)
        assert (scene.unprotect(datagram), sender) == (packet(3), scene.other_of_ours.getsockname())


async def test_what_the_engine_said_before_the_relay_stood_is_old_and_not_sent() -> None:
    with udp_socket() as nobody, udp_socket() as towards_browser, udp_socket() as browser:
        link = MediaLink()
        engine = LinkSocket(link, nobody.fileno())
        for sequence in range(20):
            engine.say(packet(sequence))
        keys = Keys()
        relay = MediaRelay(
            SrtpKeys(profile=keys.profile, rx=keys.browsers, tx=keys.ours),
            MediaPath(link=link, payload_type=0, clock_hz=8000),
            [towards_browser.fileno()],
            on_aside=lambda *_: None,
            on_first_sound=lambda: None,
        )
        relay.send_to(0, browser.getsockname())
        engine.say(packet(100))
        heard = keys.unprotect(await heard_at(browser))
        relay.close()
        assert heard == packet(100)
        assert relay.traffic().sent.packets == 1


async def test_a_socket_closed_under_the_relay_and_its_number_taken_by_another_leg_disturb_nobody(scene: Scene) -> None:
    number = scene.towards_browser.fileno()
    scene.towards_browser.close()
    other = Scene()
    try:
        assert number in {one.fileno() for one in (other.browser, other.engine, other.towards_browser, other.other_of_ours)}
        scene.say(packet(1))
        assert scene.unprotect(await heard_at(scene.browser)) == packet(1)
        scene.relay.close()
        other.send(other.protect(packet(2)))
        assert await heard_at(other.engine) == packet(2)
    finally:
        other.close()


def test_keys_of_the_wrong_length_are_refused() -> None:
    with udp_socket() as one, pytest.raises(RuntimeError, match="no SRTP keys"):
        MediaRelay(
            SrtpKeys(profile=1, rx=b"short", tx=b"short"),
            MediaPath(link=MediaLink(), payload_type=0, clock_hz=8000),
            [one.fileno()],
            on_aside=lambda *_: None,
            on_first_sound=lambda: None,
        )
