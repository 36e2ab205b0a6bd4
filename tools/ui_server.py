"""The server of the stage: the built web application and a scenario's answers, over HTTP as from Patchbay itself.

A real server instead of requests that are answered on their way: so the browser keeps the files and what it compiled of them
(V8's code cache), which halves what a page costs after the first one.
"""

from __future__ import annotations

import itertools
import json
import mimetypes
import sys
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

UI = Path(__file__).resolve().parent.parent / "softphone_ui"
DIST = UI / "dist"
STAGE = "X-Stage"
"""Names the page that asks: what one has sent when it was closed is nothing that the next one did."""
FOR_EVER = "public, max-age=31536000, immutable"
NO_STAGE = 410
NOTHING = "/assets/nothing"
"""A page of this origin without the application."""


class Asked(NamedTuple):
    """A request under `/api/v1`."""

    method: str
    path: str
    text: str

    @property
    def body(self) -> Any:
        """None without one."""
        return json.loads(self.text) if self.text else None


class Told(NamedTuple):
    """An answer."""

    status: int = 200
    json: Any = None


Answer = Callable[[Asked], Told]
Prologue = Callable[[], str]


class Host:
    """Listens on a free port of this machine. `localhost`, so that the browser counts it as secure."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._stages: dict[str, tuple[Answer, Prologue]] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.host = self
        threading.Thread(target=self._server.serve_forever, name="stage", daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://localhost:{self._server.server_port}"

    def enter(self, answer: Answer, prologue: Prologue) -> str:
        """A new page's name. `prologue`: the script that runs in each of its documents before their own."""
        name = str(next(self._numbers))
        self._stages[name] = answer, prologue
        return name

    def leave(self, name: str) -> None:
        del self._stages[name]

    def of(self, name: str | None) -> tuple[Answer, Prologue] | None:
        return self._stages.get(name or "")


@cache
def host() -> Host:
    """The one of this process."""
    return Host()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    host: Host

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that is closed hangs up in the middle of its answers; anything else is a mistake here, and printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _asked(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        path = urlsplit(self.path).path
        if path.startswith("/assets/"):
            self._file(DIST / path.lstrip("/"))
            return
        stage = self.server.host.of(self.headers.get(STAGE))
        if stage is None:
            self._send(NO_STAGE, b"", "text/plain")
            return
        answer, prologue = stage
        if path.startswith("/api/v1"):
            told = answer(Asked(self.command, path.removeprefix("/api/v1"), text))
            self._send(told.status, b"" if told.json is None else json.dumps(told.json).encode(), "application/json")
            return
        file = DIST / path.lstrip("/")
        self._page(file if file.is_file() else DIST / "index.html", prologue())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _asked  # noqa: N815  the names that `http.server` calls

    def _file(self, file: Path) -> None:
        """What has its content's hash in its name."""
        found = _read(file)
        if found is None:
            self._send(404, b"", "text/plain")
        else:
            self._send(200, found, _kind(file), FOR_EVER)

    def _page(self, file: Path, prologue: str) -> None:
        content = _read(file) or b""
        if file.suffix == ".html":
            content = content.replace(b"<head>", b"<head><script>" + prologue.encode() + b"</script>", 1)
        self._send(200, content, _kind(file))

    def _send(self, status: int, content: bytes, kind: str, cache_control: str = "no-store") -> None:
        self.send_response(status)
        self.send_header("Cache-Control", cache_control)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name in `http.server`
        pass


@cache
def _read(file: Path) -> bytes | None:
    """None when there is no such file."""
    return file.read_bytes() if file.is_file() else None


def _kind(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"
