"""A child ends when it is asked to, when it does not want to, and when its parent dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from server.supervision import child as child_module
from server.supervision.child import Child
from tests.peers.waiting import until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"


async def start(code: str) -> Child:
    return await Child.start([sys.executable, "-c", code], os.environ)


async def test_it_says_how_it_ended() -> None:
    assert await (await start("raise SystemExit(3)")).wait() == "ended with status 3"
    child = await start("import time; time.sleep(60)")
    os.kill(child.pid, signal.SIGKILL)
    assert await child.wait() == "killed by SIGKILL"


async def test_it_is_stopped_gently_first(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    child = await start("import time; time.sleep(60)")
    await child.stop()
    assert await child.wait() == "killed by SIGTERM"
    monkeypatch.setattr(child_module, "STOP_WITHIN_S", 0.2)
    stubborn = await start(STUBBORN)
    await until(lambda: "on" in capfd.readouterr().out, within_s=20)
    await stubborn.stop()
    assert await stubborn.wait() == "killed by SIGKILL"


async def test_a_missing_program_is_an_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        await Child.start(["/no/such/program"], os.environ)


async def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    code = """
import asyncio, os, sys
from server.supervision.child import Child
async def main():
    child = await Child.start([sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await until(lambda: has_ended(pid))
    await parent.stdout.read()  # both had this pipe: left before its end, it is complained about in a later test


def has_ended(pid: int) -> bool:
    """Gone, or dead and not yet fetched by whoever inherited it; it may go between two questions."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
