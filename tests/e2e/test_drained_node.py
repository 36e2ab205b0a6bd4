"""A media node is drained, and one dies: real desks leave it by themselves, within three seconds, and no call is lost.

What is judged is the order of what happens, and how long it may take as the documents say; how long it took is printed
(`pytest --log-cli-level=INFO`), because a busy machine makes everything slow.
"""

from __future__ import annotations

import logging
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import BrowserContext, Page

from tests.e2e.conftest import AGENT_TONE_HZ, CALLER_TONE_HZ
from tests.e2e.test_callback import DANA, FLOW
from tests.e2e.test_life_of_a_call import desk_of, hears_nothing_but
from tests.peers import ear
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.raw_sip import RawSip
from tests.peers.waiting import until_told

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as made:
        await publish(made, FLOW)
        yield made


@asynccontextmanager
async def administrator(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    async with installation.signed_in("ada") as ada:
        yield ada


async def nodes_of(ada: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ada.get("/nodes")).json()["items"]
    return found


async def until_node(ada: httpx.AsyncClient, node_id: str, **wanted: object) -> float:
    """Until it says so of itself; how long that took."""
    began = time.monotonic()

    async def says_so() -> bool:
        return any(node["node_id"] == node_id and wanted.items() <= node.items() for node in await nodes_of(ada))

    await until_told(says_so)
    return time.monotonic() - began


async def legs_of(page: Page) -> list[str]:
    """The nodes that this desk's legs were opened on, in order."""
    found: list[str] = await page.evaluate("window.legNodes")
    return found


async def has_legs(page: Page, count: int) -> bool:
    return len(await legs_of(page)) >= count


NOTES_LEGS = """
window.legNodes = [];
const fetched = window.fetch;
window.fetch = async (...given) => {
  const answer = await fetched(...given);
  if (String(given[0]).endsWith("/legs") && answer.ok) window.legNodes.push((await answer.clone().json()).node_id);
  return answer;
};
"""


async def test_a_drained_node_loses_its_desks_and_no_call(installation: Installation, agents_browser: BrowserContext) -> None:
    await agents_browser.add_init_script(NOTES_LEGS)
    async with administrator(installation) as ada, Phone.start() as phone:
        desk = await desk_of(agents_browser, installation)
        await desk.goes("Available")
        await desk.is_now("Available")
        first = (await nodes_of(ada))[0]
        async with installation.second_node():
            await installation.knows_nodes(2)
            await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
            await phone.connected()
            await desk.answers()
            await phone.says_tone(CALLER_TONE_HZ)
            await ear.hears_tone(desk.page, CALLER_TONE_HZ)

            began = time.monotonic()
            assert (await ada.post(f"/nodes/{first['name']}/drain")).status_code == 204
            await until_told(lambda: has_legs(desk.page, 2))
            log.info("an agent in a call opened a leg on another node %.1f s after the drain", time.monotonic() - began)
            await until_node(ada, first["node_id"], state="draining", in_calls=2)
            assert [node == first["node_id"] for node in await legs_of(desk.page)] == [True, False], "by itself, and once"
            await desk.is_now("On a call")
            await hears_nothing_but(phone, AGENT_TONE_HZ)
            await ear.hears_tone(desk.page, CALLER_TONE_HZ)
            assert "AGENT_LOST" not in installation.log

            async with RawSip.to(installation.sip_port) as carrier:
                refused = [await carrier.final(carrier.request(method)) for method in ("INVITE", "OPTIONS")]
                assert [(each.status, bool(each.header("Retry-After"))) for each in refused] == [(503, True)] * 2

            await phone.hang_up()
            await until_node(ada, first["node_id"], state="drained", legs=0)
            assert "drained" in await installation.says("node", "drain", first["name"], "--wait", "--timeout", "20")
            assert re.search(rf"{first['name']}.*drained", await installation.says("node", "list"))

            installation.child("node", "--id").send_signal(signal.SIGKILL)

            async def is_back() -> bool:
                return any(
                    node["name"] == first["name"] and node["node_id"] != first["node_id"] and node["state"] == "drained"
                    for node in await nodes_of(ada)
                )

            await until_told(is_back)
            await installation.says("node", "resume", first["name"])
            again = next(node for node in await nodes_of(ada) if node["name"] == first["name"])
            await until_node(ada, again["node_id"], state="up")
