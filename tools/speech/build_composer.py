"""Builds `compose_graph.cpp`, cached by its own text, and runs it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.hardening import COMPILE, LINK

SOURCE = Path(__file__).with_name("compose_graph.cpp")
_BUILD = ("-O2", "-std=c++17", "-w", *COMPILE, *LINK)  # OpenFst's headers warn about themselves
_LIBRARIES = ("-lfst", "-lfstngram", "-ldl", "-pthread")


class CannotCompose(RuntimeError):
    """The message says what is missing or what failed, in words for the person at the terminal."""


def program_key() -> str:
    """Changes when the program does: composed graphs of another program are not reused."""
    return hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]


def program_path(cache: Path) -> Path:
    """Another way of compiling it is another file, and composes the same."""
    flags = hashlib.sha256(" ".join(_BUILD).encode()).hexdigest()[:6]
    return cache / "builds" / f"compose_graph-{program_key()}-{flags}"


def build(cache: Path) -> Path:
    """The compiled program; compiles it if need be (about 12 s). Raises `CannotCompose`."""
    program = program_path(cache)
    if program.exists():
        return program
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        raise CannotCompose("no C++ compiler: install g++ and libfst-dev")
    program.parent.mkdir(parents=True, exist_ok=True)
    draft = program.with_suffix(".draft")
    run([compiler, *_BUILD, str(SOURCE), "-o", str(draft), *_LIBRARIES], "compile compose_graph.cpp (is libfst-dev installed?)")
    draft.replace(program)
    return program


def compose(program: Path, arguments: Sequence[str]) -> str:
    """Runs the program; returns what it said. Needs about 1 GB of memory for half a minute. Raises `CannotCompose`."""
    plugins = sorted(Path("/usr/lib").glob("*/fst/*/ngram-fst.so"))
    if not plugins:
        raise CannotCompose("OpenFst's plug-ins are missing: install libfst22-plugins-base")
    # OpenFst loads the reader of a graph's type (ngram, olabel_lookahead) as a plug-in by name.
    environment = os.environ | {"LD_LIBRARY_PATH": str(plugins[-1].parent)}
    return run([str(program), *arguments], "compose the graph", environment)


def run(command: Sequence[str], purpose: str, environment: dict[str, str] | None = None) -> str:
    """What the command said. Raises `CannotCompose` with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise CannotCompose(f"could not {purpose}: {done.stderr.strip()[-800:]}")
    return done.stderr.strip()
