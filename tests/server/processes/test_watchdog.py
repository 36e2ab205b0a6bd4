"""A process whose loop hangs ends, and says where it hung."""

from __future__ import annotations

import asyncio
import sys

HANGING = """
import asyncio, time
from server.processes import watchdog
watchdog.STALLED_S = 3.0
watchdog.FEED_EVERY_S = 0.1

async def main():
    async with watchdog.watched_loop():
        await asyncio.sleep({awake})
        {then}

asyncio.run(main())
print("went on")
"""


async def outcome(awake: float, then: str) -> tuple[int | None, str, str]:
    code = HANGING.format(awake=awake, then=then)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_loop_that_hangs_is_ended_with_its_stack() -> None:
    status, out, err = await outcome(0.2, "time.sleep(60)")
    assert (status, out) == (1, "")
    assert "Timeout" in err
    assert "in main" in err


async def test_a_loop_that_comes_round_is_left_alone() -> None:
    assert (await outcome(4.5, "pass"))[:2] == (0, "went on\n")
