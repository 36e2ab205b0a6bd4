"""What is handed in goes out at least once, signed, one at a time to each target, or is set aside."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.outgoing import OutboxFull, Outgoing, OutgoingKind
from core.retrying import LATER_S, SPREAD, later_s
from server.config.sections import Mail, Outbox
from server.outbox.addresses import networks
from server.outbox.delivery import Delivery, next_try_at
from server.outbox.email import EmailSender
from server.outbox.service import Endpoint, OutboxService
from server.outbox.vault import Sealed, Vault
from server.outbox.webhook import WebhookSender, new_secret, signature
from server.storage.sql.database import Database
from server.storage.sql.outbox import SqlOutbox
from server.storage.sql.schema import OutboxRow
from tests.peers.current_database import new_sqlite
from tests.peers.mail_server import MailServer, mail_server
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.waiting import until, until_told
from tests.peers.web_receiver import WebReceiver, web_receiver

SECRET = new_secret()
NOBODYS_PORT = 9


class Clock:
    """The test's: tries that are due in an hour are due when it says so."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at


class Company:
    """An outbox with its table, a web server and a mail server."""

    def __init__(self, database: Database, folder: Path, web: WebReceiver, mail: MailServer) -> None:
        self.clock = Clock()
        self.database = database
        self.web, self.mail = web, mail
        self.letters = MemoryDeadLetters()
        self.rules = Outbox(
            tries=3, within_s=60.0, waiting=10, waiting_per_target=5, allow_networks=("127.0.0.0/8",), allow_http=True
        )
        self.vault = Vault.of(folder)
        self.store = SqlOutbox(database, self.vault, self.rules)
        self.endpoints = {"hook": Endpoint(web.url(), SECRET), "silent": Endpoint(web.url("/silent"), SECRET)}
        self.mail_at = Mail(host="127.0.0.1", port=mail.port, tls="none", sender="Patchbay <desk@example.com>")

    async def endpoint(self, target: str) -> Endpoint | None:
        return self.endpoints.get(target)

    def service(self) -> OutboxService:
        return OutboxService(
            store=self.store,
            endpoints=self,
            webhooks=WebhookSender(networks(self.rules.allow_networks), http=self.rules.allow_http, within_s=self.rules.within_s),
            emails=EmailSender(self.mail_at, self.rules.within_s),
            letters=self.letters,
            clock=self.clock,
            rules=self.rules,
            chance=lambda: 0.5,
            look_every_s=0.02,
        )

    async def nothing_waits(self) -> bool:
        return await self.store.waiting() == 0

    async def has_noted(self, message_id: str, tries: int) -> None:
        """What came of so many tries is written down: the next one is due by the clock as it stands now."""
        query = select(OutboxRow.tries).where(OutboxRow.message_id == message_id)

        async def is_written() -> bool:
            return await self.database.read(lambda connection: connection.scalar(query)) == tries

        await until_told(is_written)

    async def later(self) -> None:
        """As long as the longest pause between tries, and a little."""
        self.clock.at += LATER_S[-1] * 1.5


def hook(message_id: str, target: str = "hook", expires_at: float | None = None) -> Outgoing:
    body = json.dumps({"id": message_id})
    return Outgoing(message_id=message_id, kind=OutgoingKind.WEBHOOK, target=target, body=body, expires_at=expires_at)


def letter(message_id: str, to: str = "mei@example.com") -> Outgoing:
    return Outgoing(message_id=message_id, kind=OutgoingKind.EMAIL, target=to, subject="Grüße 你好", body="Hello\nworld\n")


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    url = new_sqlite(tmp_path)
    database = Database(url)
    async with web_receiver() as web, mail_server() as mail:
        yield Company(database, tmp_path, web, mail)
    await database.close()


@asynccontextmanager
async def running(service: OutboxService) -> AsyncIterator[OutboxService]:
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_webhook_arrives_signed_and_only_once(company: Company) -> None:
    async with running(company.service()) as outbox:
        await outbox.send(hook("msg_1"))
        await outbox.send(hook("msg_1"))
        await until_told(company.nothing_waits)
        await outbox.send(hook("msg_1"))
        await outbox.send(hook("msg_2"))
        await until(lambda: len(company.web.received) == 2)
    first, second = company.web.received
    assert json.loads(first.body) == {"id": "msg_1"}
    assert second.headers["webhook-id"] == "msg_2"
    signed = f"{first.headers['webhook-id']}.{first.headers['webhook-timestamp']}.".encode() + first.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert first.headers["webhook-signature"] == f"v1,{expected}"
    assert first.headers["webhook-timestamp"] == "1000000"


def test_a_signature_is_that_of_the_published_example() -> None:
    """From the test vectors of Standard Webhooks."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_an_email_arrives_as_it_was_written(company: Company) -> None:
    async with running(company.service()) as outbox:
        await outbox.send(letter("mail_1"))
        await until(lambda: len(company.mail.received) == 1)
    (message,) = company.mail.received
    assert (message["Subject"], message["To"], message["From"]) == (
        "Grüße 你好",
        "mei@example.com",
        "Patchbay <desk@example.com>",
    )
    assert message["Message-ID"] == "<mail_1@example.com>"
    assert message.get_content().split() == ["Hello", "world"]
    assert company.mail.recipients == ["mei@example.com"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_mail_server_that_asks_who_we_are_is_told(company: Company) -> None:
    async with mail_server(sign_in=True) as mail:
        company.mail_at = msgspec.structs.replace(company.mail_at, port=mail.port, user="desk", password="secret")
        async with running(company.service()) as outbox:
            await outbox.send(letter("mail_1"))
            await until(lambda: len(mail.received) == 1)
        assert mail.signed_in == [b"desk"]


async def test_what_fails_is_tried_again_later_and_given_up_after_the_last_try(company: Company) -> None:
    company.web.statuses.extend([503, 500, 500, 200])
    async with running(company.service()) as outbox:
        await outbox.send(hook("msg_1"))
        for tries in (1, 2, 3):
            await until(lambda tries=tries: len(company.web.received) == tries)  # type: ignore[misc]  # bound
            await company.has_noted("msg_1", tries)
            await asyncio.sleep(0.1)
            assert len(company.web.received) == tries  # not before its time
            await company.later()
        await until(lambda: len(company.letters.letters) == 1)
        (dead,) = company.letters.letters
        assert (dead.holds, dead.ids, dead.reason) == ("outgoing", {"message_id": "msg_1"}, "it answered 500")
        assert await outbox.hand_in("msg_1")
        await until(lambda: len(company.web.received) == 4)
        await until_told(company.nothing_waits)
        assert not await outbox.hand_in("msg_1")


@pytest.mark.parametrize(("answer", "tries"), [("451 later", 2), ("550 nobody of that name", 1)])
async def test_a_refused_address_is_not_tried_again_but_a_busy_mail_server_is(company: Company, answer: str, tries: int) -> None:
    company.mail.answers.append(answer)
    async with running(company.service()) as outbox:
        await outbox.send(letter("mail_1"))
        await company.has_noted("mail_1", 1)
        await company.later()
        await until_told(company.nothing_waits)
    assert (len(company.mail.received), len(company.letters.letters)) == ((1, 0) if tries == 2 else (0, 1))
    assert all("mei" not in repr(dead) for dead in company.letters.letters)


async def test_a_slow_target_holds_up_no_other(company: Company) -> None:
    async with running(company.service()) as outbox:
        for number in range(3):
            await outbox.send(hook(f"slow_{number}", "silent"))
        await until(lambda: len(company.web.at("/silent")) == 1)
        for number in range(3):
            await outbox.send(hook(f"msg_{number}"))
        await until(lambda: len(company.web.at("/hook")) == 3)
        assert len(company.web.at("/silent")) == 1  # one at a time


async def test_several_processes_send_one_message_at_a_time_to_a_target(company: Company) -> None:
    for number in range(3):
        await company.store.add(hook(f"slow_{number}", "silent"), company.clock.now())
    await company.store.add(hook("msg_1"), company.clock.now())
    async with running(company.service()), running(company.service()):
        await until(lambda: len(company.web.at("/hook")) == 1)
        await company.service().send(hook("msg_2"))
        await until(lambda: len(company.web.at("/hook")) == 2)  # both have looked meanwhile
        assert len(company.web.at("/silent")) == 1


async def test_a_message_that_cannot_be_set_aside_yet_is_not_lost_and_holds_up_no_other(company: Company) -> None:
    """What is wrong is this program's own: the webhook's secret is none."""
    company.endpoints["broken"] = Endpoint(company.web.url(), "whsec_!")
    company.letters.away = True
    async with running(company.service()) as outbox:
        await outbox.send(hook("msg_1", "broken"))
        await until(lambda: company.letters.asked > 0)
        await outbox.send(hook("msg_2"))
        await until(lambda: len(company.web.received) == 1)
        company.letters.away = False
        await company.later()
        await until(lambda: company.letters.kinds == ["webhook"])
        await until_told(company.nothing_waits)


async def test_what_a_killed_process_had_in_hand_is_tried_again(company: Company) -> None:
    async with running(company.service()) as outbox:
        company.web.statuses.append(0)
        await outbox.send(hook("msg_1"))
        await until(lambda: len(company.web.received) == 1)
    company.clock.at += company.rules.within_s + 60
    async with running(company.service()):
        await until(lambda: len(company.web.received) == 2)
        await until_told(company.nothing_waits)


async def test_too_many_messages_are_refused_for_one_target_and_in_all(company: Company) -> None:
    outbox = company.service()
    for number in range(5):
        await outbox.send(hook(f"a_{number}", "hook"))
    with pytest.raises(OutboxFull):
        await outbox.send(hook("a_5", "hook"))
    for number in range(5):
        await outbox.send(letter(f"b_{number}"))
    with pytest.raises(OutboxFull):
        await outbox.send(hook("c", "other"))


async def test_nothing_goes_where_it_may_not(company: Company) -> None:
    company.rules = msgspec.structs.replace(company.rules, allow_networks=())
    company.endpoints = {
        "hook": Endpoint(company.web.url(), SECRET),
        "named": Endpoint(company.web.url(host="localhost"), SECRET),
    }
    async with running(company.service()) as outbox:
        await outbox.send(hook("msg_1", "hook"))
        await outbox.send(hook("msg_2", "named"))
        await outbox.send(hook("msg_3", "gone"))
        await until(lambda: len(company.letters.letters) == 3)
    assert company.web.received == []
    assert sorted(dead.reason for dead in company.letters.letters) == [
        "no webhook may go to the address of this name",
        "no webhook may go to the address of this name",
        "the webhook is gone or switched off",
    ]


async def test_an_invitation_that_has_run_out_is_not_sent(company: Company) -> None:
    outbox = company.service()
    await outbox.send(hook("msg_1", expires_at=company.clock.now() + 10))
    company.clock.at += 60
    async with running(outbox):
        await until(lambda: len(company.letters.letters) == 1)
    assert company.web.received == []


async def test_nothing_readable_of_a_message_is_in_the_database(company: Company, tmp_path: Path) -> None:
    await company.service().send(letter("mail_1"))
    kept = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("patchbay.db*")))
    assert b"mail_1" in kept
    assert b"mei@example.com" not in kept
    assert b"Hello" not in kept


def test_the_key_is_private_and_the_same_next_time(tmp_path: Path) -> None:
    sealed = Vault.of(tmp_path).seal("secret", "here")
    assert (tmp_path / "keys" / "outbox").stat().st_mode & 0o077 == 0
    assert Vault.of(tmp_path).open(sealed, "here") == "secret"
    with pytest.raises(Sealed):
        Vault.of(tmp_path).open(sealed, "elsewhere")


@given(st.integers(1, 50), st.floats(0, 1))
def test_pauses_grow_and_differ_by_chance(tries: int, chance: float) -> None:
    pause = later_s(tries, chance)
    usual = LATER_S[min(tries, len(LATER_S)) - 1]
    assert usual * (1 - SPREAD) <= pause <= usual * (1 + SPREAD)


def test_what_the_other_side_asks_for_is_kept_within_a_day() -> None:
    assert next_try_at(Delivery.failed("busy", after_s=600), 1, 10, 0, 0.5) == 600
    assert next_try_at(Delivery.failed("busy", after_s=9e9), 1, 10, 0, 0.5) == 86_400
    assert next_try_at(Delivery.failed("busy"), 10, 10, 0, 0.5) is None
    assert next_try_at(Delivery.refused("gone"), 1, 10, 0, 0.5) is None
