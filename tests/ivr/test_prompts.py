"""Whether there is a voice is said when it changes, at the first word after a start, and again now and then."""

from __future__ import annotations

from core.events import Alert
from core.ports import RenderedPrompt, Unavailable
from ivr.actions import SpokenText
from ivr.prompts import TOLD_AGAIN_S, Prompts
from ivr.sounds import MISSING_PROMPT_TONE
from tests.peers.memory_bus import MemoryBus

HELLO = [SpokenText(text="Hello.", language="en")]


class Voice:
    """Speaks, unless it is `lost`."""

    lost = False

    async def render(self, text: str, language: str = "en") -> RenderedPrompt:
        if self.lost:
            raise Unavailable("no voice")
        return RenderedPrompt(path_8k="hello-8k.wav", path_16k="hello-16k.wav", duration_ms=500)


class Clock:
    time = 1000.0

    def now(self) -> float:
        return self.time


class Studio:
    def __init__(self) -> None:
        self.voice, self.bus, self.clock = Voice(), MemoryBus(), Clock()
        self.prompts = Prompts(self.voice, self.bus, self.clock)

    def restarts(self) -> None:
        self.prompts = Prompts(self.voice, self.bus, self.clock)

    async def speaks(self) -> list[str]:
        """And what has been said of the voice since."""
        before = len(self.bus.of_type(Alert))
        await self.prompts.files(HELLO)
        return [alert.severity for alert in self.bus.of_type(Alert)[before:]]


async def test_a_voice_that_is_lost_stands_in_needs_attention_until_it_is_back() -> None:
    studio = Studio()
    studio.voice.lost = True
    assert await studio.prompts.files(HELLO) == (MISSING_PROMPT_TONE,)
    assert await studio.speaks() == []
    studio.voice.lost = False
    assert await studio.speaks() == ["cleared"]
    assert await studio.speaks() == []


async def test_whoever_begins_with_a_voice_clears_what_an_earlier_process_said() -> None:
    """It had ended before the voice was back, and the entry stood for ever."""
    studio = Studio()
    studio.voice.lost = True
    assert await studio.speaks() == ["critical"]
    studio.restarts()
    studio.voice.lost = False
    assert await studio.speaks() == ["cleared"]


async def test_what_is_so_is_said_again_now_and_then_also_by_another_process() -> None:
    studio = Studio()
    assert await studio.speaks() == ["cleared"]
    studio.clock.time += TOLD_AGAIN_S
    assert await studio.speaks() == ["cleared"]
    studio.voice.lost = True
    assert await studio.speaks() == ["critical"]
    studio.clock.time += TOLD_AGAIN_S
    assert await studio.speaks() == ["critical"]
