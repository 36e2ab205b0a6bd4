"""What a flow needs is there, told at its place; and no configuration takes away what a published flow needs."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from ivr.load import examine_flow
from server.business.checks.flows import FileFault, Needed, Surroundings, Unheard, removal_complaints, surrounding_complaints
from server.business.document import Document, QueueRules

TEXT = """\
flow: flow_x
name: X
start: ask
steps:
  ask:
    verb: menu
    ask_file: {en: prompts/hello.wav, zh: prompts/nihao.wav}
    options:
      - {digit: 1, phrases: [orders, settee please], go: wait}
    otherwise: wait
  wait: {verb: enqueue, queue: queue_orders, skills: [{skill: english}], too_long: bye, failed: bye}
  bye: {verb: hang_up}
"""
FILES = ("prompts/hello.wav", "prompts/nihao.wav", "prompts/music/hold.wav")


def hears(*known: str) -> Unheard:
    def unknown(phrases: Collection[str]) -> frozenset[str]:
        return frozenset(word for phrase in phrases for word in phrase.split()) - frozenset(known)

    return unknown


def fault(name: str) -> FileFault:
    return "" if name in FILES else "absent"


def told(text: str, models: dict[str, Unheard]) -> list[tuple[str, str, str]]:
    """Severity, code, and what stands at the place."""
    around = Surroundings(("queue_orders",), ("english",), fault, FILES, models)
    found = examine_flow(text, outside=lambda flow: surrounding_complaints(flow, around))
    lines = text.splitlines()
    return [
        (each.severity, each.code, lines[each.line - 1][each.column - 1 : each.column - 1 + each.length])
        for each in sorted(found.problems)
    ]


EVERYTHING = {"en": hears("orders", "settee", "please"), "zh": hears()}


def test_a_flow_whose_names_are_all_there_is_right() -> None:
    assert told(TEXT, EVERYTHING) == []


@pytest.mark.parametrize(
    ("right", "wrong", "code", "place"),
    [
        ("queue: queue_orders", "queue: queue_order", "unknown_queue", "queue_order"),
        ("skill: english", "skill: englisch", "unknown_skill", "englisch"),
        ("zh: prompts/nihao.wav", "zh: prompts/niaho.wav", "file_absent", "prompts/niaho.wav"),
    ],
)
def test_what_is_not_there_is_an_error_at_its_place(right: str, wrong: str, code: str, place: str) -> None:
    assert told(TEXT.replace(right, wrong), EVERYTHING) == [("error", code, place)]


def test_a_phrase_with_a_word_that_no_model_knows_is_an_error() -> None:
    models = {"en": hears("orders", "please"), "zh": hears()}
    assert told(TEXT, models) == [("error", "never_heard", "settee please")]


def test_a_phrase_of_another_language_is_heard_by_that_languages_model() -> None:
    models = {"en": hears("orders"), "zh": hears("settee", "please")}
    assert told(TEXT, models) == []


def test_without_a_model_for_a_language_nobody_can_say_that_a_phrase_is_wrong() -> None:
    found = told(TEXT, {"en": hears("orders")})
    assert found == [("warning", "no_model", "orders"), ("warning", "never_heard", "settee please")]
    assert told(TEXT, {}) == [("warning", "no_model", "orders")]


BEFORE = Document(skills={"english": "English"}, queues={"queue_orders": QueueRules(name="Orders")})
NEEDED = (
    Needed("flow_x", "X", 3, 11, 32, "queue", "queue_orders"),
    Needed("flow_x", "X", 3, 11, 60, "skill", "english"),
    Needed("flow_x", "X", 3, 11, 80, "queue", "queue_long_gone"),
)


def test_a_configuration_that_keeps_what_flows_use_may_be_saved() -> None:
    assert list(removal_complaints(BEFORE, BEFORE, NEEDED)) == []


def test_what_a_change_takes_away_is_told_with_its_place_in_the_flow() -> None:
    found = list(removal_complaints(BEFORE, Document(), NEEDED))
    assert [(complaint.where, complaint.code, need.line) for complaint, need in found] == [
        (("queues", "queue_orders"), "queue_in_use", 11),
        (("skills", "english"), "skill_in_use", 11),
    ], "what was not there before is no fault of this change"
    assert "version 3, line 11" in found[0][0].sentence
