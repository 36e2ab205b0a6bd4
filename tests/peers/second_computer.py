"""Another computer on the network: a namespace with an address of its own, in which a real browser runs (ip-netns(8), veth(4)).

Its browser has a home of its own, and with it its own list of trusted authorities (NSS). Needs root, as containers and CI are.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.peers.browser import CHROMIUM, FLAGS


class SecondComputer:
    """Owns the namespace and the cable to it."""

    def __init__(self, folder: Path, subnet: int) -> None:
        """`subnet`: 0–255, its own for each test that runs at the same time."""
        self._folder = folder
        self._name = f"pb-second-{subnet}"
        self._cable = f"pbs{subnet}"
        self._inside = ("nsenter", f"--net=/run/netns/{self._name}")
        """Only its network: `ip netns exec` also mounts, which a root that is no mount point does not allow."""
        self.address = f"10.203.{subnet}.2"
        self.our_address = f"10.203.{subnet}.1"
        """This machine's, as the second computer sees it."""

    async def __aenter__(self) -> SecondComputer:
        await self._take_down()
        await _run("ip", "netns", "add", self._name)
        await _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self._name)
        await _run("ip", "address", "add", f"{self.our_address}/24", "dev", self._cable)
        await _run("ip", "link", "set", self._cable, "up")
        for words in (
            ("address", "add", f"{self.address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            await _run(*self._inside, "ip", *words)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._take_down()

    async def _take_down(self) -> None:
        await _run("ip", "netns", "delete", self._name, may_fail=True)
        await _run("ip", "link", "delete", self._cable, may_fail=True)

    async def trusts(self, authority: Path) -> None:
        """What a person does with the downloaded certificate."""
        store = self._folder / ".pki" / "nssdb"
        store.mkdir(parents=True, exist_ok=True)
        await _run("certutil", "-d", f"sql:{store}", "-N", "--empty-password")
        await _run("certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "patchbay", "-i", str(authority))

    @asynccontextmanager
    async def browser(self, microphone: Path | None = None) -> AsyncIterator[Browser]:
        start = self._folder / "chromium"
        start.write_text(f'#!/bin/sh\nexec {" ".join(self._inside)} {CHROMIUM} "$@"\n')
        start.chmod(0o755)
        flags = [*FLAGS, *([f"--use-file-for-fake-audio-capture={microphone}"] if microphone else [])]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=start, args=flags, headless=True, env={**os.environ, "HOME": str(self._folder)}
            )
            try:
                yield browser
            finally:
                await browser.close()


async def _run(*words: str, may_fail: bool = False) -> None:
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    assert may_fail or process.returncode == 0, f"{' '.join(words)}: {output.decode(errors='replace')}"
