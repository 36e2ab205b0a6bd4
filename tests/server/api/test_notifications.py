"""Administrators say who is told of what needs attention; it really goes out, signed; what nobody takes is set aside."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.events import NodeLost
from core.ids import NodeId
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from tests.peers.mail_server import MailServer, mail_server
from tests.peers.waiting import until, until_told
from tests.peers.web_receiver import Received, WebReceiver, web_receiver
from tests.server.api.conftest import ControlProcess
from tests.server.redis_server import RedisServer

RED = {"severities": ["red"]}


class House:
    """An installation of its own, a web server and a mail server."""

    def __init__(self, control: ControlProcess, web: WebReceiver, mail: MailServer) -> None:
        self.control, self.web, self.mail = control, web, mail

    async def add(self, ada: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
        answer = await ada.post("/notifications", json={"name": "Ops", **RED, **body})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@pytest.fixture
async def house(tmp_path: Path, redis_server: RedisServer) -> AsyncIterator[House]:
    async with web_receiver() as web, mail_server() as mail:
        control = ControlProcess(redis_server.url, tmp_path)
        control.overrides = {
            "PATCHBAY_OUTBOX_ALLOW_NETWORKS": "127.0.0.0/8",
            "PATCHBAY_OUTBOX_ALLOW_HTTP": "yes",
            "PATCHBAY_OUTBOX_TRIES": "1",
            "PATCHBAY_MAIL_HOST": "127.0.0.1",
            "PATCHBAY_MAIL_PORT": str(mail.port),
            "PATCHBAY_MAIL_TLS": "none",
            "PATCHBAY_MAIL_SENDER": "desk@example.com",
        }
        await asyncio.to_thread(control.start)
        try:
            yield House(control, web, mail)
        finally:
            await asyncio.to_thread(control.stop)


async def test_what_needs_attention_goes_out_and_what_nobody_takes_is_handed_in_again(house: House) -> None:
    async with house.control.signed_in("ada") as ada:
        hook = await house.add(ada, kind="webhook", target=house.web.url())
        await house.add(ada, kind="email", target="mei@example.com")
        bus = RedisBus(house.control.redis_url, SystemClock(), house.control.prefix)
        await bus.publish(NodeLost(at=SystemClock().now(), node_id=NodeId("node_x"), reason="killed"))
        await bus.close()
        await until(lambda: any(code_of(each) == "node_lost" for each in house.web.received), within_s=60)
        await until(lambda: any("media node is down" in message["Subject"] for message in house.mail.received), within_s=60)
        sent = next(each for each in house.web.received if code_of(each) == "node_lost")
        signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
        key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert sent.headers["webhook-signature"] == f"v1,{expected}"
        standing = (await ada.get("/attention")).json()["standing"]
        assert "node_lost" in [entry["code"] for entry in standing]

        house.web.statuses.extend(50 * [500])
        await ada.post(f"/notifications/{hook['notification']['notification_id']}/test")
        letters: list[dict[str, Any]] = []

        async def is_set_aside() -> bool:
            letters[:] = [each for each in (await ada.get("/dead-letters")).json()["items"] if each["stage"] == "send"]
            return bool(letters)

        await until_told(is_set_aside)
        assert letters[0]["can_be_handed_in"]
        assert letters[0]["reason"] == "it answered 500"
        house.web.statuses.clear()
        before = len(house.web.received)
        assert (await ada.post(f"/dead-letters/{letters[0]['letter_id']}/hand-in")).status_code == 204
        await until(lambda: len(house.web.received) > before)
        assert hook["secret"] not in house.control.log
        assert "mei@example.com" not in house.control.log


def code_of(received: Received) -> str:
    entry = json.loads(received.body)["data"]["entry"]
    return str(entry["code"]) if entry else ""


async def test_a_notification_is_made_changed_and_removed_and_its_secret_is_told_once(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        body = {"name": "Ops", "kind": "webhook", "target": "https://example.com/x", **RED}
        made = (await ada.post("/notifications", json=body)).json()
        known = made["notification"]
        assert made["secret"].startswith("whsec_")
        listed = (await ada.get("/notifications")).json()
        assert known in listed["items"]
        assert made["secret"] not in json.dumps(listed)
        path = f"/notifications/{known['notification_id']}"
        changed = {
            "name": "Night",
            "target": "https://example.com/y",
            "severities": ["red", "amber"],
            "queues": ["queue_billing"],
        }
        seen = {"If-Match": f'"{known["version"]}"'}
        answer = await ada.put(path, json=changed, headers=seen)
        assert (answer.json()["queues"], answer.headers["etag"]) == (["queue_billing"], '"2"')
        late = await ada.put(path, json={**changed, "name": "Day"}, headers=seen)
        assert (late.status_code, late.json()["error"]["code"], late.headers["etag"]) == (412, "changed_since", '"2"')
        blind = await ada.put(path, json={**changed, "name": "Day"})
        assert (blind.status_code, blind.json()["error"]["code"]) == (428, "no_version")
        stands = next(each for each in (await ada.get("/notifications")).json()["items"] if each["target"] == changed["target"])
        assert (stands["name"], stands["version"]) == ("Night", 2)
        assert (await ada.post(f"{path}/secret")).json()["secret"] != made["secret"]
        assert (await ada.delete(path)).status_code == 204
        assert (await ada.delete(path)).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "webhook", "target": "http://example.com/"}, "no_webhook_url"),
        ({"kind": "webhook", "target": "not a url"}, "no_webhook_url"),
        ({"kind": "email", "target": "nobody"}, "no_email_address"),
        ({"kind": "email", "target": "a@b.c\r\nBcc: x@y.z"}, "no_email_address"),
        ({"kind": "fax", "target": "1234"}, "invalid"),
        ({"kind": "email", "target": "a@b.c", "severities": []}, "invalid"),
    ],
)
async def test_what_cannot_be_told_is_refused(control: ControlProcess, body: dict[str, Any], code: str) -> None:
    async with control.signed_in("ada") as ada:
        answer = await ada.post("/notifications", json={"name": "Ops", **RED, **body})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


async def test_only_administrators_set_up_and_only_supervisors_see(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam, control.signed_in("mei") as mei:
        assert (await sam.get("/notifications")).status_code == 403
        assert (await sam.get("/attention")).status_code == 200
        assert (await sam.get("/attention/history")).json()["next"] is None
        assert (await mei.get("/attention")).status_code == 403


async def test_an_invitation_goes_out_in_the_persons_language_and_its_link_works(house: House) -> None:
    """Once, and the link stands in no log."""
    body = {"name": "Li Na", "username": "lina", "email": "lina@example.com", "language": "zh", "takes_work": False}
    async with house.control.signed_in("ada") as ada, house.control.visitor() as lina:
        assert (await ada.get("/users")).json()["mail"] is True
        refused = await ada.post("/users", json={"name": "No Address", "mail": True})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_address")
        link = (await ada.post("/users", json={**body, "mail": True})).json()["link"]
        await until(lambda: "lina@example.com" in house.mail.recipients, within_s=60)
        (letter,) = [each for each in house.mail.received if each["To"] == "lina@example.com"]
        text = letter.get_content().replace("\r\n", "\n")
        assert "邀请您使用" in letter["Subject"]
        assert f"{link['address']}{link['path']}\n" in text, "what the administrator's browser calls this machine is no address"
        token = link["path"].partition("#")[2]
        accepted = await lina.post("/invitations/accept", json={"token": token, "name": "Li Na", "password": "correct horse"})
        assert accepted.status_code == 200
    assert token not in house.control.log
