"""What a flow's text may name beside the configuration: sound files in the data directory, words that a speech model can hear."""

from __future__ import annotations

import wave
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import structlog

from asr.model_files import NoModel, SpeechModel, locate
from asr.vocabulary import NoWords, unknown_words
from ivr.sounds import HOLD_MUSIC, MISSING_PROMPT_TONE, RINGING_TONE
from server.business.checks.flows import FileFault, Surroundings, Unheard
from server.business.document import Document
from server.config import Config

log = structlog.get_logger(__name__)
STANDARD = frozenset({HOLD_MUSIC, MISSING_PROMPT_TONE, RINGING_TONE})
"""Written at every start: there, though an installation may never have started yet."""
PROMPTS = "prompts"
MOST_FILES = 1_000
"""Offered to whoever writes a flow."""
_NOT_PEOPLES = frozenset({"spoken", "content"})
"""What was spoken for flows, and what is kept by the hash of its content."""


def look_around(config: Config, document: Document) -> Surroundings:
    """Blocking: reads folders and a model's list of words."""
    return Surroundings(
        queues=document.queues,
        skills=document.skills,
        file_fault=partial(file_fault, config.data_dir),
        files=sound_files(config.data_dir),
        models=_models(config),
    )


def file_fault(data_dir: Path, name: str) -> FileFault:
    if name in STANDARD:
        return ""
    path = (data_dir / name).resolve()
    if not path.is_relative_to(data_dir.resolve()):
        return "outside"
    try:
        with wave.open(str(path), "rb") as sound:
            fits = (sound.getnchannels(), sound.getsampwidth()) == (1, 2) and sound.getframerate() in {8000, 16000}
    except (OSError, ValueError):
        return "absent"
    except (wave.Error, EOFError):
        return "not_wav"
    return "" if fits else "not_wav"


def sound_files(data_dir: Path) -> tuple[str, ...]:
    """Those that people put into `prompts`, and the standard ones; not what was spoken for flows."""
    found = set(STANDARD)
    for path in sorted((data_dir / PROMPTS).rglob("*.wav")):
        name = path.relative_to(data_dir)
        if name.parts[1] not in _NOT_PEOPLES:
            found.add(name.as_posix())
        if len(found) >= MOST_FILES:
            break
    return tuple(sorted(found))


def _models(config: Config) -> Mapping[str, Unheard]:
    """Of the language that is transcribed, when this machine has its model."""
    if not config.speech.transcribe:
        return {}
    given = config.base / config.speech.model_dir if config.speech.model_dir else None
    language = config.speech.language
    try:
        model = locate(language, given)
        unknown_words(model, ["a"])
    except (NoModel, NoWords) as error:
        log.info("phrases of flows are not checked", language=language, reason=error)
        return {}
    return {language.split("-", maxsplit=1)[0].lower(): partial(_unheard, model)}


def _unheard(model: SpeechModel, phrases: Collection[str]) -> frozenset[str]:
    try:
        return unknown_words(model, phrases)
    except NoWords:  # the model went away between two looks
        return frozenset()
