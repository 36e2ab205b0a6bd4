"""What the sanitizers are told to overlook hides nothing else (`tools/pjsua2/*.supp`)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tools.pjsua2 import sanitized

COPY = """
#include <string.h>
#line 1 "../include/pj/string.h"
__attribute__((noinline)) void copies(void *to, const void *from, unsigned long length) { memcpy(to, from, length); }
int main(int count, char **arguments) {
    char room[16] = {0};
    copies(room, count == 2 ? 0 : room, (unsigned long)(arguments[count - 1][0] - '0'));
    return room[0];
}
"""
"""As pjlib copies the empty host or tag of a message (pj_memcpy in pj/string.h)."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    source, program = tmp_path / "copy.c", tmp_path / "copy"
    source.write_text(COPY)
    subprocess.run(["gcc", "-O1", "-g1", "-fsanitize=address,undefined", source, "-o", program], check=True)
    return program


def told(program: Path, length: int, *, suppressed: bool) -> str:
    options = f"suppressions={sanitized.HERE / 'ubsan.supp'}" if suppressed else ""
    environment = {**os.environ, "UBSAN_OPTIONS": options, "ASAN_OPTIONS": "detect_leaks=0"}
    return subprocess.run([program, str(length)], env=environment, capture_output=True, text=True, check=False).stderr


def test_only_a_copy_of_nothing_from_nowhere_is_overlooked(copy: Path) -> None:
    assert "runtime error: null pointer" in told(copy, 0, suppressed=False), "this is what pjlib does"
    assert told(copy, 0, suppressed=True) == ""
    assert "ERROR: AddressSanitizer" in told(copy, 1, suppressed=True)
