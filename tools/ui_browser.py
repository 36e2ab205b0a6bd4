"""The browser of the stage, and its profiles: what stays from one page to the next, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, CDPSession, sync_playwright

from tools.ui_server import NOTHING, host

CHROMIUM = "/usr/bin/chromium-headless-shell"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--font-render-hinting=none",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--process-per-site",  # pages of one profile share a process, and what it has compiled
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window, quiet and without its sandbox (tests run as root).

    The engine is that of the whole browser, which takes 1.8 times the CPU for a screen; whole calls are tested in that one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Kind(NamedTuple):
    """What a browser's profile is made with and no page can change."""

    chinese: bool
    microphone: bool


class Profile:
    """A profile of a browser, for one page after the other: each finds it as new, but for the application's files.

    What the browser has once read and compiled it keeps: the process that shows the pages too, because a page of
    that origin stays open.
    """

    def __init__(self, browser: Browser, kind: Kind) -> None:
        self.context = _new_context(browser, kind)
        self._first = self.context.new_page()
        self._first.goto(host().origin + NOTHING)
        self._devtools: CDPSession = self.context.new_cdp_session(self._first)

    def is_as_new(self) -> None:
        self._first.evaluate("() => localStorage.clear()")  # what its process holds of it, at once
        self._devtools.send("Storage.clearDataForOrigin", {"origin": host().origin, "storageTypes": "all"})


_profiles: WeakKeyDictionary[Browser, dict[Kind, Profile]] = WeakKeyDictionary()


def _new_context(browser: Browser, kind: Kind) -> BrowserContext:
    return browser.new_context(
        locale="zh-CN" if kind.chinese else "en-GB",
        timezone_id="Europe/London",
        permissions=["microphone"] if kind.microphone else [],
    )


@contextmanager
def profile(browser: Browser, kind: Kind, own: bool) -> Iterator[BrowserContext]:
    """One as new. `own`: a new one."""
    if own:
        context = _new_context(browser, kind)
        try:
            yield context
        finally:
            context.close()
        return
    profiles = _profiles.setdefault(browser, {})
    if kind not in profiles:
        profiles[kind] = Profile(browser, kind)
    profiles[kind].is_as_new()
    yield profiles[kind].context
