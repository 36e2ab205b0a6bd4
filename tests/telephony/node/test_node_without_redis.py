"""Redis is killed in the middle of a call: the caller goes on hearing, new callers are refused, the end is told later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.causes import EndCause
from core.commands import AnswerLeg, PlayPrompt
from core.events import AnyEvent, LegAnswered, LegEnded, LegOffered, NodeHeartbeat
from core.ids import PlaybackId
from server.storage.redis_bus import RedisBus
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.node.node import MediaNode
from telephony.sip.engine import SipMediaEngine
from tests.peers.phone import Phone
from tests.peers.ports import free_port
from tests.peers.tones import tone, write_wav
from tests.peers.waiting import until
from tests.server.redis_server import RedisServer
from tests.telephony.node.running import NODE, WallClock, config_for

CLAIM_WITHIN_S = 5.0
"""Who comes before the node has noticed that Redis is gone is refused when this has passed."""


class Site:
    """A node on a real Redis, and everything it published."""

    def __init__(self, redis: RedisServer, folder: Path) -> None:
        self.redis = redis
        self.bus = RedisBus(redis.url, WallClock(), "t:")
        self.events: list[AnyEvent] = []
        self.uri = f"sip:100@127.0.0.1:{(port := free_port())}"
        config = SipEngineConfig(bind_host="127.0.0.1", sip_port=port, trunks=(Trunk(name="lab", networks=("127.0.0.1",)),))
        node_config = config_for(folder, claim_within_s=CLAIM_WITHIN_S)
        self.node = MediaNode(self.bus, lambda on_event: SipMediaEngine(config, on_event), node_config, WallClock())

    async def listen(self) -> None:
        async for _, event in self.bus.events("0"):
            self.events.append(event)

    def of_type(self, kind: type) -> list[AnyEvent]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    redis = RedisServer(tmp_path)
    redis.start()
    found = Site(redis, tmp_path)
    listening = asyncio.create_task(found.listen())
    running = asyncio.create_task(found.node.run())
    await until(lambda: bool(found.of_type(NodeHeartbeat)))
    yield found
    found.node.stop_soon()
    await running
    listening.cancel()
    await asyncio.wait([listening])
    await found.bus.close()
    redis.stop()


async def test_a_killed_redis_ends_no_call(site: Site, tmp_path: Path) -> None:
    write_wav(tmp_path / "music.wav", tone(440, 1.0))
    async with Phone.start() as inside, Phone.start() as outside:
        await inside.dial(site.uri)
        await until(lambda: bool(site.of_type(LegOffered)))
        offered = site.of_type(LegOffered)[0]
        assert isinstance(offered, LegOffered)
        await site.bus.send(f"node:{NODE}", AnswerLeg(leg_id=offered.leg_id))
        await inside.connected()
        await until(lambda: bool(site.of_type(LegAnswered)))
        music = PlayPrompt(leg_id=offered.leg_id, playback_id=PlaybackId("p"), files=("music.wav",), loop=True)
        await site.bus.send(f"node:{NODE}", music)
        assert await inside.hears_tone(440)

        site.redis.stop(kill=True)
        assert await inside.hears_tone(440)
        await outside.dial(site.uri)
        assert (await outside.disconnected())["status"] == 503
        await inside.hang_up()
        await inside.disconnected()
        told_before = len(site.of_type(LegEnded))
        site.redis.start()

        await until(lambda: len(site.of_type(LegEnded)) > told_before)
    causes = {event.leg_id: event.cause for event in site.events if isinstance(event, LegEnded)}
    assert causes[offered.leg_id] is EndCause.CALLER_HUNG_UP
    assert site.of_type(NodeHeartbeat)[-1].at <= time.time()
