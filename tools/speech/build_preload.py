"""Builds what a recognizer preloads (`asr/native/`), cached by its own text.

python -m tools.speech.build_preload
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from asr.environment import preload_path, preload_sources
from tools.speech.build_composer import CannotCompose, run

_ARGUMENTS = "compiler.args"
"""-Wno-maybe-uninitialized: GCC 12's own AVX-512 header trips over it (GCC bug 105593). The rest: tools/hardening.py."""


def build() -> Path:
    """The library; compiles it if need be (3 s). Raises `CannotCompose`."""
    library = preload_path(os.environ)
    if library.exists():
        return library
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        raise CannotCompose("no C++ compiler: install g++")
    library.parent.mkdir(parents=True, exist_ok=True)
    draft = library.with_suffix(".draft")
    sources = preload_sources()
    arguments = [f"@{path}" for path in sources if path.name == _ARGUMENTS]
    code = [str(path) for path in sources if path.suffix == ".cpp"]
    run([compiler, *arguments, *code, "-o", str(draft), "-ldl"], "compile asr/native")
    draft.replace(library)
    return library


def main() -> int:
    try:
        print(f"speech: what the recognizer preloads is in {build()}")
    except CannotCompose as failure:
        print(f"speech: {failure}. Live text works without it, at a third more CPU.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
