"""Whoever sends whatever to the configuration's routes: calls and screens are served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil
import pytest

from tests.server.api.conftest import ControlProcess

AGENTS = 1_500
LATE_S = 1.5
"""A leader of the ACD who is silent for longer loses the lead, and screens stand still. Of the server's own computing: what other
programs take of the processor meanwhile is not its doing.
"""
EMPTY_LISTS = b'{"document": {"a": [' + b"[]," * 1_200_000 + b"[]]}}"
BOMBS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
    "nested": "a: " + "[" * 50_000,
    "nested mappings": "\n".join(" " * depth + "a:" for depth in range(1_000)),
    "many": "- 1\n" * 200_000,
    "merged keys": "a: &a {x: 1}\nb: {<<: *a}\n",
    "tags": "a: !!python/object/apply:os.system [id]\n",
    "half a pair": 'skills: {a: "\\ud800"}\n',
    "a long line": "a: " + "x" * 900_000,
    "questions": "? " * 50_000,
    "anchors": "".join(f"- &a{number} x\n" for number in range(60_000)),
    "comments": "#\n" * 400_000,
    "directives": "%TAG ! x\n" * 50_000 + "--- a",
    "quotes": '"' + "\\\n" * 200_000,
}


def with_many_agents(present: dict[str, Any], tag: str) -> dict[str, Any]:
    """What there is, which flows use, and a large company."""
    skills = {f"s{number}": f"Skill {number}" for number in range(20)}
    agents = {
        f"agent_{number}": {
            "name": f"Agent {number} {tag}",
            "skills": {f"s{(number + each) % 20}": 1 + each for each in range(5)},
        }
        for number in range(AGENTS)
    }
    return present | {"skills": present["skills"] | skills, "agents": present["agents"] | agents}


class Watch:
    """Asks every 20 ms whether the server is there, and keeps the longest that it computed before an answer came."""

    def __init__(self, client: httpx.AsyncClient, control: ControlProcess) -> None:
        assert control.process is not None
        self._client = client
        self._server = psutil.Process(control.process.pid)
        self.longest_s = 0.0

    def _computed_s(self) -> float:
        times = self._server.cpu_times()
        return float(times.user + times.system)

    async def run(self) -> None:
        while True:
            before_s = self._computed_s()
            assert (await self._client.get("/health")).status_code == 200
            self.longest_s = max(self.longest_s, self._computed_s() - before_s)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def watched(visitor: httpx.AsyncClient, control: ControlProcess) -> AsyncIterator[Watch]:
    watch = Watch(visitor, control)
    watching = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def test_others_are_served_while_large_configurations_are_looked_at(control: ControlProcess) -> None:
    """Before, the server stood still for as long as it took to write one out as YAML: 2 s for a thousand agents."""
    async with control.signed_in("ada") as ada, control.visitor() as visitor:
        ada.timeout = httpx.Timeout(120)
        present = (await ada.get("/configuration")).json()["document"]
        async with watched(visitor, control) as watch:
            asked = [ada.post("/configuration/validate", json={"document": with_many_agents(present, tag)}) for tag in "abc"]
            answers = await asyncio.gather(*asked, ada.get("/configuration"))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["problems"] for answer in answers[:3]] == [[]] * 3
    assert watch.longest_s < LATE_S


async def test_who_signs_in_does_not_wait_for_large_flows(control: ControlProcess) -> None:
    """They were looked at in the threads that everybody shares: behind a dozen of them a password was checked after a minute."""
    large = "[" + "1," * 20_000 + "]"
    async with control.signed_in("ada") as ada:
        ada.timeout = httpx.Timeout(120)
        checks = [asyncio.create_task(ada.post("/flows/check", json={"text": large})) for _ in range(10)]
        await asyncio.wait(checks, return_when=asyncio.FIRST_COMPLETED)
        async with control.signs_in("sam"):
            still_waiting = sum(not check.done() for check in checks)
        answers = await asyncio.gather(*checks)
    assert still_waiting >= 6, "they are looked at one after the other, and the sign-in beside them"
    assert {answer.status_code for answer in answers} == {200}


async def test_who_waits_behind_too_many_is_told_to_come_back(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        ada.timeout = httpx.Timeout(120)
        answers = await asyncio.gather(*(ada.post("/configuration/validate", json={"document": {}}) for _ in range(40)))
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 429)


@pytest.mark.parametrize("username", ["", "mei", "sam"])
async def test_a_large_body_is_read_from_administrators_only(control: ControlProcess, username: str) -> None:
    """Before, a stranger's 4 MB of empty lists held everybody up for three seconds, before anybody asked who sent them."""
    async with (
        control.signed_in(username) if username else control.visitor() as client,
        control.visitor() as visitor,
        watched(visitor, control) as watch,
    ):
        for path in ("/configuration/validate", "/configuration", "/configuration/nowhere", "/flows/flow_demo/draft"):
            answer = await client.post(path, content=EMPTY_LISTS, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert watch.longest_s < LATE_S


async def test_an_administrator_s_millions_of_values_are_refused_before_they_are_read(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        answer = await ada.post("/configuration/validate", content=EMPTY_LISTS, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_of_yaml_is_a_mistake_that_is_told_and_nobody_waits_for_it(control: ControlProcess, bomb: str) -> None:
    async with control.signed_in("ada") as ada, control.visitor() as visitor:
        ada.timeout = httpx.Timeout(60)
        async with watched(visitor, control) as watch:
            answer = await ada.post("/configuration/validate", json={"yaml": BOMBS[bomb]})
    assert answer.status_code == 200
    assert answer.json()["problems"]
    assert watch.longest_s < LATE_S
