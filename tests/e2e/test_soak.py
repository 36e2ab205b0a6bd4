"""Hundreds of calls of every kind: all go well, nobody complains, and no process keeps anything of them.

First come calls that fill pools and caches; what the processes hold afterwards is compared with what they hold some calls later.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import BrowserContext, expect

from tests.e2e.conftest import AGENT_TONE_HZ
from tests.e2e.test_life_of_a_call import dana_talking_to, desk_of
from tests.interop.sipp import run_sipp
from tests.peers.browser import chromium
from tests.peers.desk import PATIENCE_MS
from tests.peers.installation import Installation
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(1800)]

CALLS_A_SECOND = 6
MOST_BYTES_A_CALL = 12_000
"""What stands in Redis of a call until a hundred thousand newer events have come is about half of it."""
MOST_BYTES_A_BROWSER = 100_000
"""With some dozens of calls a page more or less of the allocator counts; a connection that is kept is larger than this."""
MOST_DESCRIPTORS, MOST_THREADS = 10, 3
"""Pools of connections and workers may still grow; of calls that are kept there would be some dozens."""
SETTLE_S = 60.0


class Held(NamedTuple):
    """What one process holds."""

    memory_bytes: int
    descriptors: int
    threads: int


def held_by(installation: Installation) -> dict[str, Held]:
    """By what the process is started as: «serve», «serve --only», «node --id», «redis-server»."""
    held = {}
    for process in installation.processes():
        words = process.cmdline()
        name = " ".join(words[3:5]) if "server.cli" in words else process.name()
        held[name] = Held(process.memory_info().rss, process.num_fds(), process.num_threads())
    return held


async def all_is_quiet(installation: Installation, agents: int = 0) -> None:
    """No call, no stream, and no leg but those of so many desks: as the processes themselves count."""
    async with installation.signed_in("sam") as client:

        async def count(name: str) -> float:
            text = (await client.get(f"{installation.url}/metrics")).text
            samples = re.findall(rf"^patchbay_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
            return sum(float(sample) for sample in samples)

        async def quiet() -> bool:
            return [await count(name) for name in ("node_legs", "asr_streams", "calls")] == [agents, 0, 0]

        await until_told(quiet, SETTLE_S)


async def keeps_nothing(installation: Installation, before: dict[str, Held], calls: int, most_bytes: int) -> None:
    """Fails with the processes that hold more than they did `calls` calls ago."""
    grown: list[str] = []

    async def settled() -> bool:
        now = held_by(installation)
        grown[:] = [
            f"{name}: {was} → {now[name]}"
            for name, was in before.items()
            if now[name].memory_bytes - was.memory_bytes > calls * most_bytes
            or now[name].descriptors > was.descriptors + MOST_DESCRIPTORS
            or now[name].threads > was.threads + MOST_THREADS
        ]
        return not grown

    try:
        await until_told(settled, SETTLE_S)
    except TimeoutError:
        raise AssertionError(f"kept after {calls} calls: {'; '.join(grown)}") from None


def complaints(installation: Installation) -> list[str]:
    return [line for line in installation.log.splitlines() if re.search(r'"level": "(warning|error|critical)"|Traceback', line)]


async def test_phones_that_press_a_key_wait_and_hang_up(installation: Installation, tmp_path: Path) -> None:
    async def call(times: int, folder: str) -> None:
        came = await run_sipp("digits", installation.sip_port, tmp_path / folder, calls=times, rate=CALLS_A_SECOND)
        came.assert_all_went_well(times)
        await all_is_quiet(installation)

    await call(600, "first")
    before = held_by(installation)
    await call(600, "then")
    await keeps_nothing(installation, before, 600, MOST_BYTES_A_CALL)
    assert complaints(installation) == []


async def test_callers_who_are_answered_recorded_and_written_down(
    installation: Installation, agents_browser: BrowserContext
) -> None:
    desk = await desk_of(agents_browser, installation)
    await desk.goes("Available")

    async def call(times: int) -> None:
        for _ in range(times):
            async with dana_talking_to(desk, installation) as phone:
                assert await phone.hears_tone(AGENT_TONE_HZ)
                await phone.hang_up()
                await phone.disconnected()
            await desk.wraps_up("Solved", "One of many.")
            await desk.is_now("Available")
        await all_is_quiet(installation, agents=1)

    await call(15)
    before = held_by(installation)
    await call(40)
    await keeps_nothing(installation, before, 40, MOST_BYTES_A_BROWSER)
    assert complaints(installation) == []


async def test_browsers_of_which_half_just_close_the_page(tmp_path: Path) -> None:
    async with Installation(tmp_path, LIMITS_WIDGET_CALLS_PER_MINUTE="1000") as installation, chromium() as callers_browser:

        async def call(times: int) -> None:
            for number in range(times):
                page = await callers_browser.new_page()
                await page.goto(f"{installation.url}/widget.html?number=1000")
                await page.get_by_role("button", name=re.compile("^Call")).click()
                key = page.get_by_role("button", name="2", exact=True)
                await key.click(timeout=PATIENCE_MS)
                if number % 2:
                    hang_up = page.get_by_role("button", name=re.compile("Hang up"))
                    await hang_up.click()
                    await expect(hang_up).to_be_hidden(timeout=PATIENCE_MS)
                await page.close()
            await all_is_quiet(installation)

        await call(20)
        before = held_by(installation)
        await call(40)
        await keeps_nothing(installation, before, 40, MOST_BYTES_A_BROWSER)
        assert complaints(installation) == []
