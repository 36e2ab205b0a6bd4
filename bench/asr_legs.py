"""Legs as they are in a call: recorded sentences with pauses between them and a telephone's noise under everything."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from asr.g711 import RATE_HZ, Samples, decode_ulaw, encode_ulaw
from tests.peers.spoken import prompt, sentences, silence, words

NOISE_DBFS = -62.0
SPEECH_SHARE = 0.4
_LAST_PAUSE_S = 1.5


@dataclass(frozen=True)
class SpokenLeg:
    """One side of a call."""

    samples: Samples
    text: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE_HZ


def legs(count: int, seconds: float, seed: int = 1) -> list[SpokenLeg]:
    """Each says other sentences, or the same in another order; `SPEECH_SHARE` of the time, give or take a sentence."""
    draw = random.Random(seed)
    return [_leg(_shuffled(draw), seconds, draw) for _ in range(count)]


def _shuffled(draw: random.Random) -> list[str]:
    names = sentences()
    draw.shuffle(names)
    return names


def _leg(names: list[str], seconds: float, draw: random.Random) -> SpokenLeg:
    # The leg begins somewhere in a conversation: the first pause is cut short at random, so that not all legs speak at once.
    parts, text = [silence(draw.uniform(0.0, 6.0))], []
    left = seconds - len(parts[0]) / RATE_HZ
    for name in names:
        sound = prompt(name)
        spoken = len(sound) / RATE_HZ
        pause = spoken * (1 / SPEECH_SHARE - 1) * draw.uniform(0.5, 1.5)
        if spoken + _LAST_PAUSE_S > left:
            continue
        parts += [sound, silence(pause)]
        text += words(name)
        left -= spoken + pause
    length = int(seconds * RATE_HZ)
    whole = np.concatenate(parts)[:length].astype(np.float64)
    whole = np.pad(whole, (0, length - len(whole)))
    noise = np.random.default_rng(draw.randrange(2**32)).normal(0.0, 32768 * 10 ** (NOISE_DBFS / 20), length)
    return SpokenLeg(decode_ulaw(encode_ulaw(np.clip(whole + noise, -32768, 32767).astype(np.int16))), " ".join(text))
