"""The list of colleagues and queues as an agent gets it."""

from __future__ import annotations

from tests.server.api.conftest import ControlProcess


async def test_agents_see_each_other_and_the_queues_and_nobody_a_customer(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        everybody = (await mei.get("/colleagues", params={"query": "a"})).json()
        assert everybody["agents_found"] == len(everybody["agents"]) > 0
        assert "agent_mei" not in {each["agent_id"] for each in everybody["agents"]}
        assert all(each["available_for_call"] is (each["why_not"] is None) for each in everybody["agents"])
        billing = (await mei.get("/colleagues", params={"query": "billing"})).json()["queues"]
        assert [(each["queue_id"], each["open"]) for each in billing] == [("queue_billing", True)]
        first = (await mei.get("/colleagues", params={"query": "a", "limit": 1})).json()
        assert (len(first["agents"]), first["agents_found"]) == (1, everybody["agents_found"])


async def test_what_does_not_fit_is_refused(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        for wrong in ({"limit": 0}, {"limit": 201}, {"query": "x" * 101}):
            assert (await mei.get("/colleagues", params=wrong)).status_code == 422
