"""A whole Patchbay for tests: `patchbay serve` with its own data directory and free ports, started and killed by pid."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

import httpx
import psutil

from core.ids import new_id
from tests.peers import first_start
from tests.peers.ports import free_port
from tests.peers.waiting import until_told

PROJECT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 180.0
"""Idle it takes 5 s; on two cores shared with a compiler and two endless loops 79 s were seen."""
STOP_LIMIT_S = 60.0
"""Six children, one after the other, and each has 8 s before it is killed (`server/supervision/child.py`)."""
ANSWER_LIMIT_S = 20.0
SHED_AFTER_S = 20.0
"""A caller who waited for a second on a busy machine got 503, which is right, and not what these tests are about."""
DEMO_PASSWORD = "patchbay-demo"

T = TypeVar("T")


class Door(Protocol):
    """Where people come in: one desk process."""

    @property
    def url(self) -> str: ...

    def signed_in(self, username: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """An HTTP client with the session of a demo user."""
        ...


@asynccontextmanager
async def signed_in(url: str, username: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers={"X-Patchbay": "1"}, timeout=ANSWER_LIMIT_S) as client:
        answer = await client.post("/session", json={"username": username, "password": DEMO_PASSWORD})
        answer.raise_for_status()
        yield client


class Installation:
    """Owns the process tree of one `patchbay serve` with demo data."""

    program: tuple[str, ...] = (sys.executable, "-m", "server.cli")

    def __init__(self, folder: Path, **overrides: str) -> None:
        """`overrides` are configuration keys as in the environment without prefix: ``LIMITS_MAX_LEGS="2"``."""
        self.data_dir = folder / "data"
        self.web_port = free_port()
        self.sip_port = free_port()
        self._log = folder / "serve.log"
        self._overrides = overrides
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.web_port}"

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    async def __aenter__(self) -> Installation:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when the page answers and is ready for calls. Raises with the log's end when it is not in time."""
        environment = os.environ | self._environment()
        await asyncio.to_thread(first_start.prepare, self.data_dir, self._overrides)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.program, "serve", cwd=PROJECT, env=environment, stdout=log, stderr=log
            )
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await self._until_ready()
        except TimeoutError:
            await self.stop()
            raise AssertionError(f"Patchbay was not ready within {START_LIMIT_S:g} s:\n{self.log[-6000:]}") from None

    async def stop(self) -> None:
        """Asks the tree to end and leaves nothing behind."""
        if self._process is None:
            return
        tree = self._tree()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_LIMIT_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        left = [process for process in tree if _lives(process)]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process = None
        assert not left, f"processes outlived `patchbay serve`: {[process.pid for process in left]}\n{self.log[-3000:]}"

    @asynccontextmanager
    async def second_node(self, **overrides: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Another media node on the same machine, as on another one: its own process and ports, the same Redis, and the same data
        unless `overrides`, as those of an installation, say otherwise.
        """
        ports = {"SIP_PORT": str(free_port()), "MEDIA_FIRST_RTP_PORT": "20002", "MEDIA_LAST_RTP_PORT": "22000"}
        environment = os.environ | self._environment() | {f"PATCHBAY_{key}": value for key, value in (ports | overrides).items()}
        with self._log.open("ab") as log:
            words = (*self.program, "node", "--id", new_id("node"))
            node = await asyncio.create_subprocess_exec(*words, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            yield node
        finally:
            with contextlib.suppress(ProcessLookupError):
                node.terminate()
            await node.wait()

    async def knows_nodes(self, count: int) -> None:
        """As the metrics say."""
        async with httpx.AsyncClient(timeout=ANSWER_LIMIT_S) as client:

            async def are_known() -> bool:
                return (await client.get(f"{self.url}/metrics")).text.count("patchbay_node_legs{") == count

            await until_told(are_known)

    def child(self, *words: str) -> psutil.Process:
        """The one process of the tree whose command line has all the words, as ``child("serve", "--only", "api")``."""
        found = [process for process in self._tree() if set(words) <= set(_told(process, psutil.Process.cmdline) or ())]
        assert len(found) == 1, f"{len(found)} processes match {words}"
        return found[0]

    def child_named(self, name: str) -> psutil.Process:
        """The one process of the tree with this program name, as ``redis-server``."""
        found = [process for process in self._tree() if _lives(process) and _told(process, psutil.Process.name) == name]
        assert len(found) == 1, f"{len(found)} processes are called {name}"
        return found[0]

    async def says(self, *words: str) -> str:
        """What `patchbay <words>` prints about this installation."""
        process = await asyncio.create_subprocess_exec(
            *(*self.program, *words),
            cwd=PROJECT,
            env=os.environ | self._environment() | {"COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return output.decode(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """The whole tree, the supervisor included."""
        assert self._process is not None
        return [psutil.Process(self._process.pid), *self._tree()]

    async def until_ready(self) -> None:
        """Waits for the API to say that it is ready, as after a restart of one of its processes."""
        async with asyncio.timeout(START_LIMIT_S):
            await self._until_ready()

    def signed_in(self, username: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """An HTTP client with the session of a demo user."""
        return signed_in(self.url, username)

    def _environment(self) -> dict[str, str]:
        settings: dict[str, Any] = {
            "STORAGE_DATA_DIR": self.data_dir,
            "WEB_BIND": "127.0.0.1",
            "WEB_PORT": self.web_port,
            "SIP_BIND": "127.0.0.1",
            "SIP_PORT": self.sip_port,
            "LIMITS_SHED_AFTER_S": SHED_AFTER_S,
            **self._overrides,
        }
        return {f"PATCHBAY_{key}": str(value) for key, value in settings.items()}

    def _tree(self) -> list[psutil.Process]:
        if self._process is None or not psutil.pid_exists(self._process.pid):
            return []
        return psutil.Process(self._process.pid).children(recursive=True)

    async def _until_ready(self) -> None:
        async with httpx.AsyncClient() as client:
            while True:
                assert self._process is not None
                if self._process.returncode is not None:
                    raise AssertionError(f"`patchbay serve` ended with {self._process.returncode}:\n{self.log[-6000:]}")
                try:
                    answer = await client.get(f"{self.url}/api/v1/ready")
                    if answer.status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and _told(process, psutil.Process.status) not in (None, psutil.STATUS_ZOMBIE)


def _told(process: psutil.Process, question: Callable[[psutil.Process], T]) -> T | None:
    """None of a process that has ended meanwhile: it may do so between two questions."""
    try:
        return question(process)
    except psutil.NoSuchProcess:
        return None
