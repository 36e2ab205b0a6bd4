"""`patchbay serve` as a tree of processes: whatever is killed comes back, and nothing is left when it is stopped."""

from __future__ import annotations

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
