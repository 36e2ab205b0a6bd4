"""The live view over a real WebSocket: snapshot, changes, resuming, and what a restart does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from core.model import UnreachableReason
from tests.server.api.conftest import ControlProcess


def socket(control: ControlProcess, client: httpx.AsyncClient, query: str = "", **headers: str) -> connect:
    cookie = f"patchbay_session={client.cookies['patchbay_session']}"
    url = f"{control.url.replace('http', 'ws')}/api/v1/live{query}"
    # Read or not: a view that nobody reads must still see the other side close, or each end takes ten seconds.
    return connect(url, additional_headers={"Cookie": cookie, **headers}, max_queue=None)


async def receive(screen: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these types."""
    async with asyncio.timeout(20):
        while True:
            message: dict[str, Any] = json.loads(await screen.recv())
            if message["type"] in kinds:
                return message


async def sees_agent(screen: ClientConnection, **fields: object) -> dict[str, Any]:
    """The next message of an agent with these fields; news of what other tests did may still come before it."""
    while True:
        message = await receive(screen, "agent")
        if all(message["agent"][name] == value for name, value in fields.items()):
            return message


async def change_state(client: httpx.AsyncClient, state: str, reason: str) -> None:
    answer = await client.post("/agent/state", json={"state": state, "reason": reason})
    assert answer.status_code == 204, answer.text


async def test_a_desk_begins_with_a_snapshot_and_sees_its_own_state_change(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei, socket(control, mei) as desk:
        hello, snapshot = await receive(desk, "hello"), await receive(desk, "snapshot")
        assert hello["resumed"] is False
        assert (snapshot["me"]["username"], [agent["agent_id"] for agent in snapshot["agents"]]) == ("mei", ["agent_mei"])
        assert {queue["name"] for queue in snapshot["queues"]} >= {"Billing"}
        await change_state(mei, "away", "lunch")
        changed = await sees_agent(desk, state="away", reason="lunch")
        assert changed["seq"] > snapshot["seq"]


async def test_a_browser_that_comes_back_misses_nothing(control: ControlProcess) -> None:
    async with control.signed_in("jonas") as jonas:
        async with socket(control, jonas) as desk:
            epoch = (await receive(desk, "hello"))["epoch"]
            since = (await receive(desk, "snapshot"))["seq"]
        await change_state(jonas, "away", "training")
        async with socket(control, jonas, f"?epoch={epoch}&since={since}") as desk:
            assert (await receive(desk, "hello"))["resumed"] is True
            missed = await receive(desk, "agent", "snapshot")
            while missed["type"] == "agent" and missed["agent"]["reason"] != "training":  # news of what other tests did
                missed = await receive(desk, "agent", "snapshot")
            assert missed["type"] == "agent", "no snapshot: only what was missed"
        async with socket(control, jonas, f"?epoch=another&since={since}") as desk:
            assert (await receive(desk, "hello"))["resumed"] is False
            assert (await receive(desk, "snapshot"))["me"]["username"] == "jonas"


async def test_the_board_sees_every_agent(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam, control.signed_in("aisha") as aisha, socket(control, sam) as board:
        seen = {agent["agent_id"] for agent in (await receive(board, "snapshot"))["agents"]}
        assert seen >= {"agent_mei", "agent_jonas", "agent_aisha"}, "others may have been added by other tests"
        await change_state(aisha, "away", "break")
        await sees_agent(board, agent_id="agent_aisha", reason="break")
        assert (await receive(board, "tick"))["at"] > 0


async def test_nonsense_is_refused_and_the_line_stays(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei, socket(control, mei) as desk:
        for nonsense in ("{", '{"type":"audio"}', '{"type":"dance"}', "[]", '"' + "x" * 5000 + '"'):
            await desk.send(nonsense)
            assert "not understood" in (await receive(desk, "refused"))["text"]
        await desk.send('{"type":"audio","leg_id":"leg_x","microphone":"denied","context":"running","ice":"new"}')
        reason = ""
        while reason != UnreachableReason.MICROPHONE_DENIED:
            reason = (await sees_agent(desk, reachable=False))["agent"]["reachable_reason"]


async def test_nobody_listens_without_signing_in_or_from_another_page(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        for headers in ({"Cookie": "patchbay_session=guessed"}, {"Origin": "https://elsewhere.example"}):
            async with socket(control, mei, "", **headers) as stranger:
                with pytest.raises(ConnectionClosed) as closed:
                    await receive(stranger, "snapshot")
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 4401
