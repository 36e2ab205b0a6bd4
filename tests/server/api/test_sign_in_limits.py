"""Passwords cannot be guessed quickly, and nobody is locked out by who tries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.errors import ApiError
from server.api.sign_in_limits import DOUBLINGS, WAITING_OF_A_NETWORK, WAITING_OF_A_PAIR, SignInLimits, delay_s
from server.config.sections import Limits
from server.storage.redis_limits import RedisLimits
from tests.peers.waiting import until
from tests.server.redis_server import RedisServer

LIMITS = Limits(sign_in_tries_per_minute=10, sign_in_tries_per_account=5, sign_in_longest_delay_s=8.0)
OFFICE, STRANGER = "198.51.100.7", "203.0.113.9"


class Watch:
    """A clock that the test moves, and a sleep that is written down instead of slept."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def counts(redis_server: RedisServer, prefix: str, watch: Watch) -> AsyncIterator[RedisLimits]:
    made = RedisLimits(redis_server.url, prefix, watch)
    yield made
    await made.close()


@pytest.fixture
def limits(counts: RedisLimits, watch: Watch) -> SignInLimits:
    return SignInLimits(counts, LIMITS, watch.sleep)


async def fails(limits: SignInLimits, name: str, network: str, times: int) -> None:
    for _ in range(times):
        await limits.begin(name, network)


@given(st.floats(0, 1e6), st.integers(1, 1000), st.floats(0.1, 60))
def test_a_delay_grows_with_the_tries_and_has_an_end(level: float, per_minute: int, longest_s: float) -> None:
    delay = delay_s(min(level, per_minute + DOUBLINGS), per_minute, longest_s)
    assert 0 <= delay <= longest_s
    assert (delay == 0) == (level <= per_minute)


async def test_guessing_at_a_name_gets_slower_up_to_an_end(limits: SignInLimits, watch: Watch) -> None:
    await fails(limits, "mei", STRANGER, 5)
    assert watch.slept == []
    await fails(limits, "mei", STRANGER, 8)
    assert watch.slept == [0.5, 1, 2, 4, 8, 8, 8, 8]


async def test_names_that_nobody_has_are_slowed_down_alike(limits: SignInLimits, watch: Watch) -> None:
    await fails(limits, "nobody-has-this-name", STRANGER, 13)
    assert watch.slept == [0.5, 1, 2, 4, 8, 8, 8, 8]


async def test_trying_many_names_slows_the_network_down(limits: SignInLimits, watch: Watch) -> None:
    for number in range(12):
        await limits.begin(f"name{number}", STRANGER)
    assert watch.slept == [0.5, 1]
    await limits.begin("mei", OFFICE)
    assert len(watch.slept) == 2


async def test_trying_from_many_networks_slows_the_name_down(limits: SignInLimits, watch: Watch) -> None:
    for number in range(7):
        await limits.begin("mei", f"203.0.113.{number}")
    assert watch.slept == [0.5, 1]


async def test_successes_are_free(limits: SignInLimits, watch: Watch) -> None:
    for _ in range(100):
        await (await limits.begin("mei", OFFICE)).succeeded()
    assert watch.slept == []


async def test_nobody_is_delayed_where_they_have_signed_in_before_by_what_others_do(limits: SignInLimits, watch: Watch) -> None:
    await (await limits.begin("mei", OFFICE)).succeeded()
    await fails(limits, "Mei ", STRANGER, 30)
    await fails(limits, "jonas", OFFICE, 30)
    watch.slept.clear()
    await limits.begin("mei", OFFICE)
    assert watch.slept == []
    await limits.begin("aisha", OFFICE)
    assert watch.slept == [8]


async def test_a_minute_after_the_last_try_all_is_forgiven(limits: SignInLimits, watch: Watch) -> None:
    await fails(limits, "mei", STRANGER, 500)
    watch.slept.clear()
    watch.time += 60 * (1 + DOUBLINGS / LIMITS.sign_in_tries_per_account)
    await limits.begin("mei", STRANGER)
    assert watch.slept == []


async def test_only_so_many_tries_of_one_network_wait(counts: RedisLimits) -> None:
    released = asyncio.Event()

    async def sleep(_: float) -> None:
        await released.wait()

    limits = SignInLimits(counts, LIMITS, sleep)
    await fails(limits, "mei", STRANGER, 5)
    waiting = [asyncio.create_task(limits.begin("mei", STRANGER)) for _ in range(WAITING_OF_A_PAIR)]
    await until(lambda: limits.waiting == WAITING_OF_A_PAIR)
    with pytest.raises(ApiError) as refused:
        await limits.begin("mei", STRANGER)
    assert (refused.value.status, refused.value.code) == (429, "too_many_tries")
    others = [asyncio.create_task(limits.begin(f"n{number}", STRANGER)) for number in range(WAITING_OF_A_NETWORK * 2)]
    await until(lambda: limits.waiting == WAITING_OF_A_NETWORK)
    released.set()
    await asyncio.gather(*waiting)
    ended = await asyncio.gather(*others, return_exceptions=True)
    assert any(isinstance(each, ApiError) for each in ended)
    assert limits.waiting == 0


async def test_codes_are_not_guessed_by_who_has_the_password(limits: SignInLimits, watch: Watch) -> None:
    """From however many networks; after a minute there is one more try for every twelve seconds."""
    for number in range(LIMITS.sign_in_tries_per_account):
        await limits.count_code("user_mei", "mei", f"203.0.113.{number}")
    with pytest.raises(ApiError) as refused:
        await limits.count_code("user_mei", "mei", "192.0.2.1")
    assert (refused.value.status, refused.value.code) == (429, "too_many_tries")
    watch.time += 60
    await limits.count_code("user_mei", "mei", "192.0.2.1")


async def test_guesses_elsewhere_do_not_keep_a_person_out_where_they_always_sign_in(limits: SignInLimits) -> None:
    await (await limits.begin("mei", OFFICE)).succeeded()
    for _ in range(LIMITS.sign_in_tries_per_account):
        await limits.count_code("user_mei", "mei", STRANGER)
    await limits.count_code("user_mei", "mei", OFFICE)


async def test_right_codes_cost_nothing(limits: SignInLimits) -> None:
    for _ in range(3 * LIMITS.sign_in_tries_per_account):
        await (await limits.count_code("user_mei", "mei", STRANGER)).taken_back()
