"""This state of Patchbay on what an older release left behind: Redis, database, control server, seconds later."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tarfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError
from websockets.asyncio.client import connect

from core.ids import WorkId
from server.config import Config, load_config
from server.processes.control import Control
from server.supervision.plan import redis_plan
from tests.peers.installation import DEMO_PASSWORD
from tests.peers.ports import free_port
from tests.peers.waiting import until_told
from tests.server.storage.sql.postgres import Cluster

HERE = Path(__file__).parent
STARTED_AFTER_S = 10.0
"""From the moment everything stopped."""
PATIENCE_S = 60.0
Message = dict[str, Any]


class Picture:
    """One release's folder here."""

    def __init__(self, release: str) -> None:
        self._folder = HERE / release
        self.expected: dict[str, Any] = json.loads((self._folder / "expected.json").read_text())

    def unpack(self, into: Path) -> None:
        with tarfile.open(self._folder / "data.tar.xz") as archive:
            archive.extractall(into)


class MovedClock:
    """`core.ports.Clock`: real seconds, counted from another moment."""

    def __init__(self, start: float) -> None:
        self._ahead_s = start - time.time()

    def now(self) -> float:
        return time.time() + self._ahead_s

    def move_to(self, at: float) -> None:
        self._ahead_s = at - time.time()


class Upgraded:
    """Owns the redis-server and the control server of one data folder."""

    def __init__(self, picture: Picture, folder: Path, cluster: Cluster | None) -> None:
        """On the dump in `cluster`, or on SQLite."""
        self.picture = picture
        self.expected = picture.expected
        self.data_dir = folder / "data"
        self.data_dir.mkdir(parents=True)
        picture.unpack(self.data_dir)
        self.clock = MovedClock(self.expected["taken_at"] + STARTED_AFTER_S)
        self._port = free_port()
        settings = {
            "STORAGE_DATA_DIR": str(self.data_dir),
            "WEB_BIND": "127.0.0.1",
            "WEB_PORT": str(self._port),
            "GENERAL_DEMO": "yes",
        }
        if cluster is not None:
            settings["STORAGE_DATABASE_URL"] = cluster.load(self.data_dir / "postgresql.sql")
        self.config: Config = load_config(None, {f"PATCHBAY_{key}": value for key, value in settings.items()})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[None]:
        """As the supervisor starts it."""
        command = redis_plan(self.config, os.environ).start().command
        server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
        try:
            await until_told(self._redis_answers, PATIENCE_S)
            yield
        finally:
            server.terminate()
            await server.wait()

    async def _redis_answers(self) -> bool:
        """It has read its files."""
        redis = Redis.from_url(self.config.redis_url)
        try:
            return bool(await redis.ping())
        except RedisError:
            return False
        finally:
            await redis.aclose()

    @asynccontextmanager
    async def control(self) -> AsyncIterator[Control]:
        """Serves; a failure of the server is raised here."""
        control = Control(self.config, self.clock)
        running = asyncio.create_task(control.run(), name="control")
        try:
            await self._until_served(running)
            yield control
        finally:
            control.stop()
            await running

    async def _until_served(self, running: asyncio.Task[None]) -> None:
        async with httpx.AsyncClient() as client:

            async def answers() -> bool:
                if running.done():
                    running.result()
                    raise AssertionError("the control server ended")
                try:
                    return (await client.get(f"{self.url}/api/v1/health")).is_success
                except httpx.TransportError:
                    return False

            await until_told(answers, PATIENCE_S)

    @asynccontextmanager
    async def signed_in(self, username: str) -> AsyncIterator[Person]:
        headers = {"X-Patchbay": "1"}
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=20) as client:
            (await client.post("/session", json={"username": username, "password": DEMO_PASSWORD})).raise_for_status()
            yield Person(client)


class Person:
    """Somebody who is signed in."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def reads(self, path: str) -> Any:
        answer = await self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    async def hears(self, call_id: str) -> bytes:
        """The recording."""
        answer = await self._client.get(f"/calls/{call_id}/recording")
        answer.raise_for_status()
        return answer.content

    async def board(self) -> Message:
        cookie = {"Cookie": f"patchbay_session={self._client.cookies['patchbay_session']}"}
        url = f"{str(self._client.base_url).replace('http', 'ws').rstrip('/')}/live"
        async with connect(url, additional_headers=cookie, max_queue=None) as screen:
            async for text in screen:
                message: Message = msgspec.json.decode(text)
                if message["type"] == "snapshot":
                    return message
        raise AssertionError("no snapshot came")

    async def works(self) -> dict[WorkId, Message]:
        """What is on the board, by its id."""
        return {work["work_id"]: work for work in works_of(await self.board())}


def works_of(board: Message) -> list[Message]:
    """Under the name that this release gives it."""
    found: list[Message] = board["work_items"] if "work_items" in board else board["works"]
    return found
