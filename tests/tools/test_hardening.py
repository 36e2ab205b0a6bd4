"""What native code is installed is hardened: read from the files themselves (System V ABI, ELF64)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import _pjsua2
import pytest

from asr.environment import find_preload
from asr.model_files import cache_root
from tools.speech.build_composer import program_path

DYNAMIC, GNU_STACK, GNU_RELRO = 2, 0x6474E551, 0x6474E552
EXECUTABLE = 1
DT_NULL, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1 = 0, 5, 6, 10, 24, 30, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW = 8, 1


class Elf:
    """A 64-bit little-endian file's program headers, dynamic entries and the names of its dynamic symbols."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        assert self._bytes[:6] == b"\x7fELF\x02\x01"
        (offset,) = struct.unpack_from("<Q", self._bytes, 32)
        size, count = struct.unpack_from("<HH", self._bytes, 54)
        self._segments = [struct.unpack_from("<IIQQQQQQ", self._bytes, offset + n * size) for n in range(count)]
        """type, flags, offset, address, physical address, size in the file, size in memory, alignment"""

    def segment_flags(self, kind: int) -> list[int]:
        return [segment[1] for segment in self._segments if segment[0] == kind]

    def dynamic(self) -> Mapping[int, int]:
        return dict(self._entries())

    def _entries(self) -> Iterator[tuple[int, int]]:
        for segment in self._segments:
            if segment[0] == DYNAMIC:
                for at in range(segment[2], segment[2] + segment[5], 16):
                    tag, value = struct.unpack_from("<qQ", self._bytes, at)
                    if tag == DT_NULL:
                        return
                    yield tag, value

    def binds_at_once(self) -> bool:
        entries = self.dynamic()
        return DT_BIND_NOW in entries or bool(entries.get(DT_FLAGS, 0) & DF_BIND_NOW or entries.get(DT_FLAGS_1, 0) & DF_1_NOW)

    def names(self) -> set[bytes]:
        entries = self.dynamic()
        start = self._in_file(entries[DT_STRTAB])
        return set(self._bytes[start : start + entries[DT_STRSZ]].split(b"\0"))

    def _in_file(self, address: int) -> int:
        for kind, _, offset, begins, _, in_file, _, _ in self._segments:
            if kind == 1 and begins <= address < begins + in_file:
                return int(offset + address - begins)
        raise AssertionError("an address that no segment holds")


def installed() -> dict[str, Path | None]:
    composer = program_path(cache_root(os.environ))
    return {
        "media engine": Path(_pjsua2.__file__),
        "recognizer": find_preload(os.environ),
        "graph composer": composer if composer.exists() else None,
    }


@pytest.mark.parametrize("name", installed())
def test_native_code_is_hardened(name: str) -> None:
    path = installed()[name]
    if path is None:
        pytest.skip("this machine has built none")
    elf = Elf(path)
    assert elf.segment_flags(GNU_RELRO), "the table of functions stays writable"
    assert elf.binds_at_once(), "functions are bound late, so their table stays writable"
    assert not any(flags & EXECUTABLE for flags in elf.segment_flags(GNU_STACK)), "the stack can be executed"
    names = elf.names()
    assert b"__stack_chk_fail" in names or name == "recognizer", "no stack is protected"
    # What can be checked is checked: these stand for memcpy and its like with a known end (FORTIFY).
    assert name != "media engine" or {b"__memcpy_chk", b"__snprintf_chk", b"__vsnprintf_chk"} & names
