"""Who is told, what, and in which words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.attention import Action, Entry, Severity, Subject
from core.outgoing import OutgoingKind
from server.attention.board import Change, What
from server.attention.letters import EN, WORDS, ZH, Sender, letter, trial_letter
from server.attention.notifications import Names, Subscription, messages, wants

NOW = 1_795_430_460.0
NAMES = Names(queues={"queue_billing": "Billing"}, agents={"agent_jonas": "Jonas Weber"})
HOME = Sender("Northwind", "Europe/London")
TEXTS = Path(__file__).resolve().parents[3] / "softphone_ui" / "src" / "i18n" / "en.json"


def entry(code: str = "queue_service_level", severity: Severity = Severity.RED, **figures: float | str) -> Entry:
    return Entry(
        entry_id="attention_1",
        code=code,
        subject=Subject(kind="queue", id="queue_billing"),
        severity=severity,
        since=NOW - 60,
        raised_at=NOW - 60,
        figures=dict(figures) or {"share": 0.54, "limit": 0.8, "late": 23, "contacts": 50},
        action=Action(code="open_queue", id="queue_billing"),
    )


def change(what: What = "raised", **fields: Severity) -> Change:
    return Change(what, entry(**fields))


def somebody(kind: OutgoingKind = OutgoingKind.WEBHOOK, **fields: object) -> Subscription:
    return Subscription(notification_id="notification_1", name="Ops", kind=kind, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", ["No space left on device", "/data/recordings/2026/call.wav: No space left on device"])
@pytest.mark.parametrize(("language", "said"), [("en", "(the disk is full)"), ("zh", "（磁盘已满）")])
def test_a_letter_says_why_in_its_own_language_and_names_no_file(reason: str, language: str, said: str) -> None:
    _, text = letter("raised", entry("recording_stopped", reason=reason), {}, HOME, language)
    assert said in text


def test_a_reason_that_is_not_known_stays_as_it_was_told() -> None:
    _, text = letter("raised", entry("no_voice", reason="piper: no model"), {}, HOME, "zh")
    assert "piper: no model" in text


@pytest.mark.parametrize(
    ("subscription", "one", "told"),
    [
        (somebody(), change(), True),
        (somebody(), change(severity=Severity.AMBER), False),
        (somebody(severities=(Severity.RED, Severity.AMBER)), change(severity=Severity.AMBER), True),
        (somebody(), change("worse"), True),
        (somebody(), change("better"), False),
        (somebody(), change("figures"), False),
        (somebody(), change("cleared"), True),
        (somebody(cleared=False), change("cleared"), False),
        (somebody(active=False), change(), False),
        (somebody(queues=("queue_billing",)), change(), True),
        (somebody(queues=("queue_orders",)), change(), False),
    ],
)
def test_who_wants_what(subscription: Subscription, one: Change, told: bool) -> None:
    assert wants(subscription, one) is told


def test_who_asks_for_some_queues_hears_of_an_agent_who_missed_a_ring_there() -> None:
    missed = entry("missed_rings", times=1, last_at=NOW, queue_id="queue_billing")
    assert wants(somebody(queues=("queue_billing",)), Change("raised", missed))
    assert not wants(somebody(queues=("queue_orders",)), Change("raised", missed))


def test_a_webhook_gets_the_entry_with_the_names_and_each_change_once() -> None:
    (one,) = messages([change()], [somebody()], NAMES, HOME, NOW)
    (again,) = messages([change()], [somebody()], NAMES, HOME, NOW + 5)
    (worse,) = messages([change("worse")], [somebody()], NAMES, HOME, NOW)
    assert one.message_id == again.message_id != worse.message_id
    assert (one.kind, one.target) == (OutgoingKind.WEBHOOK, "notification_1")
    body = json.loads(one.body)
    assert (body["type"], body["timestamp"]) == ("attention.raised", "2026-11-23T10:41:00+00:00")
    assert body["data"]["names"] == {"queue": "Billing"}
    assert body["data"]["entry"]["code"] == "queue_service_level"
    assert body["data"]["installation"] == "Northwind"


def test_an_email_says_it_in_the_readers_language_and_the_companys_time() -> None:
    subscribers = [somebody(OutgoingKind.EMAIL, address="mei@example.com", language=language) for language in ("en", "zh")]
    english, chinese = messages([change()], subscribers, NAMES, HOME, NOW)
    assert english.target == "mei@example.com"
    assert english.subject == "[Northwind] Now: Billing: service level 54%, target 80%"
    assert english.body == "Billing: service level 54%, target 80%\n23 of 50 late or abandoned.\nSince 2026-11-23 10:40:00.\n"
    assert chinese.subject == "[Northwind] 立即: Billing：服务水平 54%，目标 80%"


def test_letters_know_every_code_that_screens_know() -> None:
    texts = json.loads(TEXTS.read_text())["attention"]["what"]
    codes = {code.removesuffix("_one").removesuffix("_other") for code in texts}
    assert set(EN) == set(ZH) == codes
    places = {code: sorted(set(re.findall(r"\{\w+\}", "".join(EN[code])))) for code in codes}
    assert places == {code: sorted(set(re.findall(r"\{\w+\}", "".join(ZH[code])))) for code in codes}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("code", [*EN, "newer_than_this_release"])
def test_a_letter_can_be_written_whatever_figures_there_are(code: str, language: str) -> None:
    subject, text = letter("raised", entry(code, odd=1), {}, HOME, language)
    assert "\n" not in subject
    assert "{" not in subject + text
    assert trial_letter("Northwind", language)[0]
