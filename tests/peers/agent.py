"""An agent without a browser: signs in, keeps an audio leg up, says a tone, hears, takes offers; all through the public API."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from tests.peers import tones
from tests.peers.installation import Door
from tests.peers.waiting import PATIENCE_S
from tests.peers.webrtc_peer import FRAME, WebRtcPeer

REPORT_EVERY_S = 2.0
RTP_HEADER = 12
LISTEN_S = 0.5
"""Enough to tell a tone."""

Message = dict[str, Any]


class HeadlessAgent:
    """Owns the session, the live view, and one WebRTC leg with G.711 µ-law."""

    def __init__(self, client: httpx.AsyncClient, screens: contextlib.AsyncExitStack, peer: WebRtcPeer, hz: float) -> None:
        self._client = client
        self._screens = screens
        self._peer = peer
        self._sound = tones.ulaw_encode(tones.tone(hz, 1.0))
        self._leg_id = ""
        self._url = ""
        self._messages: list[Message] = []
        self._agent_id = ""
        self._to_write_up: dict[str, str] = {}
        """By call, the work that this agent has to write up, or had last."""
        self._arrived = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def signed_in(cls, installation: Door, username: str, *, hz: float) -> AsyncIterator[HeadlessAgent]:
        """With audio up, and away."""
        async with installation.signed_in(username) as client, contextlib.AsyncExitStack() as screens:
            agent = cls(client, screens, WebRtcPeer(), hz)
            agent._url = f"{installation.url.replace('http', 'ws')}/api/v1/live"
            await agent._connect_audio()
            agent._tasks = [asyncio.create_task(agent._talk(), name=f"agent-{username}")]
            await agent.opens_the_desk()
            try:
                yield agent
            finally:
                await agent.falls_silent()
                await agent._peer.close()

    async def opens_the_desk(self) -> None:
        """Also again, when the server behind it has been away: what the screen showed before is no longer there."""
        headers = {"Cookie": f"patchbay_session={self._client.cookies['patchbay_session']}"}
        screen = await self._screens.enter_async_context(connect(self._url, additional_headers=headers, max_queue=None))
        self._messages.clear()
        self._tasks += [asyncio.create_task(work) for work in (self._read(screen), self._report(screen))]

    async def comes_in_by(self, door: Door) -> None:
        """As a browser whose desk process is gone, with the cookie that it has."""
        self._url = f"{door.url.replace('http', 'ws')}/api/v1/live"
        self._client.base_url = f"{door.url}/api/v1"
        await self.opens_the_desk()

    # ── what an agent does ────────────────────────────────────────────────────────────────────────────────────

    async def becomes(self, state: str) -> None:
        (await self._client.post("/agent/state", json={"state": state})).raise_for_status()

    async def accepts(self, offer: Message) -> None:
        (await self._client.post(f"/offers/{offer['offer_id']}/accept")).raise_for_status()

    async def holds(self, call_id: str, held: bool) -> None:
        """Talks with nobody, or with the customer, whose party is made of the call's id."""
        parties = [] if held else [f"party_customer_{call_id.partition('_')[2]}"]
        (await self._client.put(f"/calls/{call_id}/talking-with", json={"parties": parties})).raise_for_status()

    async def talks_with(self, call: Message, *roles: str) -> None:
        """``customer``, ``consultant``, both or nobody, of a call as the screen shows it."""
        parties = [party["party_id"] for party in call["parties"] if party["role"] in roles]
        answer = await self._client.put(f"/calls/{call['call_id']}/talking-with", json={"parties": parties})
        answer.raise_for_status()

    async def consults(self, call_id: str, **target: str) -> None:
        """``agent_id`` or ``queue_id``, and perhaps a ``note``."""
        (await self._client.post(f"/calls/{call_id}/consultation", json=target)).raise_for_status()

    async def asks_in_vain(self, call_id: str, **target: str) -> tuple[int, str]:
        """The status and code of the refusal."""
        answer = await self._client.post(f"/calls/{call_id}/consultation", json=target)
        return answer.status_code, answer.json()["error"]["code"]

    async def declines(self, offer: Message) -> None:
        (await self._client.post(f"/offers/{offer['offer_id']}/decline", json={"reason": ""})).raise_for_status()

    async def leaves_consultation(self, call_id: str) -> None:
        (await self._client.delete(f"/calls/{call_id}/consultation")).raise_for_status()

    async def hands_over(self, call_id: str) -> None:
        (await self._client.post(f"/calls/{call_id}/consultation/hand-over")).raise_for_status()

    async def transfers(self, call_id: str, **target: str) -> None:
        (await self._client.post(f"/calls/{call_id}/transfer", json=target)).raise_for_status()

    async def hangs_up(self, call_id: str) -> None:
        (await self._client.post(f"/calls/{call_id}/hang-up")).raise_for_status()

    async def supervises(self, call_id: str, mode: str) -> None:
        """``listen``, ``whisper`` or ``join``; of somebody who may."""
        (await self._client.put(f"/calls/{call_id}/supervision", json={"leg_id": self._leg_id, "mode": mode})).raise_for_status()

    async def stops_supervising(self, call_id: str) -> None:
        (await self._client.delete(f"/calls/{call_id}/supervision")).raise_for_status()

    async def loses_audio(self) -> None:
        """Without a goodbye to anybody but the node."""
        await self._peer.close()

    async def writes_up(self, call_id: str, **wrap_up: Any) -> None:
        """Of this agent's work in the call, which the screen shows."""
        async with self._arrived, asyncio.timeout(PATIENCE_S):
            await self._arrived.wait_for(lambda: call_id in self._to_write_up)
        path = f"/work/{self._to_write_up[call_id]}/wrap-up"
        (await self._client.post(path, json={"disposition": "solved", **wrap_up})).raise_for_status()

    async def signs_out(self) -> None:
        (await self._client.delete("/session")).raise_for_status()

    async def leaves_everywhere(self) -> None:
        """On every computer."""
        (await self._client.delete("/me/sessions")).raise_for_status()

    async def falls_silent(self) -> None:
        """Neither says nor reports anything any more, with every connection open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def reads(self, path: str) -> Any:
        answer = await self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    @property
    def audio(self) -> str:
        """Of its DTLS transport, as `RTCDtlsTransport.state`: the node's goodbye is heard at once."""
        return self._peer.state

    # ── what an agent sees and hears ──────────────────────────────────────────────────────────────────────────

    async def offered(self, within_s: float = PATIENCE_S) -> Message:
        message = await self.sees(lambda message: message["type"] == "offer", within_s)
        offer: Message = message["offer"]
        return offer

    async def call_is(self, state: str, within_s: float = PATIENCE_S) -> Message:
        """The call on this agent's screen, once it is in this state."""
        message = await self.sees(lambda message: message["type"] == "call" and message["call"]["state"] == state, within_s)
        call: Message = message["call"]
        return call

    async def shows(self, fits: Callable[[Message], bool], within_s: float = PATIENCE_S) -> Message:
        """A call on this agent's screen, once it is as wanted."""
        message = await self.sees(lambda message: message["type"] == "call" and fits(message["call"]), within_s)
        call: Message = message["call"]
        return call

    async def is_now(self, state: str, within_s: float = PATIENCE_S) -> None:
        await self.sees(lambda message: message["type"] == "agent" and message["agent"]["state"] == state, within_s)

    async def sees(self, fits: Callable[[Message], bool], within_s: float = PATIENCE_S) -> Message:
        """The oldest unread message that fits; those before it are read then, too."""
        async with self._arrived:
            try:
                async with asyncio.timeout(within_s):
                    await self._arrived.wait_for(lambda: any(map(fits, self._messages)))
            except TimeoutError:
                seen = [message["type"] for message in self._messages]
                raise AssertionError(f"the screen did not show it within {within_s:g} s; it showed {seen}") from None
            index = next(index for index, message in enumerate(self._messages) if fits(message))
            found = self._messages[index]
            del self._messages[: index + 1]
            return found

    async def hears(self, *hz: float) -> set[float]:
        """Which of these tones are heard now."""
        self._peer.dtls.rtp.clear()
        await asyncio.sleep(LISTEN_S)  # the length of the measurement, not a hope
        heard = [tones.ulaw_decode(packet[RTP_HEADER:]) for packet in self._peer.dtls.rtp]
        return {each for each in hz if heard and tones.hears(np.concatenate(heard), each)}

    async def hears_tone(self, hz: float, within_s: float = PATIENCE_S) -> bool:
        """True as soon as half a second of it is heard."""
        deadline = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < deadline:
            self._peer.dtls.rtp.clear()
            await asyncio.sleep(LISTEN_S)  # the length of the measurement, not a hope
            heard = [tones.ulaw_decode(packet[RTP_HEADER:]) for packet in self._peer.dtls.rtp]
            if heard and tones.hears(np.concatenate(heard), hz):
                return True
        return False

    # ── the machine behind ────────────────────────────────────────────────────────────────────────────────────

    async def connects_audio_again(self) -> None:
        """As a desk does whose audio is gone."""
        talking, *others = self._tasks
        talking.cancel()
        await self._peer.close()
        self._peer = WebRtcPeer()
        await self._connect_audio()
        self._tasks = [asyncio.create_task(self._talk()), *others]

    async def _connect_audio(self) -> None:
        answer = await self._client.post("/legs", json={"sdp": await self._peer.offer()}, timeout=15)
        answer.raise_for_status()
        self._leg_id = answer.json()["leg_id"]
        await self._peer.connect(answer.json()["sdp"])

    async def _read(self, screen: ClientConnection) -> None:
        async for text in screen:
            async with self._arrived:
                message = json.loads(text)
                self._messages.append(message)
                self._looks_at(message)
                self._arrived.notify_all()

    def _looks_at(self, message: Message) -> None:
        if message["type"] == "snapshot":
            self._agent_id = message["me"]["agent_id"]
        calls = message["calls"] if message["type"] == "snapshot" else [message["call"]] if message["type"] == "call" else []
        own = [(call, each) for call in calls for each in call["wrap_ups"] if each["agent_id"] == self._agent_id]
        self._to_write_up |= {call["call_id"]: each["work_id"] for call, each in own}

    async def _report(self, screen: ClientConnection) -> None:
        while True:
            report = {"type": "audio", "leg_id": self._leg_id, "microphone": "live", "context": "running", "ice": "connected"}
            await screen.send(json.dumps(report))
            await asyncio.sleep(REPORT_EVERY_S)

    async def _talk(self) -> None:
        """Its tone, fifty packets a second, for as long as it is signed in."""
        loop = asyncio.get_running_loop()
        due, position = loop.time(), 0
        while True:
            frame = self._sound[position : position + FRAME]
            position = (position + FRAME) % len(self._sound)
            await self._peer.send(self._peer.next_packet(frame))
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))
