"""`patchbay serve` as a tree of processes: whatever is killed comes back, and nothing is left when it is stopped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.installation import Installation
from tests.peers.waiting import until_told


async def system(sam: httpx.AsyncClient) -> dict[str, Any]:
    """What the board shows; nothing while a part is away."""
    try:
        answer = await sam.get("/system", timeout=20)
    except httpx.TransportError:
        return {"nodes": [], "children": []}
    found: dict[str, Any] = answer.json() if answer.is_success else {"nodes": [], "children": []}
    return found


@pytest.mark.e2e
@pytest.mark.timeout(400)
async def test_killed_processes_come_back_and_the_board_says_so(tmp_path: Path) -> None:
    async with Installation(tmp_path) as house, house.signed_in("sam") as sam:
        first_node = (await system(sam))["nodes"][0]["node_id"]
        house.child("node").kill()

        async def another_node_is_up() -> bool:
            return any(node["state"] == "up" and node["node_id"] != first_node for node in (await system(sam))["nodes"])

        await until_told(another_node_is_up, within_s=90)

        house.child_named("redis-server").kill()

        async def both_restarts_are_shown() -> bool:
            return {child["name"] for child in (await system(sam))["children"]} >= {"node", "redis"}

        await until_told(both_restarts_are_shown, within_s=60)
        await house.until_ready()
        assert (await sam.get("/session", timeout=20)).json()["username"] == "sam", "the sign-in survived Redis"


async def metric(client: httpx.AsyncClient, name: str) -> float | None:
    """Of the control server; None while it is away or does not say."""
    try:
        text = (await client.get(f"{client.base_url.copy_with(raw_path=b'/metrics')}", timeout=20)).text
    except httpx.TransportError:
        return None
    found = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(found[0].rsplit(" ", 1)[1]) if found else None


@pytest.mark.e2e
@pytest.mark.timeout(400)
async def test_the_queues_go_on_whichever_of_their_two_candidates_dies(tmp_path: Path) -> None:
    """The first to lead is whoever was there first: mostly the stand-by, because it has less to load."""
    async with Installation(tmp_path) as house, house.signed_in("mei") as mei:

        async def away_agents(count: int) -> bool:
            return await metric(mei, 'patchbay_agents{state="away"}') == count

        (await mei.post("/agent/state", json={"state": "away", "reason": "lunch"})).raise_for_status()
        await until_told(lambda: away_agents(1))

        async def control_leads(expected: bool) -> bool:
            return await metric(mei, "patchbay_acd_leads") == expected

        for _ in range(2):
            control_led = await control_leads(True)
            assert f"led by {'control' if control_led else 'standby'}" in await house.says("doctor")
            house.child(*(("serve", "--only", "api") if control_led else ("acd",))).kill()
            await until_told(partial(control_leads, not control_led), within_s=60)
            await house.until_ready()
            await until_told(lambda: away_agents(1))  # nobody was signed out
        (await mei.post("/agent/state", json={"state": "available"})).raise_for_status()
        await until_told(lambda: away_agents(0))
