"""The whole product with a carrier that goes: the API and `patchbay doctor` say so, in its own last words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.ports import free_port
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]


async def carrier(sam: httpx.AsyncClient) -> dict[str, Any]:
    trunks: list[dict[str, Any]] = (await sam.get("/trunks")).json()["items"]
    return next(trunk for trunk in trunks if trunk["trunk_id"] == "carrier")


async def test_a_carrier_that_goes_is_seen_to_be_down(tmp_path: Path) -> None:
    port = free_port()
    trunk = {
        "TRUNK_CARRIER_NETWORKS": "127.0.0.1",
        "TRUNK_CARRIER_PROXY": f"sip:127.0.0.1:{port};transport=tcp",
        "TRUNK_CARRIER_KEEP_ALIVE_S": "5",
    }
    async with Installation(tmp_path, **trunk) as installation, installation.signed_in("sam") as sam:

        async def is_in(state: str) -> bool:
            return bool((await carrier(sam))["state"] == state)

        async with Phone.start("--transport", "tcp", "--port", str(port)):
            await until_told(lambda: is_in("up"))
            known = await carrier(sam)
            assert (known["last_answer"]["status"], known["last_answer"]["reason"]) == (200, "OK")
            assert known["address"] == f"127.0.0.1:{port};transport=tcp"
            assert known["round_trip_ms"] > 0
            assert "answers «200 OK»" in await installation.says("doctor")
        await until_told(lambda: is_in("down"))
        assert "has been down for" in await installation.says("doctor")
