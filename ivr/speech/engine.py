"""What a voice must offer, and the two that are programs of the system: flite and espeak-ng."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

_SPEAK_LIMIT_S = 60.0
_ESPEAK_NAMES = {"zh": "cmn"}  # espeak-ng knows Mandarin by its ISO 639-3 code


class VoiceFailed(RuntimeError):
    """A voice could not speak; the message says why, without the text."""


class Engine(Protocol):
    """One voice."""

    @property
    def name(self) -> str:
        """Voice and version: prompts spoken by another one are spoken again."""
        ...

    def speaks(self, language: str) -> bool:
        """Whether it is installed and knows the language."""
        ...

    async def speak(self, text: str, language: str, path: Path) -> None:
        """Writes a mono PCM16 WAV of any rate. Raises `VoiceFailed`."""
        ...

    async def close(self) -> None: ...


class Flite:
    """The fallback for English: small, quick, understandable."""

    name = "flite-slt-2"

    def speaks(self, language: str) -> bool:
        return base_language(language) == "en" and shutil.which("flite") is not None

    async def speak(self, text: str, language: str, path: Path) -> None:
        # The text comes from a file: on the command line a leading dash or an existing file's name would change its meaning.
        source = path.with_suffix(".txt")
        source.write_text(text, encoding="utf-8")
        try:
            await run(["flite", "-voice", "slt", "-f", str(source), "-o", str(path)])
        finally:
            source.unlink()

    async def close(self) -> None:
        """Nothing is kept."""


class EspeakNg:
    """The fallback for every other language, until a Piper voice is given for it."""

    name = "espeak-ng-1"

    def speaks(self, language: str) -> bool:
        return shutil.which("espeak-ng") is not None

    async def speak(self, text: str, language: str, path: Path) -> None:
        voice = _ESPEAK_NAMES.get(base_language(language), language.lower())
        await run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(path), "--stdin"], text)

    async def close(self) -> None:
        """Nothing is kept."""


def base_language(language: str) -> str:
    """``en-GB`` → ``en``."""
    return language.split("-", maxsplit=1)[0].lower()


async def run(command: Sequence[str], text: str | None = None) -> None:
    """Runs a program to its end. Raises `VoiceFailed` when it fails or takes longer than a minute."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(_SPEAK_LIMIT_S):
            _, errors = await process.communicate((text or "").encode())
    except TimeoutError:
        raise VoiceFailed(f"{command[0]} took longer than {_SPEAK_LIMIT_S:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = errors.decode(errors="replace").strip().splitlines()
        raise VoiceFailed(f"{command[0]} ended with {process.returncode}: {said[-1] if said else 'no message'}")
