"""A flow is walked without a phone: who calls, when, and what they answer go in, the path comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ivr.load import DEMO_FLOW
from tests.server.api.conftest import ControlProcess

TEXT = DEMO_FLOW.read_text(encoding="utf-8")


@pytest.fixture
async def ada(control: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with control.signed_in("ada") as client:
        yield client


async def simulated(ada: httpx.AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await ada.post("/flows/simulate", json={"text": TEXT, **given})
    assert answer.status_code == 200, answer.text
    path: dict[str, Any] = answer.json()
    return path


def names(path: dict[str, Any]) -> list[str]:
    return [step["step"] for step in path["steps"]]


async def test_keys_lead_to_a_queue_and_what_is_spoken_is_told(ada: httpx.AsyncClient) -> None:
    path = await simulated(ada, answers=[{"kind": "keys", "keys": "2"}], at="2026-11-30T19:05")
    assert names(path)[-1] == "billing"
    assert (path["outcome"], path["queue_id"]) == ("connected", "queue_billing")
    assert path["steps"][0]["spoken"] == ["Welcome to Northwind Home, where evenings are made comfortable."]
    assert path["steps"][-1]["detail"].startswith("chose 2")
    line = path["lines"]["main_menu"]
    assert TEXT.splitlines()[line - 1] == "  main_menu:"


async def test_words_and_silence_and_hanging_up_are_answers(ada: httpx.AsyncClient) -> None:
    path = await simulated(ada, answers=[{"kind": "silence"}, {"kind": "phrase", "phrase": "my bill"}])
    assert names(path)[-1] == "billing"
    assert (await simulated(ada, answers=[{"kind": "hang_up"}]))["outcome"] == "hung_up"


async def test_who_calls_decides_the_way_as_it_does_in_a_call(ada: httpx.AsyncClient) -> None:
    sure = {"certainty": "certain", "name": "Dana Whitfield", "vip": True, "open_tickets": 1}
    known = await simulated(ada, known=sure, answers=[{"kind": "keys", "keys": "2"}])
    assert {"vip_first", "say_open_ticket"} <= set(names(known))
    assert known["priority"] == 10
    likely = await simulated(ada, known={**sure, "certainty": "likely"}, answers=[{"kind": "keys", "keys": "2"}])
    assert "vip_first" in names(likely), "priority follows a guess in silence"
    assert "say_open_ticket" not in names(likely), "nothing personal is said to a guess"


async def test_ways_that_were_taken_and_not_are_told(ada: httpx.AsyncClient) -> None:
    path = await simulated(ada, answers=[{"kind": "keys", "keys": "2"}])
    assert {"step": "main_menu", "label": "option 2", "to": "billing"} in path["taken"]
    assert {"step": "main_menu", "label": "option 1", "to": "orders"} in path["missing"]
    assert len(path["taken"]) + len(path["missing"]) == 22


async def test_no_agent_ever_answers_when_that_is_asked(ada: httpx.AsyncClient) -> None:
    path = await simulated(ada, answers=[{"kind": "keys", "keys": "2"}], agent_after_s=None)
    assert path["outcome"] == "hung_up"
    assert path["took_s"] > 60


@pytest.mark.parametrize(
    ("given", "code"),
    [({"at": "noon"}, "invalid"), ({"text": "flow: x"}, "bad_flow"), ({"answers": [{"kind": "shout"}]}, "invalid")],
)
async def test_nonsense_is_refused_with_words(ada: httpx.AsyncClient, given: dict[str, Any], code: str) -> None:
    answer = await ada.post("/flows/simulate", json={"text": TEXT, **given})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["message"]
