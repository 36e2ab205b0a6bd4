"""The environment in which a recognizer process is started.

Two libraries make decoding cheaper, and both must be there before the process starts, hence a function for whoever starts it:
jemalloc (a third of plain decoding is the C library's allocator), and products of few rows (`native/`), which
`tools/speech/build_preload.py` builds at set-up. A recognizer runs without either, only slower.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from asr.model_files import cache_root

_JEMALLOC = "libjemalloc.so.2"
_FOLDERS = ("/usr/lib", "/usr/local/lib", "/lib")
_NATIVE = Path(__file__).with_name("native")


def worker_environment(base: Mapping[str, str]) -> dict[str, str]:
    """`base` with the libraries preloaded that are there."""
    environment = dict(base)
    preloaded = environment.get("LD_PRELOAD", "").split()
    wanted = [str(library) for library in (find_preload(base), find_jemalloc()) if library is not None]
    libraries = [*(library for library in wanted if library not in preloaded), *preloaded]
    if libraries:
        environment["LD_PRELOAD"] = " ".join(libraries)
    # The decoding threads are the parallelism; a matrix library with threads of its own would fight them for the cores.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Memory that one sentence frees is the next one's: given back to the kernel later, it is not cleared and mapped anew.
    environment.setdefault("MALLOC_CONF", "dirty_decay_ms:30000,muzzy_decay_ms:30000")
    return environment


def find_jemalloc() -> Path | None:
    """Debian's `libjemalloc2`, wherever the architecture puts it."""
    for folder in _FOLDERS:
        for found in (*Path(folder).glob(_JEMALLOC), *Path(folder).glob(f"*/{_JEMALLOC}")):
            return found
    return None


def find_preload(environment: Mapping[str, str]) -> Path | None:
    """The library built from `native/` as it is now; None when set-up has not built it."""
    path = preload_path(environment)
    return path if path.exists() else None


def preload_path(environment: Mapping[str, str]) -> Path:
    """Where set-up puts it; another text is another file."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in preload_sources()))
    return cache_root(environment) / "builds" / f"recognizer-{digest.hexdigest()[:12]}.so"


def preload_sources() -> list[Path]:
    return sorted(path for path in _NATIVE.iterdir() if path.suffix in (".cpp", ".inc", ".args"))
