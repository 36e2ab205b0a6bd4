"""How much memory this machine could still give (proc(5), `MemAvailable`)."""

from __future__ import annotations

from pathlib import Path

MEMINFO = Path("/proc/meminfo")


def available_memory_mb(meminfo: Path = MEMINFO) -> int | None:
    """MiB; None where the system does not say."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    kib = next(found, None)
    return int(kib) // 1024 if kib is not None else None
