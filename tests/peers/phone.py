"""A test's handle on a SIP phone process (`tests.peers.pjsua2_phone`).

async with Phone.start() as phone:
    await phone.dial("sip:100@127.0.0.1:5060")
    await phone.connected()
    assert await phone.hears_tone(440)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.peers import tones
from tests.peers.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
USER_AGENT = "Patchbay test phone"


class PhoneError(AssertionError):
    """The phone did not do, or did not see, what the test expects."""


class Phone:
    """One process, one or more calls; every wait has a deadline and names what it waited for."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._news: list[dict[str, Any]] = []
        self._arrived = asyncio.Condition()
        self._reader = asyncio.create_task(self._read(), name="phone-reader")
        self._recordings = 0
        self.port = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, *arguments: str) -> AsyncIterator[Phone]:
        """Options as of `pjsua2_phone`, for example `"--transport", "tcp"`."""
        with tempfile.TemporaryDirectory(prefix="phone-") as folder:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.peers.pjsua2_phone", *arguments),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 20,
            )
            phone = cls(process, Path(folder))
            try:
                phone.port = int((await phone.news("ready"))["port"])
                yield phone
            finally:
                await phone._close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def uri(self) -> str:
        """Where this phone can be called."""
        return f"sip:phone@127.0.0.1:{self.port}"

    # calls

    async def dial(self, uri: str, *, call: str = "1", **options: Any) -> None:
        """`name`, `number`, `headers` as of the phone's `call` command."""
        await self.send("call", call=call, uri=uri, **options)

    async def connected(self, *, call: str = "1", within_s: float = PATIENCE_S) -> None:
        await self.news("state", call=call, state="confirmed", within_s=within_s)
        await self.news("sound", call=call, active=True, within_s=within_s)

    async def disconnected(self, *, call: str = "1", within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The final news of the call: `status` and `reason`."""
        return await self.news("state", call=call, state="disconnected", within_s=within_s)

    async def ringing(self, *, within_s: float = PATIENCE_S) -> str:
        """Waits for an incoming call and returns its name."""
        return str((await self.news("incoming", within_s=within_s))["call"])

    async def answer(self, call: str) -> None:
        await self.send("answer", call=call)

    async def hang_up(self, *, call: str = "1") -> None:
        await self.send("hang_up", call=call)

    async def press(self, digits: str, *, call: str = "1", method: str = "rfc4733") -> None:
        await self.send("digits", call=call, digits=digits, method=method)

    async def says_tone(self, hz: int, *, call: str = "1") -> None:
        await self.send("tone", call=call, hz=hz)

    async def says(self, file: Path, *, call: str = "1", loop: bool = False) -> None:
        await self.send("play", call=call, file=str(file), loop=loop)

    async def statistics(self, *, call: str = "1") -> dict[str, Any]:
        await self.send("statistics", call=call)
        return await self.news("statistics", call=call)

    # hearing

    async def listen(self, seconds: float, *, call: str = "1") -> tones.Samples:
        """What the phone hears during that time, from its jitter buffer, at 8 kHz."""
        self._recordings += 1
        path = self._folder / f"heard-{self._recordings}.wav"
        await self.send("record", call=call, file=str(path))
        await self.news("recording", call=call)
        await asyncio.sleep(seconds)  # the length of the measurement, not a hope
        await self.send("stop_recording", call=call)
        await self.news("recorded", call=call, file=str(path))
        channels, _ = tones.read_wav(path)
        return channels[0]

    async def hears_tone(self, hz: float, *, call: str = "1", within_s: float = PATIENCE_S) -> bool:
        """True as soon as the tone is heard, False when it is not heard in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if tones.hears(await self.listen(0.3, call=call), hz):
                return True
        return False

    # the process

    async def send(self, do: str, **fields: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **fields}).encode() + b"\n")
        await self._process.stdin.drain()

    async def news(self, kind: str, *, within_s: float = PATIENCE_S, **wanted: Any) -> dict[str, Any]:
        """The oldest unread news of this kind with these fields; it is read then. Other news stays."""

        def find() -> dict[str, Any] | None:
            for item in self._news:
                if item["news"] == kind and all(item.get(key) == value for key, value in wanted.items()):
                    return item
            return None

        async with self._arrived:
            try:
                async with asyncio.timeout(within_s):
                    await self._arrived.wait_for(lambda: find() is not None or self._reader.done())
            except TimeoutError:
                raise PhoneError(f"no news {kind} {wanted} within {within_s} s; there was {self._news}") from None
            found = find()
            if found is None:
                raise PhoneError(f"the phone ended before {kind} {wanted}; there was {self._news}")
            self._news.remove(found)
            return found

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                item = json.loads(line)
                async with self._arrived:
                    self._news.append(item)
                    self._arrived.notify_all()
        finally:
            async with self._arrived:
                self._arrived.notify_all()

    async def _close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            await self.send("quit")
            self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        # Its output ends with it. A pipe left before its end is complained about by whatever test runs when it is collected.
        await asyncio.gather(self._reader, return_exceptions=True)
