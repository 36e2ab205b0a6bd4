"""Which life of a process something belongs to, and whether that life is surely over.

A worker that was killed need not be waited for by whoever starts next on the same machine: the kernel knows that it is gone.
About other machines nothing is known, and nothing is claimed.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def mark(pid: int | None = None) -> str:
    """Of this process: machine since its start, process namespace, pid, and when it began. Empty where that cannot be told."""
    there = _where()
    began = _began(os.getpid() if pid is None else pid)
    return f"{there}/{os.getpid() if pid is None else pid}/{began}" if there and began else ""


def surely_over(life: str) -> bool:
    """Only of a process that would be seen from here if it lived."""
    there, _, rest = life.rpartition("/")
    there, _, pid = there.rpartition("/")
    if not there or there != _where() or not pid.isdigit():
        return False
    return _began(int(pid)) != rest


def _where() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return ""


def _began(pid: int) -> str:
    """Clock ticks between the machine's start and the process' (proc(5), `stat`, field 22); empty: none, or a dead one."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]
