"""What is away is waited for, ever more patiently; every other error is not."""

from __future__ import annotations

import pytest
from structlog import get_logger
from structlog.testing import capture_logs

from core.ports import Unavailable
from core.retrying import PAUSES_S, until_available


class Store:
    """Away for some tries; its time passes by being slept."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.slept_s: list[float] = []

    async def load(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "loaded"

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    async def waited_for(self) -> str:
        return await until_available(self.load, "reader", get_logger(), self.sleep)


async def test_what_is_there_costs_no_pause_and_no_word() -> None:
    store = Store()
    with capture_logs() as logs:
        assert await store.waited_for() == "loaded"
    assert (store.slept_s, logs) == ([], [])


async def test_pauses_grow_to_a_second_and_stay_there() -> None:
    store = Store(*[Unavailable("Redis is away")] * 8)
    assert await store.waited_for() == "loaded"
    assert store.slept_s == [*PAUSES_S, 1.0, 1.0, 1.0]


async def test_each_reason_is_said_once_and_so_is_going_on() -> None:
    away = [Unavailable("Redis is away"), Unavailable("Redis is away"), Unavailable("the database is away")]
    with capture_logs() as logs:
        await Store(*away).waited_for()
    assert [(log["who"], log["event"], str(log.get("error", log.get("tries")))) for log in logs] == [
        ("reader", "waits", "Redis is away"),
        ("reader", "waits", "the database is away"),
        ("reader", "goes on", "3"),
    ]


async def test_another_error_is_not_waited_out() -> None:
    store = Store(Unavailable("Redis is away"), ValueError("a mistake"))
    with pytest.raises(ValueError, match="a mistake"):
        await store.waited_for()
    assert store.slept_s == [PAUSES_S[0]]
