"""What the recognizer preloads computes what it replaces."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from asr.environment import find_preload, preload_path, worker_environment
from asr.model_files import NoModel, locate
from tools.speech.build_composer import CannotCompose
from tools.speech.build_preload import build

Matrix = NDArray[np.float32]

HEAR = """
import sys
import vosk
from tests.peers.spoken import prompt
vosk.SetLogLevel(-1)
recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 8000)
recognizer.AcceptWaveform(prompt("vm-tempgreetactive").tobytes())
print(recognizer.FinalResult())
"""


@pytest.fixture(scope="module")
def library() -> Path:
    try:
        return build()
    except CannotCompose as reason:
        pytest.skip(str(reason))


def test_few_rows_times_a_transposed_matrix(library: Path) -> None:
    draw = np.random.default_rng(3)
    for rows, columns, depth in ((8, 640, 96), (1, 1, 1), (3, 5, 7), (8, 2192, 192), (23, 96, 150), (31, 41, 640), (4, 6, 16)):
        a, b, c = _matrix(draw, rows, depth, 5), _matrix(draw, columns, depth, 3), _matrix(draw, rows, columns, 2)
        wanted = np.float32(0.5) * (a @ b.T) + np.float32(2) * c
        beyond = _beyond(c).copy()
        _multiply(library, a, b, c, (0.5, 2.0))
        np.testing.assert_allclose(c, wanted, rtol=2e-4, atol=2e-4)
        np.testing.assert_array_equal(_beyond(c), beyond)


def test_with_beta_zero_the_result_is_not_read(library: Path) -> None:
    draw = np.random.default_rng(4)
    a, b = _matrix(draw, 8, 40, 0), _matrix(draw, 512, 40, 0)
    c = np.full((8, 512), np.nan, dtype=np.float32)
    _multiply(library, a, b, c, (1.0, 0.0))
    np.testing.assert_allclose(c, a @ b.T, rtol=2e-4, atol=2e-4)


def test_the_same_words_are_heard_with_and_without(library: Path) -> None:
    try:
        model = locate("en").live
    except NoModel as reason:
        pytest.skip(str(reason))
    given = worker_environment({name: value for name, value in os.environ.items() if name != "LD_PRELOAD"})
    assert str(library) in given["LD_PRELOAD"]
    without = given | {"LD_PRELOAD": given["LD_PRELOAD"].replace(str(library), "").strip()}
    heard = [_run([sys.executable, "-c", HEAR, str(model)], environment) for environment in (given, without)]
    assert heard[0] == heard[1]
    assert "greeting" in heard[0]


def test_what_was_not_built_is_not_preloaded(tmp_path: Path) -> None:
    there = {"XDG_CACHE_HOME": str(tmp_path)}
    assert find_preload(there) is None
    assert "recognizer-" not in worker_environment(there).get("LD_PRELOAD", "")
    preload_path(there).parent.mkdir(parents=True)
    preload_path(there).touch()
    assert worker_environment(there)["LD_PRELOAD"].startswith(str(preload_path(there)))


def _matrix(draw: np.random.Generator, rows: int, columns: int, padding: int) -> Matrix:
    """A part of a wider one, as Kaldi's are."""
    return draw.normal(size=(rows, columns + padding)).astype(np.float32)[:, :columns]


def _beyond(part: Matrix) -> Matrix:
    whole = part.base
    assert isinstance(whole, np.ndarray)
    return whole[:, part.shape[1] :]


def _multiply(library: Path, a: Matrix, b: Matrix, c: Matrix, scale: tuple[float, float]) -> None:
    """`c` becomes alpha · a · bᵀ + beta · c."""
    sgemm = ctypes.CDLL(str(library)).cblas_sgemm
    pointer = ctypes.POINTER(ctypes.c_float)
    matrix: list[Any] = [pointer, ctypes.c_int]
    sgemm.argtypes = [*[ctypes.c_int] * 6, ctypes.c_float, *matrix, *matrix, ctypes.c_float, *matrix]
    sgemm.restype = None
    (a_at, a_stride), (b_at, b_stride), (c_at, c_stride) = ((m.ctypes.data_as(pointer), m.strides[0] // 4) for m in (a, b, c))
    sgemm(101, 111, 112, *c.shape, a.shape[1], scale[0], a_at, a_stride, b_at, b_stride, scale[1], c_at, c_stride)


def _run(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
