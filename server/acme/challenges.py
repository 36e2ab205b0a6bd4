"""What the authority asks for at port 80 to see that a name leads here (http-01, RFC 8555 §8.3), and where others are led."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/.well-known/acme-challenge/"


class Challenges:
    """Owns what is being proved now, by token. Nothing in it is secret."""

    def __init__(self) -> None:
        self._answers: dict[str, str] = {}

    def put(self, answers: dict[str, str]) -> None:
        self._answers.update(answers)

    def forget(self) -> None:
        self._answers.clear()

    def answer(self, path: str) -> str | None:
        return self._answers.get(path.removeprefix(PATH)) if path.startswith(PATH) else None


class AnswersChallenges:
    """ASGI: in front of everything else on a port that the authority may ask at."""

    def __init__(self, app: ASGIApp, challenges: Challenges) -> None:
        self._app = app
        self._challenges = challenges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._challenges.answer(scope["path"]) if scope["type"] == "http" else None
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(answer, media_type="application/octet-stream")(scope, receive, send)


class LedToThePages:
    """ASGI: a port of its own that serves nothing but the way to the port where the pages are."""

    def __init__(self, names: tuple[str, ...], web_port: int, origins: tuple[str, ...]) -> None:
        """`origins`: of the pages, when others reach them on another port than this machine listens on."""
        self._names = frozenset(names)
        self._ports = f":{web_port}" if web_port != 443 else ""
        self._origins = {origin.removeprefix("https://").partition(":")[0]: origin for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        host = Headers(scope=scope).get("host", "").partition(":")[0].lower()
        query = scope["query_string"].decode("latin-1")
        target = scope["path"] + (f"?{query}" if query else "")
        if host not in self._names or scope["method"] not in {"GET", "HEAD"} or scope["path"].startswith("/api/"):
            return PlainTextResponse("Nothing is here.\n", 404)
        return RedirectResponse(self._origins.get(host, f"https://{host}{self._ports}") + target, 308)
