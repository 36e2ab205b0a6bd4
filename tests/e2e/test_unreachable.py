"""An agent whose browser is gone is counted apart within seconds, promised to nobody, and stepped over.

The whole product: a real phone, an agent in Chromium whose page is killed, another one without a browser.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext
from websockets.asyncio.client import connect

from core.ids import FlowId
from server.storage.sql.database import Database
from server.storage.sql.flows import SqlFlows
from tests.e2e.conftest import agents_sound
from tests.e2e.test_callback import DANA, FLOW
from tests.peers.agent import HeadlessAgent, Message
from tests.peers.browser import chromium
from tests.peers.desk import Desk, sign_in
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480), pytest.mark.asyncio(loop_scope="module")]

UNREACHABLE_AFTER_S = 4.0
PATIENCE_S = 90.0
BUSY_MACHINE_S = 5.0
"""What the two processors may add."""
NOBODY = {"agents_available": 0, "agents_unreachable": 0, "agents_busy": 0, "agents_wrap_up": 0}
ONLY_MEI = {"agents": {"agent_jonas": {"skills": {"skill_billing": None}}}}
"""Jonas serves orders, into which billing flows over after ten minutes."""


class Board(NamedTuple):
    """What a supervisor who looks now is shown: a new screen each time, so that it is the whole picture."""

    installation: Installation

    async def snapshot(self) -> dict[str, Any]:
        async with self.installation.signed_in("sam") as client:
            cookie = f"patchbay_session={client.cookies['patchbay_session']}"
            url = f"{self.installation.url.replace('http', 'ws')}/api/v1/live"
            async with connect(url, additional_headers={"Cookie": cookie}, max_queue=None) as screen:
                while True:
                    message: dict[str, Any] = json.loads(await screen.recv())
                    if message["type"] == "snapshot":
                        return message

    async def billing(self) -> dict[str, Any]:
        (queue,) = [each for each in (await self.snapshot())["queues"] if each["queue_id"] == "queue_billing"]
        return dict(queue)

    async def counts(self, **agents: int) -> bool:
        queue = await self.billing()
        return {name: queue[name] for name in NOBODY} == NOBODY | agents

    async def mei(self) -> Message:
        (agent,) = [each for each in (await self.snapshot())["agents"] if each["agent_id"] == "agent_mei"]
        return dict(agent)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Callers come straight into billing, which only Mei serves."""
    # Each picture of the board is a sign-in.
    limits = {"LIMITS_SIGN_IN_TRIES_PER_MINUTE": "1000", "LIMITS_SIGN_IN_TRIES_PER_ACCOUNT": "1000"}
    folder = tmp_path_factory.mktemp("installation")
    async with Installation(folder, ACD_UNREACHABLE_AFTER_S=str(UNREACHABLE_AFTER_S), **limits) as made:
        database = Database(f"sqlite:///{made.data_dir / 'patchbay.db'}")
        flows = SqlFlows(database)
        version = await flows.save(FlowId("flow_demo"), "Straight into the queue", FLOW, "test", time.time())
        await flows.publish(FlowId("flow_demo"), version)
        await database.close()
        async with made.signed_in("ada") as ada:
            known = (await ada.get("/configuration")).json()["version"]
            (await ada.patch("/configuration", json={"version": known, "changes": ONLY_MEI})).raise_for_status()
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def agents_browser(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    async with chromium(agents_sound(tmp_path)) as context:
        yield context


async def test_a_killed_browser_is_counted_apart_and_stepped_over_and_a_page_loaded_anew_changes_nothing(
    installation: Installation, agents_browser: BrowserContext
) -> None:
    board = Board(installation)
    page = await agents_browser.new_page()
    await sign_in(page, installation, "mei")
    desk = Desk(page)
    await desk.can_hear()
    await desk.goes("Available")
    await desk.is_now("Available")
    await until_told(lambda: board.counts(agents_available=1), PATIENCE_S)
    assert (await board.billing())["expected_wait_s"] is not None

    await page.reload()
    await desk.can_hear()
    await desk.is_now("Available")
    await until_told(lambda: board.counts(agents_available=1), PATIENCE_S)
    assert (await board.mei())["reachable"]

    _kill_pages()
    killed_at = time.time()
    await until_told(lambda: board.counts(agents_unreachable=1), PATIENCE_S)
    assert (await board.billing())["expected_wait_s"] is None, "nobody is there whom a wait could be reckoned with"
    mei = await board.mei()
    assert mei["state"] == "unreachable"
    assert mei["since"] - killed_at < UNREACHABLE_AFTER_S + BUSY_MACHINE_S

    async with HeadlessAgent.signed_in(installation, "jonas", hz=620.0) as jonas, Phone.start() as phone:
        await jonas.becomes("available")
        await jonas.is_now("available")
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA, name="D. Whitfield")
        offer = await jonas.offered(PATIENCE_S)
        assert offer["queue_id"] == "queue_orders", "it flowed over ten minutes before its time"
        assert (await board.billing())["agents_unreachable"] == 1


async def test_a_machine_that_falls_silent_with_its_connection_open_is_unreachable_too(installation: Installation) -> None:
    """Its lid was closed, or its network is gone: no connection ends."""
    board = Board(installation)
    async with HeadlessAgent.signed_in(installation, "mei", hz=620.0) as mei:
        await mei.becomes("available")
        await until_told(lambda: board.counts(agents_available=1), PATIENCE_S)
        await mei.falls_silent()
        await until_told(lambda: board.counts(agents_unreachable=1), PATIENCE_S)
        assert (await board.billing())["expected_wait_s"] is None


def _kill_pages() -> None:
    """The processes of this test's own browser that draw pages: the network's process closes what was theirs."""
    for process in psutil.Process().children(recursive=True):
        if "--type=renderer" in process.cmdline():
            process.kill()
