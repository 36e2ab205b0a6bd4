"""Which words a model can hear, read from its list or from the symbols inside its graph, without loading it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from asr.model_files import SpeechModel
from asr.vocabulary import NoWords, unknown_words

WORDS = ("<eps>", "order", "orders", "my", "bill", "沙发")


def model(folder: Path) -> SpeechModel:
    (folder / "graph").mkdir()
    return SpeechModel(language="en", name="m", live=folder)


def listed(folder: Path) -> SpeechModel:
    made = model(folder)
    lines = "".join(f"{word} {number}\n" for number, word in enumerate(WORDS))
    (folder / "graph/words.txt").write_text(lines, encoding="utf-8")
    return made


def in_graph(folder: Path) -> SpeechModel:
    """As OpenFst writes a symbol: length, text, number."""
    made = model(folder)
    symbols = [(word.encode(), number) for number, word in enumerate(WORDS)]
    table = b"".join(struct.pack("<i", len(word)) + word + struct.pack("<q", number) for word, number in symbols)
    (folder / "graph/Gr.fst").write_bytes(b"\xd6\xfd\xb2\x7e" + table + b"\x00" * 64)
    return made


@pytest.mark.parametrize("made", [listed, in_graph])
@pytest.mark.parametrize(
    ("phrases", "unknown"),
    [
        (["Orders", "my bill"], set()),
        (["my settee"], {"settee"}),
        (["ord", "rders", "my b"], {"ord", "rders", "b"}),
        (["沙发", "沙"], {"沙"}),
        ([], set()),
    ],
)
def test_a_word_is_known_when_it_stands_there_whole(
    tmp_path: Path, made: Callable[[Path], SpeechModel], phrases: list[str], unknown: set[str]
) -> None:
    assert unknown_words(made(tmp_path), phrases) == unknown


def test_a_folder_without_words_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoWords, match=r"words\.txt"):
        unknown_words(model(tmp_path), ["orders"])
