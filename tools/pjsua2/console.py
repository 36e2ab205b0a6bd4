"""What the build tells a person: which step runs, how far it is, and, when it fails, what was wanted and from where."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class BuildError(Exception):
    """The build cannot go on; the text says what was wanted, from where, and what to do."""


def say(text: str) -> None:
    print(f"\033[1m▸ {text}\033[0m" if sys.stdout.isatty() else f"▸ {text}", flush=True)


def detail(text: str) -> None:
    print(f"    {text}", flush=True)


class Progress:
    """One line that moves on a terminal, and a line for each quarter elsewhere."""

    def __init__(self, what: str, expected: int) -> None:
        self._what = what
        self._expected = max(1, expected)
        self._count = 0
        self._quarter = 0
        self._started = time.monotonic()

    def step(self) -> None:
        self._count += 1
        percent = min(99, 100 * self._count // self._expected)
        if sys.stdout.isatty():
            print(f"\r    {self._what}: {percent} %", end="", flush=True)
        elif percent // 25 > self._quarter:
            self._quarter = percent // 25
            detail(f"{self._what}: {self._quarter * 25} %")

    def done(self) -> None:
        if sys.stdout.isatty():
            print("\r\033[K", end="")
        detail(f"{self._what}: done in {time.monotonic() - self._started:.0f} s")


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda line: None,
) -> None:
    """Runs one tool with its output in `log`; raises BuildError with the last lines when it fails."""
    arguments = [str(part) for part in command]
    with log.open("a", encoding="utf-8", errors="replace") as out:
        out.write(f"$ {' '.join(arguments)}\n")
        with subprocess.Popen(
            arguments, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                out.write(line)
                on_line(line)
    if process.returncode != 0:
        tail = "".join(log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-15:])
        raise BuildError(f"`{arguments[0]}` failed with status {process.returncode}. The last lines of {log}:\n{tail}")
