"""What supervisors may do to waiting work and to agents, and that agents may not."""

from __future__ import annotations

from tests.server.api.conftest import ControlProcess

DEEDS: dict[str, dict[str, object]] = {
    "/work/work_gone/move": {"queue_id": "queue_billing"},
    "/work/work_gone/priority": {"priority": 5},
    "/work/work_gone/withdraw": {"reason": "asked for twice"},
    "/agents/agent_nobody/state": {"state": "away", "reason": "lunch"},
}


async def test_agents_do_not_move_work_or_set_each_other_s_state(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        answers = [(await mei.post(path, json=body)).status_code for path, body in DEEDS.items()]
    assert answers == [403] * len(DEEDS)


async def test_work_and_agents_that_are_not_there_are_not_found(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        answers = [(await sam.post(path, json=body)).status_code for path, body in DEEDS.items()]
    assert answers == [404] * len(DEEDS)


async def test_what_makes_no_sense_is_refused_before_it_reaches_the_acd(control: ControlProcess) -> None:
    nonsense: dict[str, dict[str, object]] = {
        "/work/work_1/move": {},
        "/work/work_1/priority": {"priority": 1e9},
        "/work/work_1/withdraw": {"reason": ""},
        "/agents/agent_mei/state": {"state": "busy"},
    }
    async with control.signed_in("sam") as sam:
        answers = [(await sam.post(path, json=body)).status_code for path, body in nonsense.items()]
    assert answers == [422] * len(nonsense)


async def test_a_deed_without_the_header_against_cross_site_forms_is_refused(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        del sam.headers["X-Patchbay"]
        answer = await sam.post("/agents/agent_mei/state", json={"state": "away"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_header")


async def test_a_supervisor_sets_an_agent_away_and_the_agent_sees_who_did(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        answer = await sam.post("/agents/agent_jonas/state", json={"state": "away", "reason": "training"})
        assert answer.status_code == 204
        assert (await sam.post("/agents/agent_jonas/state", json={"state": "signed_out"})).status_code == 204
