"""From prompts to files: speaks what must be spoken, keeps what was, and says so when there is no voice.

Invariant: `files` always returns, and never nothing: a text that cannot be spoken becomes a tone, so that a flow goes on without
a voice, and an alert stands until one is there again: whoever begins says which it is, and says it again now and then, because
the one who said it before may have ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from core.events import Alert
from core.ports import Bus, Clock, PromptSpeaker, Unavailable
from ivr.actions import Prompt, SoundFile, SpokenText
from ivr.flow import Flow
from ivr.sounds import MISSING_PROMPT_TONE

log = structlog.get_logger(__name__)

ALERT_KEY = "ivr:voice"
CALLER_WAITS_S = 8.0
"""Longer than this no caller waits for one sentence."""
PREPARING_WAITS_S = 120.0
"""A voice that has just been started on a busy machine needs its time; nobody is waiting yet."""
TOLD_AGAIN_S = 60.0
KEPT = 5_000
"""Fixed pieces whose files are remembered."""


class Prompts:
    """The files of prompts."""

    def __init__(
        self,
        speaker: PromptSpeaker,
        bus: Bus,
        clock: Clock,
        *,
        wideband: bool = False,
        publish: Callable[[str], Awaitable[str]] | None = None,
    ) -> None:
        """`publish`: the name under which every media node finds a file; None: all of them have our directory."""
        self._speaker = speaker
        self._bus = bus
        self._clock = clock
        self._wideband = wideband
        self._publish = publish
        self._fixed: dict[SpokenText, str] = {}
        self._mute: bool | None = None
        """None: nothing was spoken yet."""
        self._told_at = 0.0

    async def prepare(self, flow: Flow) -> int:
        """Speaks all fixed pieces of a flow, one after the other; returns how many could not be spoken."""
        failed = 0
        for text in flow.fixed_prompts():
            file = await self._speak(text, PREPARING_WAITS_S)
            if file is not None and self._publish is not None:
                await self._publish(file)
            if file is None:
                failed += 1
            elif len(self._fixed) < KEPT:
                self._fixed[text] = file
        if self._mute is None and not flow.fixed_prompts():
            await self._told(None)  # nothing has to be spoken: nobody hears a tone instead
        log.info("prompts_prepared", flow_id=flow.flow, version=flow.version, failed=failed)
        return failed

    async def files(self, prompts: Iterable[Prompt]) -> tuple[str, ...]:
        """Paths relative to a node's data directory, in order."""
        found: list[str] = []
        for prompt in prompts:
            if isinstance(prompt, SoundFile):
                found.append(prompt.file)
            elif file := self._fixed.get(prompt) or await self._speak(prompt, CALLER_WAITS_S):
                found.append(file)
        files = tuple(found) or (MISSING_PROMPT_TONE,)
        return files if self._publish is None else tuple([await self._publish(file) for file in files])

    async def _speak(self, prompt: SpokenText, limit_s: float) -> str | None:
        try:
            async with asyncio.timeout(limit_s):
                rendered = await self._speaker.render(prompt.text, prompt.language)
        except Unavailable as error:
            await self._told(str(error))
            return None
        except TimeoutError:
            log.warning("voice_too_slow", limit_s=limit_s)  # busy, not lost: the next prompt may well be in time
            return None
        await self._told(None)
        return rendered.path_16k if self._wideband else rendered.path_8k

    async def _told(self, trouble: str | None) -> None:
        """Raises the alert when the voice is lost, and clears it when it is back; in between only now and then."""
        before, now = self._mute, self._clock.now()
        if before == (trouble is not None) and now - self._told_at < TOLD_AGAIN_S:
            return
        self._mute, self._told_at = trouble is not None, now
        severity = "critical" if trouble else "cleared"
        text = f"Prompts cannot be spoken: {trouble}. Callers hear a tone instead." if trouble else "Prompts are spoken again."
        alert = Alert(at=now, key=ALERT_KEY, severity=severity, text=text, code="no_voice", details={"reason": trouble or ""})
        if before != self._mute and (before is not None or trouble is not None):
            log.warning("voice_state", severity=severity)
        try:
            await self._bus.publish(alert)
        except Unavailable:
            self._mute = before  # nobody heard it: tell it with the next prompt
