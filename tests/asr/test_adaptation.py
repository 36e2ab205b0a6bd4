"""The company's words, joined to the graph: fewer errors on texts that were not in it, and words that the model never knew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import jiwer
import numpy as np
import pytest

from asr.model_files import SpeechModel, locate
from asr.recognizer import Recognizer
from asr.transcript import Timeline, Transcript
from asr.vosk_recognizer import load_recognizers
from bench.asr_files import halves
from ivr.speech import sound
from ivr.speech.engine import Flite
from tests.peers.spoken import prompt, texts, words
from tools.speech.fetch_model import Domain, compose_live

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

COMPANY = "Welcome to Patchbay.\nPatchbay support is closed.\nThank you for calling Patchbay.\n"


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapted")
    (folder / "texts.txt").write_text(COMPANY + "\n".join(texts()[name] for name in halves()[0]), encoding="utf-8")
    (folder / "sounds_like.txt").write_text("patchbay = patch bay\n", encoding="utf-8")
    shipped = locate("en").phrases
    assert shipped is not None
    return compose_live(shipped, folder, Domain(folder / "texts.txt", folder / "sounds_like.txt"))


def dictation(live: Path) -> Recognizer:
    return load_recognizers([SpeechModel(language="en", name="test", live=live)])["en"].dictation()


def understood(recognizer: Recognizer, samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> str:
    timeline = Timeline()
    timeline.feed(len(samples), 0)
    heard = [*(recognizer.accept(samples.tobytes()) or ()), *recognizer.finish()]
    final = Transcript(timeline).final(heard)
    return final.text if final else ""


def test_fewer_errors_on_sentences_that_were_not_in_the_texts(adapted: Path) -> None:
    names = halves()[1]
    errors = {}
    for live in (locate("en").live, adapted):
        recognizer = dictation(live)
        heard = [understood(recognizer, np.concatenate([prompt(name), np.zeros(2000, np.int16)])) for name in names]
        errors[live] = jiwer.wer([" ".join(words(name)) for name in names], heard)
    plain, with_texts = errors.values()
    assert with_texts < 0.85 * plain


def test_a_word_outside_the_vocabulary_is_written(adapted: Path, tmp_path: Path) -> None:
    asyncio.run(Flite().speak("Thank you for calling patch bay. Patch bay support is closed.", "en", tmp_path / "raw.wav"))
    samples = (sound.for_telephone(*sound.read(tmp_path / "raw.wav"), 8000) * 32767).astype(np.int16)
    assert "patchbay" in understood(dictation(adapted), samples).split()
