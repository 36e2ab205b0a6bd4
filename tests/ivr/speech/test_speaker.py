"""Prompts are spoken once, in a voice that people and recognizers understand, and a missing voice is no disaster."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import jiwer
import numpy as np
import psutil
import pytest

from asr.model_files import locate
from asr.vosk_recognizer import load_recognizers
from core.ports import RenderedPrompt, Unavailable
from ivr.speech import sound
from ivr.speech.engine import Engine, EspeakNg, Flite, VoiceFailed
from ivr.speech.piper_engine import Piper, packaged_voice
from ivr.speech.speaker import CachedSpeaker, default_engines
from tests.peers.waiting import until


class ToneVoice:
    """Speaks a tone, and counts."""

    def __init__(self, name: str = "tone-1", fails: str = "", knows: str = "en") -> None:
        self.name = name
        self.spoken: list[str] = []
        self._fails = fails
        self._knows = knows

    def speaks(self, language: str) -> bool:
        return language == self._knows

    async def speak(self, text: str, language: str, path: Path) -> None:
        self.spoken.append(text)
        await asyncio.sleep(0)
        if self._fails:
            raise VoiceFailed(self._fails)
        sound.write(path, np.sin(np.arange(22_050) / 10) / 2, 22_050)

    async def close(self) -> None:
        """Keeps nothing."""


async def test_the_same_text_asked_for_at_once_is_spoken_once(tmp_path: Path) -> None:
    voice = ToneVoice()
    speaker = CachedSpeaker(tmp_path, [voice])
    prompts = await asyncio.gather(*(speaker.render(text) for text in ("Hello there.", "Hello  there. ", "Goodbye.")))
    assert sorted(voice.spoken) == ["Goodbye.", "Hello there."]
    assert prompts[0] == prompts[1] != prompts[2]
    again = CachedSpeaker(tmp_path, [voice])
    assert await again.render("Hello there.") == prompts[0]
    assert len(voice.spoken) == 2


async def test_both_rates_are_written_and_the_duration_is_true(tmp_path: Path) -> None:
    prompt = await CachedSpeaker(tmp_path, [ToneVoice()]).render("Hello")
    for path, rate_hz in ((prompt.path_8k, 8000), (prompt.path_16k, 16_000)):
        with wave.open(str(tmp_path / path)) as opened:
            assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, rate_hz)
            assert opened.getnframes() / rate_hz * 1000 == pytest.approx(prompt.duration_ms, abs=2)


async def test_another_voice_speaks_the_prompt_again(tmp_path: Path) -> None:
    first = await CachedSpeaker(tmp_path, [ToneVoice("tone-1")]).render("Hello")
    assert await CachedSpeaker(tmp_path, [ToneVoice("tone-2")]).render("Hello") != first


async def test_a_failing_voice_gives_way_to_the_next(tmp_path: Path) -> None:
    broken, spare = ToneVoice("broken", fails="no breath"), ToneVoice("spare")
    prompt = await CachedSpeaker(tmp_path, [broken, spare]).render("Hello")
    assert (tmp_path / prompt.path_8k).exists()
    assert spare.spoken == ["Hello"]


async def test_without_any_voice_the_error_says_what_each_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no voice for “fr”"):
        await CachedSpeaker(tmp_path, [ToneVoice()]).render("Bonjour", "fr")
    with pytest.raises(Unavailable, match="broken: no breath"):
        await CachedSpeaker(tmp_path, [ToneVoice("broken", fails="no breath")]).render("Hello")
    with pytest.raises(Unavailable, match="without words"):
        await CachedSpeaker(tmp_path, [ToneVoice()]).render("  ")


async def test_a_caller_who_gives_up_does_not_stop_the_render(tmp_path: Path) -> None:
    voice = ToneVoice()
    speaker = CachedSpeaker(tmp_path, [voice])
    impatient = asyncio.create_task(speaker.render("Hello"))
    patient = asyncio.create_task(speaker.render("Hello"))
    await until(lambda: bool(voice.spoken))
    impatient.cancel()
    assert (await patient).duration_ms > 0
    assert voice.spoken == ["Hello"]


@pytest.fixture
async def piper() -> AsyncIterator[Piper]:
    voice = packaged_voice()
    assert voice is not None
    engine = Piper(voice, "en")
    yield engine
    await engine.close()


SENTENCES = (
    "Thank you for calling. Please hold while we find the right person for you.",
    "For billing, press one. For technical support, press two.",
    "All our agents are busy at the moment. Your call is important to us.",
)


def understood(data_dir: Path, prompts: list[RenderedPrompt]) -> float:
    """Share of the words that a recognizer gets wrong on the 8 kHz files."""
    recognizer = load_recognizers([locate("en")])["en"].dictation()
    heard = []
    for prompt in prompts:
        samples, _ = sound.read(data_dir / prompt.path_8k)
        words = list(recognizer.accept((samples * 32767).astype(np.int16).tobytes()) or [])
        heard.append(" ".join(word.text for word in [*words, *recognizer.finish()]))
    wanted = [text.lower().replace(".", "").replace(",", "") for text in SENTENCES]
    return float(jiwer.wer(wanted, heard))


async def test_piper_is_understood_on_a_telephone(tmp_path: Path, piper: Piper) -> None:
    speaker = CachedSpeaker(tmp_path, [piper])
    prompts = [await speaker.render(text) for text in SENTENCES]
    assert understood(tmp_path, prompts) <= 0.15
    samples, rate_hz = sound.read(tmp_path / prompts[0].path_8k)
    assert sound.speech_level_dbfs(samples, rate_hz) == pytest.approx(sound.LOUDNESS_DBFS, abs=1.0)


async def test_flite_can_mostly_be_made_out(tmp_path: Path) -> None:
    speaker = CachedSpeaker(tmp_path, [Flite()])
    assert understood(tmp_path, [await speaker.render(text) for text in SENTENCES]) <= 0.45


async def test_chinese_is_spoken_by_espeak(tmp_path: Path) -> None:
    prompt = await CachedSpeaker(tmp_path, default_engines()).render("感谢来电，请稍候。", "zh")
    assert prompt.duration_ms > 1000


async def test_a_text_that_looks_like_an_option_or_a_file_is_only_spoken(tmp_path: Path) -> None:
    engines: tuple[Engine, ...] = (Flite(), EspeakNg())
    for engine in engines:
        prompt = await CachedSpeaker(tmp_path / engine.name, [engine]).render("-v /etc/hostname --help")
        assert prompt.duration_ms > 1000


async def test_a_dead_piper_process_costs_one_prompt_at_most(tmp_path: Path, piper: Piper) -> None:
    await piper.speak("Hello", "en", tmp_path / "first.wav")
    await piper.close()
    await piper.speak("Hello again", "en", tmp_path / "second.wav")
    assert (tmp_path / "second.wav").stat().st_size > 10_000


async def test_a_damaged_voice_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"not a voice")
    engine = Piper(tmp_path / "bad.onnx", "en")
    with pytest.raises(VoiceFailed, match="Piper gave no answer"):
        await engine.speak("Hello", "en", tmp_path / "out.wav")
    await engine.close()


async def test_piper_leaves_when_it_is_not_needed_and_comes_back(tmp_path: Path) -> None:
    voice = packaged_voice()
    assert voice is not None
    engine = Piper(voice, "en", linger_s=0.05)
    for name in ("first.wav", "second.wav"):
        await engine.speak("Hello", "en", tmp_path / name)
        await until(lambda: not any(map(is_piper, psutil.Process().children())))
    await engine.close()
    assert (tmp_path / "second.wav").stat().st_size > 10_000


def is_piper(process: psutil.Process) -> bool:
    """It may end between two questions."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "ivr.speech.piper_child" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


async def test_a_new_data_directory_begins_with_what_this_machine_has_spoken_before(tmp_path: Path) -> None:
    prompt_cache, voice = tmp_path / "prompt_cache", ToneVoice()
    await CachedSpeaker(tmp_path / "first", [voice], prompt_cache, fills_prompt_cache=True).render("Hello")
    prompt = await CachedSpeaker(tmp_path / "second", [ToneVoice(fails="no breath")], prompt_cache).render("Hello")
    assert (tmp_path / "second" / prompt.path_8k).read_bytes() == (tmp_path / "first" / prompt.path_8k).read_bytes()
    assert (tmp_path / "second" / prompt.path_16k).exists()


async def test_a_prompt_cache_that_cannot_be_written_does_not_stop_the_voice(tmp_path: Path) -> None:
    (tmp_path / "prompt_cache").write_text("a file, not a folder")
    prompt = await CachedSpeaker(tmp_path, [ToneVoice()], tmp_path / "prompt_cache", fills_prompt_cache=True).render("Hello")
    assert (tmp_path / prompt.path_8k).exists()


async def test_what_is_said_to_a_caller_stays_in_the_data_directory(tmp_path: Path) -> None:
    await CachedSpeaker(tmp_path / "data", [ToneVoice()], tmp_path / "prompt_cache").render("Good morning, Dana")
    assert not (tmp_path / "prompt_cache").exists()
