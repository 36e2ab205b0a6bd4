"""Which words a speech model can hear at all, read from its files: no model is loaded for that.

A composed graph has its words in `words.txt`, one a line with its number. A model as it was fetched has them in the symbol table
inside `Gr.fst`: each as its length in four bytes, the word, and its number in eight (OpenFst, `SymbolTable::Write`); a word holds
no zero byte, so that a length and the word after it are found nowhere else.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from asr.model_files import SpeechModel

_LISTED = Path("graph/words.txt")
_TABLES = (Path("graph/Gr.fst"), Path("graph/HCLG.fst"))


class NoWords(LookupError):
    """A model's words cannot be read; the message names the folder."""


def unknown_words(model: SpeechModel, phrases: Iterable[str]) -> frozenset[str]:
    """Words of these phrases that the model can never hear. Blocking. Raises `NoWords`."""
    words = {word for phrase in phrases for word in phrase.lower().split()}
    if not words:
        return frozenset()
    listed = model.live / _LISTED
    try:
        if listed.is_file():
            return _not_in(b"\n" + listed.read_bytes(), words, _line)
        for table in (model.live / name for name in _TABLES):
            if table.is_file():
                return _not_in(table.read_bytes(), words, _symbol)
    except OSError as error:
        raise NoWords(f"{model.live}: {error.strerror}") from error
    raise NoWords(f"{model.live} has neither {_LISTED} nor {_TABLES[0]}")


def _line(word: bytes) -> bytes:
    return b"\n" + word + b" "


def _symbol(word: bytes) -> bytes:
    return struct.pack("<i", len(word)) + word


def _not_in(data: bytes, words: set[str], written: Callable[[bytes], bytes]) -> frozenset[str]:
    return frozenset(word for word in words if written(word.encode()) not in data)
