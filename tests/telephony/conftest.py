"""The real browser, once for the tests of a file; its microphone hears a tone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.peers.browser import MICROPHONE_HZ, chromium_process
from tests.peers.tones import tone, write_wav


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    microphone = tmp_path_factory.mktemp("sound") / "microphone.wav"
    async with chromium_process(write_wav(microphone, tone(MICROPHONE_HZ, 5.0, 48000), 48000)) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def browser(one_chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await one_chromium.new_context()
    yield context
    await context.close()
