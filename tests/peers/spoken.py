"""Recorded human speech with known words: Debian's Asterisk prompts, 8 kHz studio recordings of one speaker."""

from __future__ import annotations

import gzip
import re
import wave
from functools import cache
from pathlib import Path

import numpy as np

from asr.g711 import Samples

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
RATE_HZ = 8000


def prompt(name: str) -> Samples:
    """A prompt's 16-bit samples."""
    with wave.open(str(SOUNDS / f"{name}.wav"), "rb") as opened:
        assert (opened.getframerate(), opened.getnchannels(), opened.getsampwidth()) == (RATE_HZ, 1, 2)
        return np.frombuffer(opened.readframes(opened.getnframes()), dtype=np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


@cache
def texts() -> dict[str, str]:
    """What each prompt says, as its publisher wrote it."""
    with gzip.open(TEXTS, "rt", encoding="utf-8") as opened:
        lines = [line.partition(":") for line in opened if ":" in line and not line.startswith(";")]
    return {name.strip(): text.strip() for name, _, text in lines}


def words(name: str) -> list[str]:
    """The prompt's words in lower case, without punctuation."""
    return re.sub(r"[^a-z' ]", " ", texts()[name].lower().replace("-", " ")).split()


def sentences(at_least_words: int = 5) -> list[str]:
    """Names of the prompts that are plain sentences: no sound effects, no digits (which may be read in several ways)."""
    return [
        name
        for name, text in texts().items()
        if not re.search(r"[\[\]\d]", text) and len(words(name)) >= at_least_words and (SOUNDS / f"{name}.wav").exists()
    ]
