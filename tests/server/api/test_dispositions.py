"""The outcomes that a wrap-up offers follow the configuration at once."""

from __future__ import annotations

from tests.server.api.conftest import ControlProcess


async def test_agents_are_offered_what_the_company_has_set_for_their_queue(control: ControlProcess) -> None:
    outcomes = [{"name": "Refund", "below": ["Granted", "Declined"], "queues": ["queue_billing"]}, {"name": "Information"}]
    async with control.signed_in("ada") as ada, control.signed_in("mei") as mei:
        assert (await mei.get("/dispositions")).json() == {"items": []}
        saved = (await ada.get("/configuration")).json()
        changed = {"version": saved["version"], "document": saved["document"] | {"dispositions": outcomes}}
        assert (await ada.put("/configuration", json=changed)).status_code == 200
        billing = (await mei.get("/dispositions", params={"queue_id": "queue_billing"})).json()["items"]
        assert billing == [{"name": "Refund", "below": ["Granted", "Declined"]}, {"name": "Information", "below": []}]
        orders = (await mei.get("/dispositions", params={"queue_id": "queue_orders"})).json()["items"]
        assert [each["name"] for each in orders] == ["Information"]
        assert (
            await ada.post("/configuration/rollback", json={"to": saved["version"], "version": saved["version"] + 1})
        ).is_success
