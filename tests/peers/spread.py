"""A Patchbay of one process for each role, as on several machines: started one by one against one Redis and one database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

import httpx

from core.sealing import Opener
from tests.peers import first_start
from tests.peers.installation import PROJECT, START_LIMIT_S, STOP_LIMIT_S, signed_in
from tests.peers.ports import free_port
from tests.peers.waiting import until_told
from tests.server.redis_server import RedisServer

PATCHBAY = (sys.executable, "-m", "server.cli")


class Desk:
    """One desk process, and the address at which browsers find it."""

    def __init__(self, port: int, process: asyncio.subprocess.Process) -> None:
        self.url = f"http://localhost:{port}"
        self.process = process

    def signed_in(self, username: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return signed_in(self.url, username)

    async def is_ready(self) -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{self.url}/api/v1/ready")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


class Spread:
    """Owns Redis and the processes. What begins in its `async with` ends with it."""

    def __init__(self, folder: Path, **overrides: str) -> None:
        """`overrides` are configuration keys as in the environment without prefix."""
        self.data_dir = folder / "data"
        self.sip_port = free_port()
        self._log = folder / "serve.log"
        self._redis = RedisServer(folder)
        self._settings = {
            "STORAGE_DATA_DIR": str(self.data_dir),
            "STORAGE_REDIS_URL": self._redis.url,
            "WEB_BIND": "127.0.0.1",
            "SIP_BIND": "127.0.0.1",
            "SIP_PORT": str(self.sip_port),
            "SEAL_KEY": Opener.new().to_text(),
            **overrides,
        }
        self._stack = AsyncExitStack()

    @property
    def redis_url(self) -> str:
        return self._redis.url

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(first_start.prepare, self.data_dir, self._settings)
        self._redis.start()
        self._stack.callback(self._redis.stop)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def runs(self, roles: str, **overrides: str) -> asyncio.subprocess.Process:
        """`patchbay serve --roles` with these."""
        return await self._stack.enter_async_context(self._running(roles, overrides))

    async def desk(self) -> Desk:
        port = free_port()
        return Desk(port, await self.runs("desk", WEB_PORT=str(port)))

    async def says(self, *words: str) -> str:
        """What `patchbay <words>` prints about this installation."""
        process = await asyncio.create_subprocess_exec(
            *(*PATCHBAY, *words),
            cwd=PROJECT,
            env=self._environment({"COLUMNS": "200"}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return (await process.communicate())[0].decode(errors="replace")

    async def ready(self, *desks: Desk) -> None:
        for desk in desks:
            try:
                await until_told(desk.is_ready, START_LIMIT_S)
            except TimeoutError:
                raise AssertionError(f"not ready within {START_LIMIT_S:g} s:\n{self.log[-6000:]}") from None

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        return os.environ | {f"PATCHBAY_{key}": value for key, value in self._settings.items()} | dict(more)

    @asynccontextmanager
    async def _running(self, roles: str, overrides: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
        environment = self._environment({f"PATCHBAY_{key}": value for key, value in overrides.items()})
        words = (*PATCHBAY, "serve", "--roles", roles)
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(*words, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_LIMIT_S)
            except TimeoutError:
                process.kill()
                await process.wait()
