"""Asterisk as the installation the phones call: the same orders as `bench.sip_child`, carried out through its manager interface.

Where Asterisk offers several ways, the cheapest natural one is taken:

* prompt: `Playback` in a loop of a file already in µ-law, so that nothing is transcoded;
* bridge: the manager's `Bridge` of two answered legs, `direct_media=no` as a contact centre needs it. Asterisk then joins both
  RTP sessions (bridge_native_rtp, local) and forwards packets without decoding them: it does so by itself unless someone listens;
* recording: `MixMonitor` with option D on one leg of each pair: both voices side by side, a stereo file of 16-bit samples.

Its settings: `bench.asterisk_settings`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.asterisk_manager import Manager
from bench.asterisk_program import PeerUnavailable, Program
from bench.asterisk_settings import CONTEXT, LOG, PROMPT, Installation, settings
from tests.peers.ports import free_port
from tests.peers.waiting import until

START_LIMIT_S, STOP_LIMIT_S, RECORD_LIMIT_S = 20.0, 20.0, 10.0


class Asterisk:
    """A running Asterisk. Its legs are the phones' calls; nothing else calls it."""

    def __init__(self, process: asyncio.subprocess.Process, manager: Manager, sip_port: int) -> None:
        self._manager = manager
        self._recordings = 0
        self.sip_port = sip_port
        self.accounts = psutil.Process(process.pid)

    def cpu_s(self) -> float:
        return sum(self.accounts.cpu_times()[:2])

    async def does(self, what: str, **details: object) -> dict[str, Any]:
        """The orders of `bench.sip_child`: play, bridge, record, count. Asterisk's own packet counters stay unread, so that
        counting costs it nothing: both directions are counted at the phones."""
        legs = await self._manager.channels()
        match what:
            case "play":
                for leg in legs:
                    await self._manager.does("Redirect", Channel=leg, Context=CONTEXT, Exten=PROMPT, Priority="1")
            case "bridge":
                for left, right in zip(legs[::2], legs[1::2], strict=False):
                    await self._manager.does("Bridge", Channel1=left, Channel2=right, Tone="no")
            case "record":
                await self._record(legs[::2], Path(str(details["folder"])))
            case "count":
                pass
            case unknown:
                raise ValueError(f"no such order: {unknown}")
        return {"legs": len(legs)}

    async def _record(self, legs: Sequence[str], folder: Path) -> None:
        """Returns when every file has sound: `MixMonitor` opens them later and tells nobody when it cannot."""
        files = []
        for leg in legs:
            self._recordings += 1
            files.append(folder / f"asterisk_{self._recordings}.raw")
            await self._manager.does("MixMonitor", Channel=leg, File=str(files[-1]), Options="D")
        try:
            await until(lambda: all(file.exists() and file.stat().st_size > 0 for file in files), RECORD_LIMIT_S)
        except TimeoutError as error:
            raise PeerUnavailable("Asterisk does not record") from error


@asynccontextmanager
async def running(program: Program, folder: Path, prompt_ulaw: bytes, rtp_ports: tuple[int, int]) -> AsyncIterator[Asterisk]:
    """Asterisk with its files in an empty folder. Raises `PeerUnavailable` when it does not come up."""
    installation = Installation(folder, free_port(), free_port(), secrets.token_hex(16), rtp_ports)
    prompt = folder / "prompt.ulaw"
    prompt.write_bytes(prompt_ulaw)
    for name, text in settings(program, installation, prompt.with_suffix("")).items():
        (folder / name).write_text(text)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *program.command, "-f", "-C", str(folder / "asterisk.conf"), stdin=quiet, stdout=quiet, stderr=quiet
    )
    try:
        manager = await _booted(process, installation)
        try:
            yield Asterisk(process, manager, installation.sip_port)
        finally:
            await manager.close()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_LIMIT_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _booted(process: asyncio.subprocess.Process, installation: Installation) -> Manager:
    """Once everything is loaded, and all of it is there."""
    try:
        async with asyncio.timeout(START_LIMIT_S):
            manager = await _answering(process, installation)
            await manager.does("Command", Command="core waitfullybooted")
    except TimeoutError as error:
        raise PeerUnavailable("Asterisk does not come up") from error
    failed = [line for line in _log(installation) if "loader.c" in line]
    if failed:
        raise PeerUnavailable(f"Asterisk runs without a module: {failed[-1]}")
    return manager


async def _answering(process: asyncio.subprocess.Process, installation: Installation) -> Manager:
    while process.returncode is None:
        try:
            return await Manager.connected(installation.manager_port, installation.password)
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
    last = _log(installation)[-1:] or ["no reason given"]
    raise PeerUnavailable(f"Asterisk ended with {process.returncode}: {last[0]}")


def _log(installation: Installation) -> list[str]:
    log = installation.folder / LOG
    return log.read_text().splitlines() if log.exists() else []
