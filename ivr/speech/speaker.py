"""Prompts spoken once and kept: the cache in front of the voices.

A prompt's file is named by voice, language and text, so a better voice or another wording makes another file. Renders
of the same text at the same time happen once; a caller who stops waiting does not stop the render.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from core.ports import RenderedPrompt, Unavailable
from ivr.speech import sound
from ivr.speech.engine import Engine, EspeakNg, Flite, VoiceFailed
from ivr.speech.piper_engine import Piper, packaged_voice

log = structlog.get_logger(__name__)

_TREATMENT = "1"
"""Of the sound after the voice; another number speaks every prompt again."""


class CachedSpeaker:
    """Implements `core.ports.PromptSpeaker`. Owns its renders; `close` ends them and the voices."""

    def __init__(
        self, data_dir: Path, engines: Sequence[Engine], prompt_cache: Path | None = None, *, fills_prompt_cache: bool = False
    ) -> None:
        """`prompt_cache` holds prompts for all installations of this machine: a new data directory begins with those.

        Only set-up fills it, with fixed sentences: what is spoken in calls may hold names and stays in the data directory.
        """
        self._data_dir = data_dir
        self._engines = tuple(engines)
        """In order of preference."""
        self._prompt_cache = prompt_cache
        self._fills_prompt_cache = fills_prompt_cache
        self._running: dict[str, asyncio.Task[RenderedPrompt]] = {}

    async def render(self, text: str, language: str = "en") -> RenderedPrompt:
        """Raises `Unavailable` when no voice can speak the text; the message says what each of them said."""
        text = " ".join(text.split())
        engines = [engine for engine in self._engines if engine.speaks(language)]
        if not text:
            raise Unavailable("a prompt without words cannot be spoken")
        if not engines:
            raise Unavailable(f"no voice for “{language}” is installed (Piper, flite or espeak-ng)")
        kept = await asyncio.to_thread(self._kept, _key(engines[0], text, language))
        if kept is not None:
            return kept
        key = _key(engines[0], text, language)
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._render(engines, text, language), name=f"speak-{key[:8]}")
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        for engine in self._engines:
            await engine.close()

    def _forget(self, key: str, done: asyncio.Task[RenderedPrompt]) -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at here too, for the case that every caller has gone

    async def _render(self, engines: Sequence[Engine], text: str, language: str) -> RenderedPrompt:
        refusals: list[str] = []
        for engine in engines:
            key = _key(engine, text, language)
            if kept := await asyncio.to_thread(self._kept, key):
                return kept
            try:
                return await self._speak(engine, text, language, key)
            except (VoiceFailed, ValueError, OSError) as error:
                log.warning("voice_failed", voice=engine.name, language=language, reason=error)
                refusals.append(f"{engine.name}: {error}")
        raise Unavailable("; ".join(refusals))

    async def _speak(self, engine: Engine, text: str, language: str, key: str) -> RenderedPrompt:
        folder = self._data_dir / "prompts" / "spoken"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            raw = Path(scratch) / "raw.wav"
            await engine.speak(text, language, raw)
            await asyncio.to_thread(self._treat, raw, key)
        kept = self._kept(key)
        assert kept is not None
        return kept

    def _treat(self, raw: Path, key: str) -> None:
        voice, rate_hz = sound.read(raw)
        # 8 kHz last: its presence says that both are there.
        for new_rate_hz in (16_000, 8_000):
            spoken = sound.for_telephone(voice, rate_hz, new_rate_hz)
            if not len(spoken):
                raise VoiceFailed("the voice said nothing")
            sound.write(self._data_dir / _file(key, new_rate_hz), spoken, new_rate_hz)
        if self._prompt_cache is not None and self._fills_prompt_cache:
            _copy_prompt(key, self._data_dir, self._prompt_cache)

    def _kept(self, key: str) -> RenderedPrompt | None:
        narrow, wide = _file(key, 8_000), _file(key, 16_000)
        if self._prompt_cache is not None and not (self._data_dir / narrow).exists():
            _copy_prompt(key, self._prompt_cache, self._data_dir)
        try:
            size = (self._data_dir / narrow).stat().st_size
            (self._data_dir / wide).stat()
        except FileNotFoundError:
            return None
        return RenderedPrompt(path_8k=narrow, path_16k=wide, duration_ms=max(size - _HEADER_BYTES, 0) // 16)


_HEADER_BYTES = 44


def _key(engine: Engine, text: str, language: str) -> str:
    return hashlib.sha256("\0".join((engine.name, _TREATMENT, language.lower(), text)).encode()).hexdigest()[:32]


def _file(key: str, rate_hz: int) -> str:
    return f"prompts/spoken/{key}-{rate_hz // 1000}k.wav"


def _copy_prompt(key: str, source: Path, target: Path) -> None:
    """Both rates, 8 kHz last; a prompt that is not there, or a place that cannot be written, changes nothing."""
    for rate_hz in (16_000, 8_000):
        file = target / _file(key, rate_hz)
        try:
            spoken = (source / _file(key, rate_hz)).read_bytes()
            file.parent.mkdir(parents=True, exist_ok=True)
            scratch = file.with_suffix(f".{os.getpid()}.part")
            scratch.write_bytes(spoken)
            scratch.replace(file)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("prompt_not_copied", reason=error)
            return


def default_engines(piper_voices: dict[str, Path] | None = None) -> list[Engine]:
    """Piper voices by language (given ones first, then the packaged English one), then flite, then espeak-ng."""
    voices: list[Engine] = [Piper(path, language) for language, path in (piper_voices or {}).items()]
    packaged = packaged_voice()
    if packaged is not None:
        voices.append(Piper(packaged, "en"))
    return [*voices, Flite(), EspeakNg()]


def default_speaker(
    data_dir: Path, piper_voices: dict[str, Path] | None = None, *, fills_prompt_cache: bool = False
) -> CachedSpeaker:
    """The speaker as `server` uses it, with the machine's prompt_cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "patchbay" / "prompts"
    return CachedSpeaker(data_dir, default_engines(piper_voices), prompt_cache=cache, fills_prompt_cache=fills_prompt_cache)
