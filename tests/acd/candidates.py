"""Candidates for the lead as real processes: `patchbay acd` on a Redis of the test's own, killed and paused by pid."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from core.leadership import LeaseRecord
from core.ports import Unavailable
from server.storage.redis_lease import RedisLease

PROJECT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 60.0


class Candidate:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


class Candidates:
    """Owns the processes of one installation."""

    def __init__(self, redis_url: str, folder: Path, *command: str) -> None:
        """`command`: the interpreter's arguments, those of `patchbay acd` by default."""
        self._url = redis_url
        self._command = command or ("-m", "server.cli", "acd")
        self._folder = folder
        self._lease = RedisLease(redis_url, "pb:", "acd", "observer")
        self.running: list[Candidate] = []
        self._count = 0

    async def start(self) -> Candidate:
        """Returns when it has taken up the state."""
        self._count += 1
        log = self._folder / f"candidate-{self._count}.log"
        settings = {"PATCHBAY_STORAGE_REDIS_URL": self._url, "PATCHBAY_STORAGE_DATA_DIR": str(self._folder)}
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *self._command, cwd=PROJECT, env=os.environ | settings, stdout=output, stderr=output
            )
        candidate = Candidate(process, log)
        self.running.append(candidate)
        async with asyncio.timeout(START_LIMIT_S):
            while "acd restored" not in candidate.log:
                assert process.returncode is None, candidate.log
                await asyncio.sleep(0.02)
        return candidate

    async def record(self) -> LeaseRecord:
        while True:
            try:
                return await self._lease.look()
            except Unavailable:
                await asyncio.sleep(0.05)

    async def leader(self) -> Candidate:
        """The process that leads. Waits until one does."""
        record = LeaseRecord()
        try:
            async with asyncio.timeout(START_LIMIT_S):
                while True:
                    record = await self.record()
                    for candidate in self.running:
                        if record.owner and f'"owner": "{record.owner}"' in candidate.log:
                            return candidate
                    await asyncio.sleep(0.02)
        except TimeoutError:
            said = [(candidate.process.pid, candidate.process.returncode, candidate.log[-1500:]) for candidate in self.running]
            raise AssertionError(f"nobody of these leads, and the lease is {record}: {said}") from None

    async def kill(self, candidate: Candidate) -> None:
        candidate.process.kill()
        await candidate.process.wait()
        self.running.remove(candidate)

    async def stop(self) -> None:
        for candidate in self.running:
            if candidate.process.returncode is None:
                candidate.process.send_signal(signal.SIGCONT)
                candidate.process.terminate()
        await asyncio.gather(*(candidate.process.wait() for candidate in self.running))
        self.running = []
        await self._lease.close()
