"""Administrators change the rules while people wait: checked, versioned, in force at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from core.commands import AcceptOffer, EndWork, EnqueueWork, FinishWrapUp
from core.events import OfferMade
from core.ids import AgentId, OfferId, QueueId, WorkId, new_id
from core.model import Channel
from server.cli import config
from server.storage.redis_bus import RedisBus
from tests.server.api.conftest import ControlProcess
from tests.server.api.test_live_socket import receive, sees_agent, socket

CHAIRS, STOOLS = "queue_chairs", "queue_stools"
TEST_SKILL = {"skill_chairs": "Chairs"}


@pytest.fixture
async def ada(control: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with control.signed_in("ada") as client:
        yield client


async def version(ada: httpx.AsyncClient) -> int:
    return int((await ada.get("/configuration")).json()["version"])


async def patch(ada: httpx.AsyncClient, changes: dict[str, Any], comment: str = "") -> dict[str, Any]:
    answer = await ada.patch("/configuration", json={"version": await version(ada), "comment": comment, "changes": changes})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    assert saved["pending"] == ""
    return saved


async def test_only_administrators_see_and_change_the_configuration(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam, control.visitor() as visitor:
        for who, status in ((sam, 403), (visitor, 401)):
            assert (await who.get("/configuration")).status_code == status
            assert (await who.put("/configuration", json={"version": 1, "document": {}})).status_code == status
            assert (await who.get("/configuration/versions/1/diff")).status_code == status


async def test_a_change_is_a_version_with_its_author_and_what_it_changed(ada: httpx.AsyncClient) -> None:
    before = (await ada.get("/configuration")).json()
    saved = await patch(ada, {"queues": {"queue_billing": {"ring_timeout_s": 25}}}, "Phones are far from some desks")
    assert (saved["version"], saved["author"]) == (before["version"] + 1, "Ada Kowalska")
    assert saved["document"]["queues"]["queue_billing"]["ring_timeout_s"] == 25
    newest = (await ada.get("/configuration/versions")).json()["items"][0]
    assert (newest["version"], newest["comment"]) == (saved["version"], "Phones are far from some desks")
    diff = (await ada.get(f"/configuration/versions/{saved['version']}/diff")).json()
    assert diff["changes"] == [{"path": ["queues", "queue_billing", "ring_timeout_s"], "before": 20.0, "after": 25.0}]
    assert "+    ring_timeout_s: 25" in diff["text"].splitlines()


async def test_a_new_name_is_on_the_board_and_on_the_desk_without_a_change_of_state(
    control: ControlProcess, ada: httpx.AsyncClient
) -> None:
    async with control.signed_in("mei") as mei, socket(control, mei) as desk, socket(control, ada) as board:
        old = next(agent for agent in (await receive(board, "snapshot"))["agents"] if agent["agent_id"] == "agent_mei")
        await patch(ada, {"agents": {"agent_mei": {"name": "Mei Lin-Baker"}}})
        for screen in (desk, board):
            new = (await sees_agent(screen, agent_id="agent_mei", name="Mei Lin-Baker"))["agent"]
            assert (new["state"], new["since"]) == (old["state"], old["since"])
        await patch(ada, {"agents": {"agent_mei": {"name": old["name"]}}})


async def test_a_roll_back_is_a_new_version_with_the_old_rules(ada: httpx.AsyncClient) -> None:
    before = (await ada.get("/configuration")).json()
    await patch(ada, {"queues": {"queue_billing": {"priority": 7}}})
    body = {"to": before["version"], "version": before["version"] + 1}
    back = (await ada.post("/configuration/rollback", json=body)).json()
    assert (back["version"], back["document"]) == (before["version"] + 2, before["document"])
    assert back["comment"] == f"Back to version {before['version']}"


async def test_who_was_overtaken_is_told_and_overwrites_nothing(ada: httpx.AsyncClient) -> None:
    seen = (await ada.get("/configuration")).json()
    await patch(ada, {"queues": {"queue_billing": {"priority": 3}}})
    late = await ada.put("/configuration", json={"version": seen["version"], "document": seen["document"]})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed_since")
    assert late.json()["error"]["version"] == seen["version"] + 1
    now = (await ada.get("/configuration")).json()
    assert now["document"]["queues"]["queue_billing"]["priority"] == 3


async def test_every_mistake_is_told_at_its_place_and_nothing_is_changed(ada: httpx.AsyncClient) -> None:
    before = await version(ada)
    changes = {"queues": {"queue_billing": {"ring_timeout_s": 0, "condition": "seniour"}}}
    answer = await ada.patch("/configuration", json={"version": before, "changes": changes})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_configuration")
    told = {tuple(problem["path"]): problem["sentence"] for problem in answer.json()["error"]["problems"]}
    assert told.keys() == {("queues", "queue_billing", "ring_timeout_s"), ("queues", "queue_billing", "condition")}
    assert "did you mean “senior”?" in told["queues", "queue_billing", "condition"]
    assert await version(ada) == before


async def test_yaml_is_checked_with_lines_and_nothing_is_saved(ada: httpx.AsyncClient) -> None:
    before = (await ada.get("/configuration")).json()
    broken = before["yaml"].replace("name: Orders\n", "nmae: Orders\n")
    line = broken.splitlines().index("    nmae: Orders") + 1
    found = (await ada.post("/configuration/validate", json={"yaml": broken})).json()
    assert [problem["line"] for problem in found["problems"]] == [line - 1, line] or line in {
        p["line"] for p in found["problems"]
    }
    good = (await ada.post("/configuration/validate", json={"yaml": before["yaml"]})).json()
    assert (good["problems"], good["changes"], good["document"]) == ([], [], before["document"])
    assert await version(ada) == before["version"]


@pytest.mark.parametrize("body", [{}, {"document": {}, "yaml": ""}, {"document": []}, {"yaml": "a: &b [*b]"}, {"yaml": "\x00"}])
async def test_nonsense_is_refused_with_words(ada: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await ada.put("/configuration", json={"version": await version(ada), **body})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


async def test_a_version_that_never_was_is_not_found(ada: httpx.AsyncClient) -> None:
    assert (await ada.get("/configuration/versions/9999")).status_code == 404
    assert (await ada.post("/configuration/rollback", json={"to": 9999, "version": await version(ada)})).status_code == 404


# ── while people wait ─────────────────────────────────────────────────────────────────────────────────────────────


class Offers:
    """What the ACD offers from now on."""

    def __init__(self, bus: RedisBus) -> None:
        self._bus = bus
        self.seen: list[OfferMade] = []
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Offers]:
        reader = asyncio.create_task(self._read(await self._bus.cursor()))
        yield self
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)

    async def _read(self, cursor: str) -> None:
        async for _, event in self._bus.events(cursor):
            if isinstance(event, OfferMade):
                async with self._changed:
                    self.seen.append(event)
                    self._changed.notify_all()

    async def of(self, work: WorkId) -> OfferMade:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: any(offer.work_id == work for offer in self.seen))
        return next(offer for offer in self.seen if offer.work_id == work)


async def chat_waits(bus: RedisBus, queue: str) -> WorkId:
    work = WorkId(new_id("work"))
    command = EnqueueWork(work_id=work, call_id=None, channel=Channel.CHAT, queue_id=QueueId(queue))
    answer = await bus.send("acd", command)
    assert answer.ok, answer.reason
    return work


async def test_waiting_work_keeps_its_place_and_a_new_skill_brings_it_at_once(
    ada: httpx.AsyncClient, bus: RedisBus, control: ControlProcess
) -> None:
    aisha = {"skills": {"skill_chairs": 5}}
    await patch(ada, {"skills": TEST_SKILL, "queues": {CHAIRS: {"name": "Chairs", "requirements": {"skill_chairs": 3}}},
                      "agents": {"agent_aisha": aisha}})  # fmt: skip
    async with control.signed_in("jonas") as jonas, socket(control, jonas) as desk, Offers(bus).watched() as offers:
        await receive(desk, "snapshot")  # whose screen is closed is offered nothing
        assert (await jonas.post("/agent/state", json={"state": "available"})).status_code == 204
        first = await chat_waits(bus, CHAIRS)
        second = await chat_waits(bus, CHAIRS)
        await patch(ada, {"queues": {CHAIRS: {"ring_timeout_s": 60}}})
        assert offers.seen == [], "nobody free knows chairs"
        await patch(ada, {"agents": {"agent_jonas": {"skills": {"skill_chairs": 3}}}})
        offer = await offers.of(first)
        assert offer.agent_id == "agent_jonas"
        assert [seen.work_id for seen in offers.seen] == [first], "the second waits behind the first, as before"
        accepted = await bus.send("acd", AcceptOffer(offer_id=OfferId(offer.offer_id), agent_id=AgentId("agent_jonas")))
        assert accepted.ok, accepted.reason
        await offers.of(second)
        await jonas.post("/agent/state", json={"state": "signed_out"})
        await bus.send("acd", EndWork(work_id=second, abandoned=True))
        await bus.send("acd", EndWork(work_id=first, abandoned=False))
        await bus.send("acd", FinishWrapUp(work_id=first, agent_id=AgentId("agent_jonas")))
    await patch(ada, {"queues": {CHAIRS: None}, "skills": {"skill_chairs": None}, "agents": {
        "agent_aisha": {"skills": {"skill_chairs": None}}, "agent_jonas": {"skills": {"skill_chairs": None}}}})  # fmt: skip


async def test_a_queue_that_is_given_up_serves_its_line_and_takes_nobody_new(
    ada: httpx.AsyncClient, bus: RedisBus, control: ControlProcess
) -> None:
    await patch(ada, {"queues": {STOOLS: {"name": "Stools"}}})
    waiting = await chat_waits(bus, STOOLS)
    await patch(ada, {"queues": {STOOLS: None}})
    late = EnqueueWork(work_id=WorkId(new_id("work")), call_id=None, channel=Channel.CHAT, queue_id=QueueId(STOOLS))
    assert not (await bus.send("acd", late)).ok
    async with control.signed_in("aisha") as aisha, socket(control, aisha) as desk, Offers(bus).watched() as offers:
        await receive(desk, "snapshot")
        assert (await aisha.post("/agent/state", json={"state": "available"})).status_code == 204
        assert (await offers.of(waiting)).queue_id == STOOLS
        await aisha.post("/agent/state", json={"state": "signed_out"})
        await bus.send("acd", EndWork(work_id=waiting, abandoned=True))


async def test_a_queue_comes_to_every_screen_and_leaves_it(ada: httpx.AsyncClient, control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei, socket(control, mei) as desk:
        await receive(desk, "snapshot")
        await patch(ada, {"queues": {"queue_lamps": {"name": "Lamps"}}})
        while (await receive(desk, "queue"))["queue"]["queue_id"] != "queue_lamps":
            pass
        await patch(ada, {"queues": {"queue_lamps": None}})
        assert (await receive(desk, "queue_removed"))["queue_id"] == "queue_lamps"


async def test_an_import_on_the_command_line_is_in_force_in_the_running_server(
    ada: httpx.AsyncClient, bus: RedisBus, control: ControlProcess, tmp_path: Path
) -> None:
    environment = {
        "PATCHBAY_STORAGE_DATA_DIR": str(control.folder / "data"),
        "PATCHBAY_STORAGE_REDIS_URL": control.redis_url,
        "PATCHBAY_STORAGE_REDIS_PREFIX": control.prefix,
        "COLUMNS": "200",
    }

    def patchbay(*words: str) -> Result:
        return CliRunner().invoke(config.app, list(words), env=environment)

    file = tmp_path / "rules.yaml"
    assert (await asyncio.to_thread(patchbay, "export", str(file))).exit_code == 0
    assert file.read_text() == (await ada.get("/configuration")).json()["yaml"]

    good = file.read_text()
    file.write_text(good.replace("queues:\n", "queues:\n  queue_tables:\n    name: Tables\n    hours: nights\n\n", 1))
    line = file.read_text().splitlines().index("    hours: nights") + 1
    refused = await asyncio.to_thread(patchbay, "import", str(file))
    assert (refused.exit_code, refused.stderr.strip()) == (2, f"{file}:{line}: there are no opening hours “nights”")

    file.write_text(good.replace("queues:\n", "queues:\n  queue_tables:\n    name: Tables\n\n", 1))
    before = await version(ada)
    looked = await asyncio.to_thread(patchbay, "import", "--dry-run", str(file))
    assert (looked.exit_code, await version(ada)) == (0, before), looked.stderr
    assert "+  queue_tables:" in looked.stdout
    done = await asyncio.to_thread(patchbay, "import", str(file), "--comment", "Tables, too")
    assert done.exit_code == 0, done.stderr
    assert f"saved as version {before + 1}; in force" in done.stdout
    waiting = await chat_waits(bus, "queue_tables")
    await bus.send("acd", EndWork(work_id=waiting, abandoned=True))
    newest = (await ada.get("/configuration/versions")).json()["items"][0]
    assert (newest["comment"], newest["author"].endswith("(command line)")) == ("Tables, too", True)
    assert "Tables, too" in (await asyncio.to_thread(patchbay, "versions")).stdout


async def test_a_new_agent_comes_to_the_board_and_a_removed_one_goes(control: ControlProcess, ada: httpx.AsyncClient) -> None:
    async with control.signed_in("sam") as sam, socket(control, sam) as board:
        await receive(board, "snapshot")
        await patch(ada, {"agents": {"agent_zoe": {"name": "Zoe Park"}}})
        assert (await receive(board, "agent"))["agent"]["name"] == "Zoe Park"
        await patch(ada, {"agents": {"agent_zoe": None}})
        assert (await receive(board, "agent_removed"))["agent_id"] == "agent_zoe"
