"""One example of each sentence of the screen-pop, and of each thing that makes us sure, with its English.

`python -m tests.customers.pop_examples` writes them where the application's tests read them: its words in English must be ours,
and no other language may lack one.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from customers.identity import SURE_BY, sure_by
from customers.sentences import SENTENCES, Moment, Phrase, english, phrase
from tests.customers.front_office import DAY, HOUR, LONDON, NOON

OUT = Path(__file__).resolve().parents[2] / "softphone_ui" / "src" / "customer" / "popWords.examples.json"
_TICKET: dict[str, str | int] = {"channel": "ticket", "number": 20391}
_CHAT: dict[str, str | float] = {"channel": "chat", "at": NOON - 20 * HOUR}

SAID: tuple[Phrase, ...] = (
    phrase("new_number"),
    phrase("new_number", name="Kim"),
    phrase("new_caller"),
    phrase("no_number"),
    phrase("withheld"),
    phrase("several"),
    phrase("nameless"),
    phrase("promised", due_at=NOON + 2 * HOUR, text="delivery date"),
    phrase("promised", due_at=NOON + DAY),
    phrase("promised_late", due_at=NOON - 2 * HOUR, text="Asked to be called back while waiting"),
    phrase("never_answered", **_TICKET, title="Charged twice", at=NOON - 19 * HOUR),
    phrase("never_answered", **_TICKET, at=NOON - 3 * DAY),
    phrase("last_answered", **_TICKET, title="Kettle", at=NOON - 3 * DAY, answered_at=NOON - 20 * HOUR),
    phrase("replied", **_TICKET, title="Kettle", since=NOON - 3 * HOUR, text="Kettle"),
    phrase("replied", **_TICKET, since=NOON - 3 * HOUR),
    phrase("left_unanswered", **_CHAT, waited_s=360.0),
    phrase("left_unanswered", **_CHAT),
    phrase("missed", channel="call", at=NOON - HOUR, waited_s=540.0),
    phrase("missed", channel="call", at=NOON - HOUR),
    phrase("missed_several", channel="call", at=NOON - HOUR, waited_s=540.0, count=10),
    phrase("missed_several", channel="call", at=NOON - HOUR, count=2),
    phrase("chose", choice="chose 2 (billing)", queue="Billing"),
    phrase("chose", choice="said “an invoice please” (invoice)"),
    phrase("waits", queue="Billing"),
    phrase("calls_again", count=2),
    phrase("calls_again", count=3),
    phrase("calls_again", count=4),
    phrase("calls_often", count=21),
    phrase("last_contact", channel="email", title="Spring list", at=NOON - 12 * DAY, by="Mei Lin"),
    phrase("last_contact", channel="call", title="Abandoned after waiting 9 min", at=NOON - 400 * DAY),
    phrase("start_with", **_TICKET),
    phrase("ask_helped", **_TICKET),
    phrase("answer_reply", **_TICKET),
    phrase("sorry_late"),
    phrase("settles"),
    phrase("sorry_unanswered", channel="chat"),
    phrase("thank"),
    phrase("ask_left_open", at=NOON - DAY),
    phrase("from_number"),
    phrase("from_record"),
    phrase("from_menu"),
    phrase("from_queue"),
    phrase("from_calls"),
    phrase("from_item", **_TICKET),
    phrase("from_item", channel="callback"),
)
_OWN_EXAMPLES = {"chosen", "undecided", "withheld", "nothing", "shared", "shared_by", "one_of", "token", "pin", "alone"}
SURE: tuple[Phrase, ...] = (
    *(phrase(code, kind="phone") for code in SURE_BY if code not in _OWN_EXAMPLES),
    phrase("chosen", by="Mei Lin"),
    phrase("undecided"),
    phrase("withheld"),
    phrase("nothing"),
    phrase("shared_by", kind="phone", count=38),
    phrase("one_of", kind="email", count=2),
    phrase("token"),
    phrase("pin"),
    phrase("shared", kind="phone", count=1),
    phrase("shared", kind="email", count=2),
    *(phrase("alone", kind=kind) for kind in ("phone", "email", "device", "external")),
)
assert {said.code for said in SAID} == set(SENTENCES)
assert {said.code for said in SURE} == set(SURE_BY)


def examples() -> str:
    moment = Moment(now=NOON, zone=LONDON)
    document = {
        "now": NOON,
        "zone": LONDON.key,
        "said": [{**msgspec.to_builtins(said), "text": english(said, moment)} for said in SAID],
        "sure": [{**msgspec.to_builtins(said), "text": sure_by(said)} for said in SURE],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    OUT.write_text(examples())
