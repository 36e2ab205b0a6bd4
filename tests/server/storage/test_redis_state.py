"""State by kind and key, over a restart of Redis."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from core.ports import Unavailable
from server.storage.redis_state import RedisStateStore
from tests.server.redis_server import RedisServer


async def test_what_was_saved_is_loaded_and_what_was_deleted_is_not(redis_server: RedisServer, prefix: str) -> None:
    store = RedisStateStore(redis_server.url, prefix)
    await store.save("call", "call_1", b"\x00one")
    await store.save("call", "call_2", b"two")
    await store.save("agent", "call_1", b"another kind")
    await store.delete("call", "call_2")
    assert await store.load_all("call") == {"call_1": b"\x00one"}
    assert await store.load_all("nothing") == {}
    await store.close()


async def test_state_survives_a_kill_of_redis(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    store = RedisStateStore(server.url)
    await store.save("call", "call_1", b"here")
    server.stop()
    with pytest.raises(Unavailable):
        await store.load_all("call")
    server.start()
    assert await store.load_all("call") == {"call_1": b"here"}
    await store.close()
    server.stop()


async def test_what_is_set_aside_is_kept_and_told_by_its_keys_alone(redis_server: RedisServer, prefix: str) -> None:
    store = RedisStateStore(redis_server.url, prefix)
    await store.save("call", "call_1", b"+442079460180")
    await store.save("call", "call_2", b"two")
    with capture_logs() as logs:
        await store.set_aside("call", {"call_1": "this is no call"})
    assert await store.load_all("call") == {"call_2": b"two"}
    redis: Any = Redis.from_url(redis_server.url)
    assert await redis.hgetall(f"{prefix}state-aside:call") == {b"call_1": b"+442079460180"}
    assert [(entry["kind"], entry["ids"]) for entry in logs] == [("call", ["call_1"])]
    assert "442079460180" not in str(logs)
    await redis.aclose()
    await store.close()
