"""baresip as a phone without a screen: it sends a tone, writes down what it hears, and is told what to do over a socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.interop.hearing import mono_8k
from tests.peers.ports import free_port
from tests.peers.tones import Samples, tone, write_wav
from tests.peers.waiting import PATIENCE_S

MODULES = Path("/usr/lib/baresip/modules")

CONFIG = """\
module_path {modules}
sip_listen 127.0.0.1:0
rtp_ports {rtp_port}-{last_rtp_port}
audio_source aufile,{folder}/voice.wav
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate {rate_hz}
auplay_srate {rate_hz}
ausrc_channels 1
auplay_channels 1
ctrl_tcp_listen 127.0.0.1:{control_port}
module {codec}.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""


class Baresip:
    """One baresip process with one account. Commands and events travel as netstrings of JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, folder: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._folder = folder
        self._seen: list[dict[str, Any]] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, folder: Path, *, codec: str = "g711") -> AsyncIterator[Baresip]:
        """`codec` is the name of baresip's module: g711 or g722."""
        control_port, rtp_port = free_port(), free_port() // 2 * 2
        rate_hz = 16_000 if codec == "g722" else 8_000
        config = CONFIG.format(
            modules=MODULES,
            rtp_port=rtp_port,
            last_rtp_port=rtp_port + 20,
            folder=folder,
            rate_hz=rate_hz,
            control_port=control_port,
            codec=codec,
        )
        _write(folder, config, rate_hz)
        process = await asyncio.create_subprocess_exec(
            "baresip", "-f", str(folder), "-4", "-n", "127.0.0.1",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            reader, writer = await _connected(control_port)
            async with contextlib.aclosing(_Closing(writer)):
                yield cls(reader, writer, folder)
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), PATIENCE_S)

    async def dial(self, uri: str) -> None:
        await self.command("dial", uri)
        await self.event("CALL_ESTABLISHED")

    async def press(self, digit: str) -> None:
        await self.command("sndcode", digit)

    async def hang_up(self) -> Samples:
        """What was heard during the call."""
        await self.command("hangup")
        await self.event("CALL_CLOSED")
        return await asyncio.to_thread(_decoded_sound, self._folder)

    async def command(self, name: str, parameters: str = "") -> None:
        message = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._writer.write(b"%d:%b," % (len(message), message))
        await self._writer.drain()

    async def event(self, kind: str) -> dict[str, Any]:
        """The next event of this type."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    message = await self._next()
                    self._seen.append(message)
                    if message.get("type") == kind:
                        return message
        except TimeoutError:
            raise AssertionError(f"baresip told no {kind}; it told {self._seen}") from None

    async def _next(self) -> dict[str, Any]:
        length = int((await self._reader.readuntil(b":"))[:-1])
        message: dict[str, Any] = json.loads((await self._reader.readexactly(length + 1))[:-1])
        return message


class _Closing:
    """A stream's writer, closed and waited for."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def aclose(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


def _write(folder: Path, config: str, rate_hz: int) -> None:
    write_wav(folder / "voice.wav", tone(440, 30.0, rate_hz), rate_hz)
    (folder / "config").write_text(config)
    (folder / "accounts").write_text("<sip:ada@127.0.0.1>;regint=0\n")
    (folder / "contacts").write_text("")


def _decoded_sound(folder: Path) -> Samples:
    """baresip's sndfile module writes what was sent (enc) and what was heard (dec), named by the time of day."""
    (heard,) = folder.glob("dump-*-dec.wav")
    return mono_8k(heard)


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """baresip opens its control port when it is ready."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
