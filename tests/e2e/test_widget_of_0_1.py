"""The snippet that 0.1 documented stands in other people's pages: it calls a newer server, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.peers import ear
from tests.peers.browser import chromium
from tests.peers.installation import Installation
from tests.peers.ports import free_port
from tests.peers.tones import tone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
SNIPPET = '<script src="{server}/widget.js" data-number="1000" defer></script>'
"""As docs/ui.md of 0.1 has it."""


@asynccontextmanager
async def shop(port: int, server: str) -> AsyncIterator[str]:
    """Another company's web site, of another origin, with the snippet in its page."""
    page = f"<!doctype html><html lang=en><title>Shop</title><h1>Lamps</h1>{SNIPPET.format(server=server)}".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + page)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield f"http://localhost:{port}"


async def test_a_visitor_of_another_site_calls_hears_and_hangs_up(tmp_path: Path) -> None:
    port = free_port()
    async with (
        Installation(tmp_path, WEB_WIDGET_ORIGINS=f"http://localhost:{port}") as installation,
        shop(port, installation.url) as site,
        chromium(ear.microphone(tmp_path / "caller.wav", tone(440, 3))) as browser,
    ):
        page = await browser.new_page()
        await ear.give_ear(page)
        await page.goto(site)
        await page.get_by_role("button", name="Talk to us").click()
        await page.get_by_role("button", name="Call", exact=True).click()
        await expect(page.get_by_text("Listen and choose an option")).to_be_visible(timeout=20_000)
        await ear.hears_something(page)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_text("Call ended")).to_be_visible()
