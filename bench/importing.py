"""Bringing history in: lines for each second of CPU, and bytes written for each byte read.

A messy customer base as companies have it: 5,000 customers (some share a number, some have a bad one) and 40,000 conversations of
every channel, in the order of the old system's export. CPU is the whole process's, threads and all; bytes written are those that
the process handed to the system (`wchar` of proc(5)), SQLite's log and its copy into the file included.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from customers.importing import ImportReport, import_lines
from server.storage.sql.archive import SqlArchive
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.migrate import upgrade

CUSTOMERS, CONVERSATIONS = 5_000, 40_000
NOW = 1_764_500_000.0
UTC = ZoneInfo("UTC")
_WORDS = tuple(
    "the order was late and my lamp came broken please call me about a refund for invoice delivery again thank you".split()  # noqa: SIM905
)


def lines(seed: int = 13, bad: float = 0.01) -> Iterator[dict[str, Any]]:
    """The same lines for the same seed. Numbers of Ofcom's range for fiction."""
    draw = random.Random(seed)
    for number in range(CUSTOMERS):
        phone = "switchboard" if draw.random() < bad else f"+4420794{draw.randrange(100_000):05d}"
        yield {
            "type": "customer", "id": f"crm:{number}", "name": f"{_say(draw, 2).title()}",
            "phones": [phone, f"+44 7911 {number:06d}"], "emails": [f"person{number}@example.com"], "tags": _say(draw, 2).split(),
            "since": "2019-04-02", "location": "Leeds, UK", "time_zone": "Europe/London",
        }  # fmt: skip
    for number in range(CONVERSATIONS):
        yield _conversation(draw, number)


def _conversation(draw: random.Random, number: int) -> dict[str, Any]:
    at = NOW - draw.random() * 900 * 86400
    base = {"id": f"old:{number}", "customer": {"id": f"crm:{draw.randrange(CUSTOMERS)}"}}
    said = [
        {"at": at + minute * 60, "from": "agent" if minute % 2 else "customer", "text": _say(draw, 12)}
        for minute in range(draw.randrange(1, 6))
    ]
    kind = draw.choice(("chat", "ticket", "call", "email"))
    if kind == "chat":
        return {**base, "type": kind, "started_at": at, "ended_at": at + 600, "messages": said}
    if kind == "ticket":
        return {**base, "type": kind, "subject": _say(draw, 4), "opened_at": at, "comments": said}
    if kind == "call":
        return {
            **base, "type": kind, "started_at": at, "answered_at": at + 20, "ended_at": at + 300, "queue": "Orders",
            "reason": _say(draw, 2), "summary": _say(draw, 15), "agent": "Mei Lin", "caller": "+442079460180",
        }  # fmt: skip
    return {**base, "type": kind, "at": at, "from": "customer", "subject": _say(draw, 4), "text": _say(draw, 40)}


def _say(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(_WORDS, k=count))


def _written() -> int:
    """Bytes that this process has handed to the system so far (proc(5), /proc/pid/io)."""
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["wchar"])


async def _import(file: Path, folder: Path, **how: Any) -> tuple[ImportReport, float, int]:
    """What became of it, CPU seconds and bytes written, until the database is closed and its log is in the file."""
    url = sqlite_url(folder / "patchbay.db")
    await upgrade(url)
    database = Database(url)
    cpu, written = time.process_time(), _written()
    report = await import_lines(file, SqlArchive(database), now=NOW, zone=UTC, **how)
    await database.close()
    return report, time.process_time() - cpu, _written() - written


def _rows_of(file: Path, how: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    size = file.stat().st_size
    with tempfile.TemporaryDirectory() as folder:
        report, cpu_s, written = asyncio.run(_import(file, Path(folder), **how))
    method = f"{report.lines} lines, {size / 1e6:.1f} MB, {report.failed} left out, SQLite"
    yield {
        "row": f"import{name}: lines per CPU second",
        "value": round(report.lines / cpu_s),
        "unit": "lines/s",
        "method": method,
    }
    yield {"row": f"import{name}: bytes written per byte read", "value": round(written / size, 1), "unit": "", "method": method}


def rows() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines())
        yield from _rows_of(file, {}, "")
        yield from _rows_of(file, {"at_once": True}, " in one transaction")
