"""`patchbay` in processes that need not read it: it is read once for the tests of one process, and each start is a copy (fork).

Reading the 1,800 modules of the control process takes twice as long as its start. From then on a copy does what `patchbay` does;
that the command itself starts is seen in `tests/e2e`.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROLES = ("house", "installation", "queues", "worker", "desk")
READ = (
    "server.processes.control",
    *(f"server.roles.{role}" for role in ROLES),
    "server.cli.run",
    "uvloop",
    "uvicorn",
    "holidays.countries",
)
ENDS_WITHIN_S = 20.0


class Forked:
    """One process, asked and ended as by `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._file = os.pidfd_open(pid)  # readable once it has ended; a number may be another process's by then

    def __del__(self) -> None:
        os.close(self._file)

    def poll(self) -> int | None:
        """None while it lives. With which status it ended nobody has asked yet."""
        return 0 if select.select([self._file], [], [], 0)[0] else None

    def wait(self, within_s: float) -> None:
        if not select.select([self._file], [], [], within_s)[0]:
            raise TimeoutError(f"process {self.pid} did not end within {within_s:g} s")

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, sign: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._file, sign)


def patchbay(words: Sequence[str], environment: Mapping[str, str], output: Path) -> Forked:
    """Starts `patchbay <words>`; what it prints is added to the file."""
    mother = _mother()
    assert mother.stdin is not None
    assert mother.stdout is not None
    mother.stdin.write(json.dumps([list(words), dict(environment), str(output)]).encode() + b"\n")
    mother.stdin.flush()
    pid = mother.stdout.readline()
    assert pid, "the program could not be read"
    return Forked(int(pid))


@cache
def _mother() -> subprocess.Popen[bytes]:
    """Ends with this process, and its children with it."""
    command = [sys.executable, "-m", "tests.peers.forked"]
    made = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(made.communicate)
    return made


class Mother:
    """The other end: reads the program, then makes a child of each line."""

    def __init__(self) -> None:
        self._children: set[int] = set()
        signal.signal(signal.SIGCHLD, self._bury)

    def next_child(self) -> list[str] | None:
        """Comes back in each child, with the words that it was asked for; in the mother once nobody asks any more."""
        for line in sys.stdin.buffer:
            words, environment, output = json.loads(line)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            pid = os.fork()
            if pid == 0:
                _begin(environment, output)
            self._children.add(pid)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            if pid == 0:
                return list(words)
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
        return None

    def end(self) -> None:
        for pid in tuple(self._children):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _bury(self, *_: object) -> None:
        for pid in tuple(self._children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._children.discard(pid)


def _begin(environment: Mapping[str, str], output: str) -> None:
    """Nothing of its mother is left in this process but what she has read."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for given, place in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(given, place)
    os.close(nothing)
    os.close(file)


def main() -> None:
    for module in READ:
        import_module(module)
    gc.collect()
    gc.freeze()  # or each child looks at all of it, and so copies it
    mother = Mother()
    words = mother.next_child()
    if words is None:
        mother.end()
        return
    sys.argv = ["patchbay", *words]
    import_module("server.cli").main()


if __name__ == "__main__":
    main()
