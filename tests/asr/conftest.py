"""The real model, loaded once for all tests that need one."""

from __future__ import annotations

import pytest

from asr.model_files import locate
from asr.recognizer import RecognizerFactory, Recognizers
from asr.vosk_recognizer import load_recognizers


@pytest.fixture(scope="session")
def recognizers() -> Recognizers:
    return load_recognizers([locate("en")])


@pytest.fixture(scope="session")
def english(recognizers: Recognizers) -> RecognizerFactory:
    return recognizers["en"]
