"""A real control process with a real Redis and the demo company; the test plays the media node on the bus.

Each file has a control process of its own, with its own data and its own part of Redis: what one file leaves no other one meets.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from core.commands import Answer, AnyCommand, CreateBrowserLeg, ListLegs, SealDigits
from core.events import NodeHeartbeat, NodeLost
from core.ids import NodeId
from core.model import NodeState
from core.ports import ok, refused
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from tests.peers import first_start, forked
from tests.peers.digits import NODES_OPENER
from tests.peers.ports import free_port
from tests.peers.waiting import until_told
from tests.server.api import documented
from tests.server.redis_server import RedisServer

PROJECT = Path(__file__).resolve().parents[3]
PASSWORD = "patchbay-demo"
START_LIMIT_S = 90.0
INVITATION_TRIES = 60


@dataclass
class ControlProcess:
    """`patchbay serve --only api`."""

    redis_url: str
    folder: Path
    port: int = field(default_factory=free_port)
    overrides: dict[str, str] = field(default_factory=dict)
    prefix: str = field(default_factory=lambda: f"api{uuid.uuid4().hex[:8]}:")
    """Its part of Redis."""
    process: forked.Forked | None = None
    _sessions: dict[str, list[httpx.Cookies]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {
            "PATCHBAY_STORAGE_DATA_DIR": str(self.folder / "data"),
            "PATCHBAY_STORAGE_REDIS_URL": self.redis_url,
            "PATCHBAY_STORAGE_REDIS_PREFIX": self.prefix,
            "PATCHBAY_WEB_BIND": "127.0.0.1",
            "PATCHBAY_WEB_PORT": str(self.port),
            "PATCHBAY_LIMITS_SIGN_IN_TRIES_PER_MINUTE": "1000",
            "PATCHBAY_LIMITS_SIGN_IN_TRIES_PER_ACCOUNT": "1000",
            "PATCHBAY_LIMITS_INVITATION_TRIES_PER_MINUTE": str(INVITATION_TRIES),
            "PATCHBAY_LIMITS_LIVE_MESSAGES_PER_MINUTE": "1000000",
            "PATCHBAY_WEB_WIDGET_ORIGINS": "https://shop.example",
            **self.overrides,
        }
        overrides = {key.removeprefix("PATCHBAY_"): value for key, value in self.overrides.items()}
        first_start.prepare(self.folder / "data", overrides)
        self.process = forked.patchbay(("serve", "--only", "api"), environment, self.folder / "control.log")
        deadline = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the control process did not start:\n{self.log[-4000:]}")
            time.sleep(0.02)

    @property
    def log(self) -> str:
        return (self.folder / "control.log").read_text(errors="replace")

    def stop(self, kill: bool = False) -> None:
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(20)
            self.process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    @asynccontextmanager
    async def signed_in(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """With a session that nobody else has at the same time: one that a test before has left, where it is still good, because
        checking a password takes longer than most tests. Where signing in is what is tested: `signs_in`.
        """
        left = self._sessions.setdefault(username, [])
        async with self.visitor() as client:
            while left:
                client.cookies = left.pop()
                if (await client.get("/session")).is_success:
                    yield client
                    left.append(client.cookies)
                    return
        async with self.signs_in(username) as client:
            yield client
            left.append(client.cookies)

    @asynccontextmanager
    async def signs_in(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """With a password, and into a session of its own."""
        async with self.visitor() as client:
            answer = await client.post("/session", json={"username": username, "password": PASSWORD})
            answer.raise_for_status()
            yield client

    @asynccontextmanager
    async def visitor(self, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        """Whoever asks from this address of this machine."""
        way = httpx.AsyncHTTPTransport(local_address=address)
        hooks = {"response": [documented.look_at]}
        async with httpx.AsyncClient(
            base_url=f"{self.url}/api/v1", headers={"X-Patchbay": "1"}, timeout=20, transport=way, event_hooks=hooks
        ) as client:
            yield client


@pytest.fixture(scope="module")
def control(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    made = ControlProcess(redis_server.url, tmp_path_factory.mktemp("control"))
    made.start()
    yield made
    made.stop()


class FakeNode:
    """A media node as the control process sees it: heartbeats, and an SDP answer for every offer."""

    def __init__(self, bus: RedisBus) -> None:
        self.bus = bus
        self.node_id = NodeId(f"node_test_{os.urandom(4).hex()}")
        self.state = NodeState.UP
        self.commands: list[AnyCommand] = []

    async def beat(self) -> None:
        while True:
            now = SystemClock().now()
            beat = NodeHeartbeat(
                at=now,
                node_id=self.node_id,
                legs=0,
                max_legs=10,
                loop_lag_ms=1,
                dropped_packets={"srtp": 3, "stray": 1},
                state=self.state,
            )
            await self.bus.publish(beat)
            await asyncio.sleep(0.5)

    async def handle(self, command: AnyCommand) -> Answer:
        self.commands.append(command)
        if isinstance(command, CreateBrowserLeg):
            return ok(sdp="v=0 answer") if command.sdp_offer.startswith("v=0") else refused("this is no SDP offer", "bad_sdp")
        if isinstance(command, SealDigits):
            return ok(public_key=NODES_OPENER.public)
        return ok(legs=[]) if isinstance(command, ListLegs) else ok()


@pytest.fixture
async def bus(control: ControlProcess) -> AsyncIterator[RedisBus]:
    made = RedisBus(control.redis_url, SystemClock(), control.prefix)
    yield made
    await made.close()


@pytest.fixture
async def node(bus: RedisBus, control: ControlProcess) -> AsyncIterator[FakeNode]:
    """Begins when the control process knows it, ends when it has forgotten it."""
    made = FakeNode(bus)
    tasks = [asyncio.create_task(made.beat()), asyncio.create_task(bus.serve(f"node:{made.node_id}", made.handle))]
    async with control.signed_in("sam") as sam:

        async def is_known() -> bool:
            nodes = (await sam.get("/system")).json()["nodes"]
            return any(known["node_id"] == made.node_id and known["state"] == "up" for known in nodes)

        async def is_forgotten() -> bool:
            return not await is_known()

        await until_told(is_known, within_s=20)
        yield made
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bus.publish(NodeLost(at=SystemClock().now(), node_id=made.node_id, reason="the test is over"))
        await until_told(is_forgotten, within_s=20)  # or the next test's leg goes to a node that nobody plays
