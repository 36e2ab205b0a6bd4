"""The web application's files, and the widget's bundle for other people's pages."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, HTMLResponse

from server.api.access import Public
from server.api.encodings import accepted
from server.api.errors import not_found
from server.https.over_http import AUTHORITY

router = APIRouter(include_in_schema=False, dependencies=[Public])
READ = ["GET", "HEAD"]
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Files under assets/ have their content's hash in their name."""
ASK_AGAIN = {"Cache-Control": "no-cache"}
EMBEDDABLE = {
    "Cache-Control": "public, max-age=300",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_ENDINGS = {"br": ".br", "gzip": ".gz"}
"""The best first."""
_VARY = {"Vary": "Accept-Encoding"}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Patchbay</title>
<body style="font:16px system-ui;max-width:40em;margin:4em auto"><h1>Patchbay is running</h1>
<p>The web application is not built. <code>make serve</code> builds it; calls, the API and the live view work without it.</p>"""


@router.api_route("/widget.js", methods=READ)
async def widget_bundle(request: Request) -> Response:
    path = _root(request) / "widget.js"
    if not path.is_file():
        raise not_found("widget: the web application is not built")
    return _file(request, path, EMBEDDABLE)


@router.api_route("/widget", methods=READ)
async def widget_page(request: Request) -> Response:
    return _page(request, _root(request) / "widget.html")


@router.api_route(AUTHORITY, methods=READ)
async def authority(request: Request) -> Response:
    """The certificate of our own authority, for a computer to trust. Nothing in it is secret."""
    certificate = request.app.state.services.tls.authority_der
    if certificate is None:
        raise not_found("authority: the certificate is of another one")
    headers = {**ASK_AGAIN, "Content-Disposition": 'attachment; filename="patchbay-authority.crt"'}
    return Response(certificate, media_type="application/x-x509-ca-cert", headers=headers)


@router.api_route("/{path:path}", methods=READ)
async def file_or_page(path: str, request: Request) -> Response:
    """A file of the application, or its page: the application reads the address itself."""
    root = _root(request)
    if path.startswith(("api/", "metrics")):
        raise not_found("address")
    wanted = (root / path).resolve()
    if path and wanted.is_relative_to(root) and wanted.is_file():
        return _file(request, wanted, FOR_EVER if path.startswith("assets/") else ASK_AGAIN)
    if path.startswith("assets/"):
        raise not_found("file")
    return _page(request, root / "index.html")


def _page(request: Request, path: Path) -> Response:
    return _file(request, path, ASK_AGAIN) if path.is_file() else HTMLResponse(_NOT_BUILT, headers=ASK_AGAIN)


def _file(request: Request, path: Path, headers: dict[str, str]) -> Response:
    """As the browser takes it: the build has compressed every text (`tools/precompress.mjs`). Each encoding is a file of its own,
    with its own ETag and length, so that ranges and If-Range mean the same bytes (RFC 9110 §14).
    """
    kind = _KINDS.get(path.suffix)
    if kind is None:
        return FileResponse(path, headers=headers)
    there = {name: with_end for name, end in _ENDINGS.items() if (with_end := path.with_name(path.name + end)).is_file()}
    encoding = accepted(request.headers.get("accept-encoding", ""), list(there))
    if encoding is None:
        return FileResponse(path, media_type=kind, headers={**headers, **_VARY})
    return FileResponse(there[encoding], media_type=kind, headers={**headers, **_VARY, "Content-Encoding": encoding})


def _root(request: Request) -> Path:
    root: Path = request.app.state.services.config.application_dir
    return root
