"""What agents and callers do through the API, with a node that answers."""

from __future__ import annotations

import httpx

from core.commands import CreateBrowserLeg, HangUpLeg
from core.events import LegOffered
from core.ids import CallId, LegId
from core.model import LegKind, LegPurpose
from server.clock import SystemClock
from tests.peers.waiting import until, until_told
from tests.server.api.conftest import ControlProcess, FakeNode

DANA = "+442079460180"


async def test_an_agents_audio_leg_is_opened_and_closed_at_the_node(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("mei") as mei, control.signed_in("jonas") as jonas:
        leg = (await mei.post("/legs", json={"sdp": "v=0 offer"})).json()
        assert leg["sdp"] == "v=0 answer"
        created = next(command for command in node.commands if isinstance(command, CreateBrowserLeg))
        assert (created.purpose, created.agent_id, created.leg_id) == (LegPurpose.AGENT, "agent_mei", leg["leg_id"])
        assert (await jonas.delete(f"/legs/{leg['leg_id']}")).status_code == 404, "only the own leg can be closed"
        assert (await mei.delete(f"/legs/{leg['leg_id']}")).status_code == 204
        assert any(isinstance(command, HangUpLeg) for command in node.commands)
        bad = await mei.post("/legs", json={"sdp": "nonsense"})
        assert bad.status_code == 422, "not ours to mend, so not a 5xx"
        assert "no SDP offer" in bad.json()["error"]["message"]


async def test_an_offer_that_is_over_is_a_conflict(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        for verb in ("accept", "decline"):
            answer = await mei.post(f"/offers/offer_old/{verb}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "offer_over")
        assert (await mei.put("/calls/call_old/talking-with", json={"parties": []})).status_code == 409
        form = {"disposition": "solved", "summary": "", "next_step": "none"}
        for path, body in (("/calls/call_old/hang-up", None), ("/work/work_old/wrap-up", form)):
            answer = await mei.post(path, json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_your_call")


async def test_a_caller_from_the_web_is_put_to_a_node_and_only_its_page_may_ask(control: ControlProcess, node: FakeNode) -> None:
    async with httpx.AsyncClient(
        base_url=f"{control.url}/api/v1", headers={"Origin": "https://shop.example"}, timeout=30
    ) as page:
        begun = await page.post("/widget/calls", json={"number": "1000", "sdp": "v=0 offer", "display_name": "Dana"})
        assert begun.headers["access-control-allow-origin"] == "https://shop.example"
        call = begun.json()
        path, own = f"/widget/calls/{call['call_id']}", {"X-Patchbay-Call": call["token"]}
        state = (await page.get(path, params={"token": call["token"]})).json()
        assert (await page.get(path, headers=own)).json() == state, "0.1 has it in the address"
        assert (await page.get(path, headers={"X-Patchbay-Call": "guessed"})).status_code == 404
        assert (await page.get(path)).status_code == 422
        assert state == {"state": "connecting", "cause": None, "position": None}
        assert (await page.get(f"/widget/calls/{call['call_id']}", params={"token": "guessed"})).status_code == 404
        gone = await page.delete(path, headers=own)
        assert gone.status_code == 204
        unknown = await page.post("/widget/calls", json={"number": "9999", "sdp": "v=0 offer"})
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
        codes = [(await page.post("/widget/calls", json={"number": "9999", "sdp": "v=0"})).status_code for _ in range(30)]
    assert 429 in codes, "time forgives one each ten seconds"
    created = [command for command in node.commands if isinstance(command, CreateBrowserLeg)]
    assert [(command.purpose, command.called, command.call_id) for command in created] == [
        (LegPurpose.CALLER, "1000", call["call_id"])
    ]
    assert any(isinstance(command, HangUpLeg) and command.leg_id == call["leg_id"] for command in node.commands)


async def test_pages_that_were_named_may_call_the_widget_and_nothing_else(control: ControlProcess) -> None:
    preflight = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-patchbay, x-patchbay-call",
    }
    async with httpx.AsyncClient(base_url=f"{control.url}/api/v1") as page:
        widget = await page.options("/widget/calls", headers=preflight)
        session = await page.options("/session", headers=preflight)
        other = await page.options("/widget/calls", headers=preflight | {"Origin": "https://elsewhere.example"})
        call = {"number": "1000", "sdp": "v=0 offer"}
        refused = await page.post("/widget/calls", headers={"Origin": "https://elsewhere.example"}, json=call)
    assert widget.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in session.headers
    assert "access-control-allow-origin" not in other.headers
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "other_origin")


async def test_an_offer_that_is_no_sdp_is_the_sender_s_mistake(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("mei") as mei:
        answer = await mei.post("/legs", json={"sdp": "nonsense"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_sdp")
    assert node.commands


async def test_supervisors_see_whole_numbers_and_every_history(control: ControlProcess) -> None:
    """Agents: `test_rights.py`."""
    async with control.signed_in("sam") as sam:
        whole = (await sam.get("/customers", params={"query": DANA})).json()["items"][0]
        assert DANA in whole["phones"]
        timeline = (await sam.get(f"/customers/{whole['customer_id']}/timeline", params={"limit": 3})).json()
    assert len({item["channel"] for item in timeline["items"]}) > 0
    assert timeline["items"] == sorted(timeline["items"], key=lambda item: -item["at"])


async def test_a_corrected_name_stays(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        customer = (await sam.get("/customers", params={"query": "Thornton"})).json()["items"][0]
        path = f"/customers/{customer['customer_id']}"
        seen = {"If-Match": (await sam.get(path)).headers["ETag"]}
        changed = await sam.patch(path, json={"name": "Frank J. Thornton", "tags": ["patient"]}, headers=seen)
        assert changed.json()["name"] == "Frank J. Thornton"
        assert (await sam.get(path)).json()["tags"] == ["patient"]
        refused = await sam.patch(path, json={"name": "F" * 201}, headers={"If-Match": changed.headers["ETag"]})
    assert refused.status_code == 422
    violation = {"place": "name", "code": "string_too_long", "params": {"max_length": 200}}
    assert refused.json()["error"]["violations"] == [violation]
    assert "F" not in refused.json()["error"]["message"]


async def test_ready_says_why_not_and_metrics_count(control: ControlProcess, node: FakeNode) -> None:
    async with control.visitor() as visitor:

        async def is_ready() -> bool:
            return (await visitor.get("/ready")).status_code == 200

        await until_told(is_ready, within_s=20)
        assert (await visitor.get("/health")).json() == {"ok": True, "problems": []}
    async with httpx.AsyncClient(base_url=control.url) as client:
        metrics = (await client.get("/metrics")).text
    assert f'patchbay_node_max_legs{{node="{node.node_id}"}} 10.0' in metrics
    assert f'patchbay_node_dropped_packets_total{{node="{node.node_id}",reason="srtp"}} 3.0' in metrics
    assert 'patchbay_agents{state="signed_out"}' in metrics


async def test_a_call_at_the_door_is_claimed_by_number(control: ControlProcess, node: FakeNode) -> None:
    offered = LegOffered(
        at=SystemClock().now(),
        call_id=CallId("call_door"),
        leg_id=LegId("leg_door"),
        node_id=node.node_id,
        kind=LegKind.SIP,
        caller=DANA,
        called="9999",
    )
    await node.bus.publish(offered)
    await until(lambda: any(getattr(command, "leg_id", None) == "leg_door" for command in node.commands), within_s=20)
    rejected = next(command for command in node.commands if getattr(command, "leg_id", None) == "leg_door")
    assert type(rejected).__name__ == "RejectLeg"


async def test_the_published_contract_names_every_route(control: ControlProcess) -> None:
    async with control.visitor() as visitor:
        document = (await visitor.get("/openapi.json")).json()
    paths = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert {
        "/session",
        "/agent/state",
        "/legs",
        "/legs/{leg_id}",
        "/offers/{offer_id}/accept",
        "/offers/{offer_id}/decline",
        "/calls",
        "/calls/{call_id}",
        "/calls/{call_id}/talking-with",
        "/calls/{call_id}/hang-up",
        "/work/{work_id}/wrap-up",
        "/calls/{call_id}/recording",
        "/customers",
        "/customers/{customer_id}",
        "/customers/{customer_id}/timeline",
        "/system",
        "/health",
        "/ready",
        "/widget/calls",
        "/widget/calls/{call_id}",
    } <= paths
    schemas = document["components"]["schemas"]
    assert {"Me", "Customer", "CallRecord", "TimelinePage", "System", "Error"} <= set(schemas)
