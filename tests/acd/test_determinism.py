"""Leader and followers are different processes: the same inputs must lead to the same bytes in all of them."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


async def day_in_a_process(hash_seed: int, seed: int, inputs: int, restore_every: int) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.acd.random_day", str(seed), str(inputs), str(restore_every)),
        cwd=PROJECT,
        env=os.environ | {"PYTHONHASHSEED": str(hash_seed)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_processes_decide_alike_whatever_their_strings_hash_to(seed: int) -> None:
    first, second = await asyncio.gather(day_in_a_process(1, seed, 1500, 0), day_in_a_process(2, seed, 1500, 0))
    assert first == second


async def test_a_follower_that_began_with_a_snapshot_decides_like_the_leader() -> None:
    first, second = await asyncio.gather(day_in_a_process(3, 5, 1500, 0), day_in_a_process(4, 5, 1500, 40))
    assert first == second
