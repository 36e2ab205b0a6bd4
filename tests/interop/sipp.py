"""SIPp as a caller: runs one of the scenarios in `sipp/` against a node and says how its calls went."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import NamedTuple

SCENARIOS = Path(__file__).parent / "sipp"
PATIENCE_S = 40.0


class Outcome(NamedTuple):
    """What SIPp counted, and what it complained about."""

    exit_code: int
    successful: int
    failed: int
    errors: str
    """Messages that were not expected, as SIPp logs them."""
    said: str
    """What the scenario's own <log> lines say."""

    def assert_all_went_well(self, calls: int = 1) -> None:
        assert (self.exit_code, self.successful, self.failed) == (0, calls, 0), self.errors


async def run_sipp(
    scenario: str, sip_port: int, folder: Path, *, number: str = "1000", calls: int = 1, rate: int = 10, tcp: bool = False
) -> Outcome:
    """All calls of one scenario; `number` is dialled. A scenario that hangs ends by SIPp's own time-out."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    statistics = folder / "statistics.csv"
    limit_s = PATIENCE_S + calls / rate
    command = [
        "sipp", f"127.0.0.1:{sip_port}",
        "-sf", str(SCENARIOS / f"{scenario}.xml"),
        "-s", number,
        "-i", "127.0.0.1", "-mi", "127.0.0.1",
        "-t", "t1" if tcp else "u1",
        "-m", str(calls), "-r", str(rate), "-l", str(calls),
        "-timeout", f"{limit_s:.0f}s", "-timeout_error", "-recv_timeout", "15000",
        "-trace_err", "-error_file", str(folder / "errors.log"),
        "-trace_logs", "-log_file", str(folder / "said.log"),
        "-trace_stat", "-stf", str(statistics), "-fd", "1",
        "-nostdin",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(limit_s + 10):
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    successful, failed = _counts(statistics)
    errors = _text(folder / "errors.log") + said.decode(errors="replace")
    return Outcome(process.returncode or 0, successful, failed, errors, _text(folder / "said.log"))


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _counts(statistics: Path) -> tuple[int, int]:
    """SIPp's cumulative counters from the last line of its statistics."""
    if not statistics.exists():
        return 0, 0
    rows = list(csv.DictReader(statistics.read_text().splitlines(), delimiter=";"))
    return int(rows[-1]["SuccessfulCall(C)"]), int(rows[-1]["FailedCall(C)"])
