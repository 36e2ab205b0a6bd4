"""The whole product for the end-to-end tests: each has its own installation and browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import BrowserContext

from tests.peers import spoken
from tests.peers.browser import ENGINE_ALONE, chromium
from tests.peers.ear import microphone
from tests.peers.installation import Installation
from tests.peers.tones import Samples, tone

AGENT_TONE_HZ = 620
CALLER_TONE_HZ = 440
AGENT_SENTENCE = "conf-leaderhasleft"
"""«The leader has left the conference.»"""
CALLER_SENTENCE = "conf-onlyperson"
"""«You are currently the only person in this conference.»"""


def said(name: str) -> Samples:
    """A recorded sentence as samples between -1 and 1."""
    return spoken.prompt(name).astype(np.float64) / 32768


def agents_sound(folder: Path) -> Path:
    """The agent's tone, a pause and a recorded sentence."""
    return microphone(folder / "agent.wav", tone(AGENT_TONE_HZ, 3), np.zeros(8000), said(AGENT_SENTENCE), np.zeros(12000))


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as installation:
        yield installation


@pytest.fixture
async def agents_browser(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """Its microphone sends the agent's sound over and over."""
    async with chromium(agents_sound(tmp_path)) as context:
        yield context


@pytest.fixture
async def supervisors_browser() -> AsyncIterator[BrowserContext]:
    async with chromium(program=ENGINE_ALONE) as context:
        yield context
