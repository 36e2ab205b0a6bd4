"""The audit log as administrators read it."""

from __future__ import annotations

from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.database import Database
from tests.server.api.conftest import ControlProcess


async def test_who_did_what_is_found_by_person_and_page_by_page(control: ControlProcess) -> None:
    async with control.signs_in("sam") as sam, control.signed_in("ada") as ada:
        wanted = {"away_reasons": ["lunch", "audit"]}
        assert (await sam.put("/settings", json=wanted)).status_code == 200
        found = (await ada.get("/audit", params={"action": "change_settings"})).json()
        assert [(item["user"], item["result"]) for item in found["items"][:1]] == [("Sam Okoro", "done")]
        sams = found["items"][0]["user_id"]
        signed = (await ada.get("/audit", params={"who": sams, "action": ["sign_in", "sign_out"], "about": sams})).json()["items"]
        assert {(item["action"], item["subject_name"]) for item in signed} == {("sign_in", "Sam Okoro")}
        first = (await ada.get("/audit", params={"limit": 1})).json()
        second = (await ada.get("/audit", params={"limit": 1, "before": first["next"]})).json()
        assert first["items"][0]["audit_id"] != second["items"][0]["audit_id"]
        assert first["items"][0]["at"] >= second["items"][0]["at"]


async def test_entries_name_what_they_are_about(control: ControlProcess) -> None:
    """Also within their details; the id stays beside the name."""
    async with control.signed_in("ada") as ada:
        people = (await ada.get("/users")).json()["items"]
        sam = next(each for each in people if each["name"] == "Sam Okoro")
        note = {"only_queues": ["queue_orders"], "agent_id": "agent_gone", "ids": {"call": "call_gone"}}
        database = Database(f"sqlite:///{control.folder / 'data' / 'patchbay.db'}")
        log = SqlAuditLog(database)
        await log.record(AuditEntry(at=1.0, user_id=None, action="change_queues", subject=sam["user_id"], details=note))
        await log.record(AuditEntry(at=2.0, user_id=None, action="read_call", subject="call_gone", details={}))
        await database.close()
        found = (await ada.get("/audit", params={"who": "system", "until": 10})).json()["items"]
        assert [(item["subject_kind"], item["subject_name"], item["names"]) for item in found] == [
            ("call", "", {}),
            ("user", "Sam Okoro", {"queue_orders": "Orders"}),
        ]


async def test_a_question_that_makes_no_sense_is_refused(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        for nonsense in ({"before": "yesterday"}, {"since": "nan"}, {"result": "maybe"}, {"limit": 0}):
            assert (await ada.get("/audit", params=nonsense)).status_code == 422, nonsense
