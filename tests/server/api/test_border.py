"""What every answer has when it leaves: headers whoever gave it, and no more bytes than needed."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.responses import StreamingResponse

from server.api.app import create_app
from server.api.border import Border
from server.api.encodings import SMALLEST_BYTES
from server.api.headers import SECURITY_HEADERS
from server.api.services import Services
from server.config import Config
from server.config.sections import HttpsKind

LONG = b'{"items": [' + b'"the same again",' * 300 + b'"end"]}'
TEXT = "console.log('hello');\n" * 100


def site(folder: Path) -> FastAPI:
    """The real application's guards and files, and three routes of our own."""
    config = Config(web=Config().web.__class__(application=folder))
    tls = SimpleNamespace(kind_of=lambda _: "none", authority_der=None)
    app = create_app(cast(Services, SimpleNamespace(config=config, tls=tls)), config)

    async def long(request: Request) -> Response:
        headers = {"ETag": '"1"'} if "tag" in request.query_params else None
        return Response(LONG, media_type="application/json", headers=headers)

    async def stream(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield LONG

        return StreamingResponse(pieces(), media_type="text/plain")

    async def fails(_: Request) -> Response:
        raise RuntimeError("as tests do")

    for path, handler in {"/api/v1/long": long, "/api/v1/session/long": long, "/api/v1/stream": stream, "/fails": fails}.items():
        app.router.add_route(path, handler, methods=["GET", "POST"])
        app.router.routes.insert(0, app.router.routes.pop())
    return app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    for end in ("", ".br", ".gz"):
        (tmp_path / "assets" / f"main-1.js{end}").write_text(TEXT + end)
    (tmp_path / "widget.js").write_text(TEXT)
    return tmp_path


@asynccontextmanager
async def visitor(folder: Path, kind: HttpsKind = "none", scheme: str = "https") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Border(site(folder), lambda _: kind), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://desk.example") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/api/v1/nothing", {}, 404),
        ("POST", "/api/v1/agent/state", {}, 403),
        ("GET", "/%ff", {}, 400),
        ("GET", "/" + "x" * 3000, {}, 414),
        ("GET", "/fails", {}, 500),
        ("GET", "/desk", {}, 200),
        ("GET", "/assets/main-1.js", {}, 200),
        ("GET", "/assets/gone.js", {}, 404),
        ("GET", "/authority.crt", {}, 404),
        ("DELETE", "/desk", {}, 405),
        ("OPTIONS", "/api/v1/widget/calls", {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}, 400),
        ("GET", "/api/v1/long", {}, 200),
    ],
)
async def test_every_answer_has_the_security_headers(
    folder: Path, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with visitor(folder, "given") as client:
        answer = await client.request(method, path, headers={"Accept-Encoding": "identity", **headers})
    assert answer.status_code == status, answer.text
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert (answer.headers.get("cache-control") == "no-store") == path.startswith("/api/")


@pytest.mark.parametrize(("kind", "scheme"), [("own", "https"), ("none", "https"), ("given", "http")])
async def test_browsers_are_held_to_https_only_by_a_certificate_that_they_know(
    folder: Path, kind: HttpsKind, scheme: str
) -> None:
    async with visitor(folder, kind, scheme) as client:
        assert "strict-transport-security" not in (await client.get("/desk")).headers


async def test_long_answers_are_compressed_for_who_takes_it(folder: Path) -> None:
    async with visitor(folder) as client:
        small = await client.get("/api/v1/long")
        whole = await client.get("/api/v1/long", headers={"Accept-Encoding": "identity"})
    assert (small.content, small.headers["content-encoding"], small.headers["vary"]) == (LONG, "gzip", "Accept-Encoding")
    assert int(small.headers["content-length"]) < len(LONG) / 10
    assert (whole.content, whole.headers.get("content-encoding"), whole.headers["vary"]) == (LONG, None, "Accept-Encoding")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v1/long"), ("GET", "/api/v1/session/long"), ("GET", "/api/v1/stream"), ("GET", "/api/v1/long?tag=1")],
)
async def test_secrets_streams_and_tagged_answers_stay_as_they_are(folder: Path, method: str, path: str) -> None:
    async with visitor(folder) as client:
        answer = await client.request(method, path, headers={"X-Patchbay": "1"})
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


async def test_files_are_sent_as_the_build_has_compressed_them(folder: Path) -> None:
    async with visitor(folder) as client:
        tags = set()
        for encoding, end in {"br": ".br", "gzip": ".gz", "identity": ""}.items():
            request = client.build_request("GET", "/assets/main-1.js", headers={"Accept-Encoding": encoding})
            answer = await client.send(request, stream=True)
            body = b"".join([part async for part in answer.aiter_raw()])
            assert body.decode() == TEXT + end
            assert answer.headers["content-type"].startswith("text/javascript")
            assert answer.headers.get("content-encoding", "identity") == encoding
            assert answer.headers["vary"] == "Accept-Encoding"
            assert "immutable" in answer.headers["cache-control"]
            tags.add(answer.headers["etag"])
        assert len(tags) == 3  # another representation, another tag (RFC 9110 §8.8.3)


async def test_a_piece_is_one_of_the_compressed_file_that_its_tag_names(folder: Path) -> None:
    headers = {"Accept-Encoding": "br", "Range": "bytes=5-9"}
    async with visitor(folder) as client:
        request = client.build_request("GET", "/assets/main-1.js", headers=headers)
        answer = await client.send(request, stream=True)
        body = b"".join([part async for part in answer.aiter_raw()])
        plain = await client.get("/assets/main-1.js", headers={"Accept-Encoding": "identity", "Range": "bytes=0-3"})
    assert (answer.status_code, body.decode()) == (206, TEXT[5:10])
    assert answer.headers["content-range"] == f"bytes 5-9/{len(TEXT) + 3}"
    assert (plain.status_code, plain.text) == (206, TEXT[:4])


async def test_a_build_without_compressed_files_is_served_too(folder: Path) -> None:
    async with visitor(folder) as client:
        answer = await client.get("/widget.js")
    assert (answer.status_code, answer.text) == (200, TEXT)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_text_that_fits_into_a_packet_is_not_worth_it() -> None:
    assert len(gzip.compress(b"x" * 100)) < 100 < SMALLEST_BYTES < 1460
