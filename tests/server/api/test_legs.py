"""Audio legs of people who are no agents: who may open one, whose it is, and what ends it."""

from __future__ import annotations

import asyncio

import pytest

from core.commands import CreateBrowserLeg, HangUpLeg
from core.model import LegPurpose
from tests.peers.waiting import until
from tests.server.api.conftest import ControlProcess, FakeNode
from tests.server.api.test_rights import somebody

OFFER = {"sdp": "v=0 offer"}


async def test_a_supervisor_without_agent_record_has_an_audio_leg_and_one_only(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("sam") as sam:
        assert (await sam.get("/session")).json()["agent_id"] is None
        first, second = [(await sam.post("/legs", json=OFFER)).json()["leg_id"] for _ in range(2)]
        made = [each for each in node.commands if isinstance(each, CreateBrowserLeg)]
        assert [(each.purpose, each.agent_id) for each in made] == [(LegPurpose.SUPERVISOR, None)] * 2
        ended = [each.leg_id for each in node.commands if isinstance(each, HangUpLeg)]
        assert ended == [first]
        assert (await sam.delete(f"/legs/{second}")).status_code == 204
        assert (await sam.delete(f"/legs/{second}")).status_code == 404


async def test_it_ends_with_the_last_sign_in(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("ada") as ada:
        leg = (await ada.post("/legs", json=OFFER)).json()["leg_id"]
        await ada.delete("/me/sessions")
        await until(lambda: any(isinstance(each, HangUpLeg) and each.leg_id == leg for each in node.commands), within_s=20)


async def test_somebody_elses_is_not_ended(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("sam") as sam, control.signed_in("ada") as ada, control.signed_in("mei") as mei:
        leg = (await sam.post("/legs", json=OFFER)).json()["leg_id"]
        assert [(await other.delete(f"/legs/{leg}")).status_code for other in (ada, mei)] == [404, 404]
        assert (await sam.delete(f"/legs/{leg}")).status_code == 204


@pytest.mark.parametrize("who", ["reviewer", "planner"])
async def test_whose_role_has_no_audio_gets_none(control: ControlProcess, node: FakeNode, who: str) -> None:
    async with somebody(control, who) as person:
        answer = await person.post("/legs", json=OFFER)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["permission"]) == (403, "not_allowed", "audio")


async def test_nobody_takes_every_place_of_a_node(control: ControlProcess, node: FakeNode) -> None:
    """An offer without a browser behind it has its place until the node knows that nobody connects."""
    async with control.signed_in("aisha") as aisha, control.signed_in("jonas") as jonas:
        answers = await asyncio.gather(*(aisha.post("/legs", json=OFFER) for _ in range(60)))
        opened = [answer for answer in answers if answer.status_code == 200]
        assert 30 <= len(opened) < 40, "some more while the time went on"
        refused = next(answer for answer in answers if answer.status_code != 200)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_tries")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await jonas.post("/legs", json=OFFER)).status_code == 200, "others are not slowed down"
