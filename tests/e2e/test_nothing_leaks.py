"""A running product is fed marked values at every border, made to fail, and then searched: logs, file modes, Redis.

The marks are what strangers and people send; none may stand in any process' log. Nobody else on the machine may read a file.
Digits that a caller pressed may stand nowhere in what Redis has written.
"""

from __future__ import annotations

import re
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from core.codec import encode
from core.commands import CreateBrowserLeg, DialLeg, Envelope, StartTranscription, TranscribeRecording
from core.events import CallStarted, LegOffered, TranscriptFinal, WrapUpFinished
from core.ids import AgentId, CallId, CommandId, FlowId, LegId, NodeId, StreamId, WorkId
from core.model import LegKind, LegPurpose, Speaker
from tests.e2e.test_life_of_a_call import hears_a_voice_or_music
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

NUMBER, NAME, WORDS = "+442079460987", "Zebulon Quackenbush", "my dog is called Xylophone"
EMAIL, PASSWORD, QUERY = "zebulon@quackenbush.example", "correct-horse-Zq", "heliotrope"
MARKS = ("9460987", "79460987", "Quackenbush", "Zebulon", "Xylophone", "quackenbush.example", PASSWORD, QUERY)
KEYS = "2D*BCA*DB"
"""The first one chooses in the menu, which shows that control opens what the node has sealed."""


async def marked_requests(house: Installation) -> list[str]:
    """Good and bad ones; returns the cookies, which are secrets, too."""
    cookies = []
    async with httpx.AsyncClient(base_url=f"{house.url}/api/v1", headers={"X-Patchbay": "1"}, timeout=20) as stranger:
        await stranger.post("/session", json={"username": NAME, "password": PASSWORD})
        await stranger.post("/session", json={"username": {NAME: 1}, "password": PASSWORD})
        await stranger.post("/widget/calls", json={"number": NUMBER, "sdp": f"v=0\r\n{WORDS}", "display_name": NAME})
        await stranger.get(f"/customers/{NAME}", headers={"Cookie": f"patchbay_session={PASSWORD}", "User-Agent": NAME})
        await stranger.get(f"/{NAME}?{QUERY}={NUMBER}")
    async with house.signed_in("sam") as sam, house.signed_in("mei") as mei, house.signed_in("ada") as ada:
        for client in (sam, mei, ada):
            cookies.append(client.cookies["patchbay_session"])
            for query in (NAME, NUMBER, EMAIL, QUERY, WORDS * 20):
                await client.get("/customers", params={"query": query})
            await client.get("/calls", params={"before": f"{NAME}~{NUMBER}"})
            await client.patch(f"/customers/{NUMBER}", json={"name": NAME, "tags": [WORDS, 7]})
            await client.post("/agent/state", json={"state": "away", "reason": NAME})
            await client.request("PUT", "/settings", content=f'{{"{NAME}": "{WORDS}'.encode())
            await client.put("/configuration", json={"yaml": f"queues: {{{NAME}: {NUMBER}", "version": 0})
        address = house.url.replace("http", "ws") + "/api/v1/live"
        cookie = f"patchbay_session={mei.cookies['patchbay_session']}"
        async with connect(address, additional_headers={"Cookie": cookie, "Origin": house.url}) as desk:
            await desk.send(f'{{"type": "{NAME}", "text": "{WORDS}"}}')
            await desk.recv()
    return cookies


async def marked_events(redis: Redis, log: str) -> None:
    """What a mistaken or hostile process could put on the bus, and events whose handling must fail in some service."""
    call, leg = CallId("call_marked"), LegId("leg_marked")
    events: list[Any] = [
        LegOffered(
            at=1, call_id=call, leg_id=leg, node_id=NodeId("n"), kind=LegKind.SIP, caller=NUMBER, called=NUMBER, display_name=NAME
        ),
        CallStarted(
            at=1, call_id=call, leg_id=leg, node_id=NodeId("n"), kind=LegKind.SIP, caller=NUMBER, called="1", flow_id=FlowId(NAME)
        ),
        TranscriptFinal(
            at=1,
            call_id=call,
            leg_id=leg,
            stream_id=StreamId("s"),
            speaker=Speaker.CUSTOMER,
            utterance=2**62,
            text=WORDS,
            start_ms=-(2**62),
            end_ms=2**62,
        ),
        WrapUpFinished(
            at=1, call_id=call, work_id=WorkId("w"), agent_id=AgentId("a"), disposition=NAME, summary=WORDS, callback_at=1e17
        ),
    ]
    for event in events:
        await redis.xadd("pb:events", {"m": encode(event)})
    await redis.xadd("pb:events", {"m": b'{"type": "' + NAME.encode() + b'"}'})
    nodes, recognizers = (set(re.findall(rf'"{name}_id": "(\w+)"', log)) for name in ("node", "worker"))
    assert nodes
    assert recognizers
    addresses = {"acd", "calls:0", *(f"node:{each}" for each in nodes), *(f"asr:{each}" for each in recognizers)}
    now = time.time()
    for address in addresses:
        await redis.xadd(f"pb:cmd:{address}", {"m": WORDS.encode()})
        for command in (
            DialLeg(leg_id=leg, call_id=call, number=NUMBER, trunk=NAME),
            CreateBrowserLeg(
                leg_id=leg, purpose=LegPurpose.CALLER, sdp_offer=f"v=0\r\no={NAME}", caller=NUMBER, display_name=NAME
            ),
            StartTranscription(
                stream_id=StreamId("s"), call_id=call, leg_id=leg, speaker=Speaker.CUSTOMER, language="en", phrases=(WORDS,)
            ),
            TranscribeRecording(
                stream_id=StreamId("s"), call_id=call, leg_id=leg, speaker=Speaker.AGENT, path=f"recordings/{NAME}.wav", channel=1
            ),
        ):
            asked = Envelope(
                command_id=CommandId("c"), reply_to="pb:reply:nobody", sent_at=now, deadline=now + 30, command=command
            )
            await redis.xadd(f"pb:cmd:{address}", {"m": encode(asked)})


async def marked_call(house: Installation, redis: Redis) -> None:
    async with Phone.start() as phone:
        await phone.dial(f"sip:1000@127.0.0.1:{house.sip_port}", number=NUMBER, name=NAME)
        await phone.connected()
        await hears_a_voice_or_music(phone)
        for key in KEYS:
            await phone.press(key)

        async def heard() -> bool:
            entries: Any = await redis.xrange("pb:events")
            told = [fields.get(b"m", b"") for _, fields in entries]
            return sum(b"DigitPressed" in each for each in told) >= len(KEYS) and any(b"chose 2" in each for each in told)

        await until_told(heard)
        await phone.hang_up()


def open_to_others(folder: Path) -> list[tuple[str, str]]:
    paths = [folder, *folder.rglob("*")]
    modes = [(path, path.lstat().st_mode) for path in paths if not path.is_symlink()]
    return [(str(path.relative_to(folder)), oct(mode)) for path, mode in modes if mode & (stat.S_IRWXG | stat.S_IRWXO)]


async def test_a_running_product_tells_nobody_what_it_was_told(tmp_path: Path) -> None:
    async with Installation(tmp_path, GENERAL_LOG_LEVEL="debug") as house:
        redis = Redis(unix_socket_path=str(next(house.data_dir.rglob("redis.sock"))))
        cookies = await marked_requests(house)
        await marked_events(redis, house.log)
        await marked_call(house, redis)

        async def is_over() -> bool:
            async with house.signed_in("sam") as sam:
                calls = (await sam.get("/calls")).json()["items"]
                return any(call["caller"].endswith("9460987") and call["ended_at"] for call in calls)

        await until_told(is_over, within_s=60)
        assert open_to_others(house.data_dir) == []
        told = await house.says("doctor")
        assert "nobody else on this machine can read the data" in told
        log, stored = house.log, b"".join(path.read_bytes() for path in (house.data_dir / "redis").rglob("*.aof"))
        await redis.aclose()
    lines = [line for line in log.splitlines() if any(mark in line for mark in (*MARKS, *cookies))]
    assert lines == []
    assert '"event": "set aside"' in log
    assert b"DigitPressed" in stored
    assert b"\xa5digit\xa1" not in stored  # a field of one character, as MessagePack writes it
