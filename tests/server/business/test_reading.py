"""Every mistake in a configuration is told at its line, all of them at once."""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.codec import decode_command, encode
from core.problems import MOST_TOLD, TextRefused
from server.business.acd import configure_acd
from server.business.document import Document, from_json, plain, to_json
from server.business.reading import Refused, check, examine, load
from server.business.writing import to_yaml

MALFORMED = Path(__file__).parent / "malformed"
EXPECTED = (MALFORMED / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", sorted(MALFORMED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mistake_is_told_where_it_is(path: Path) -> None:
    expected = [line for line in EXPECTED if line.startswith(f"{path.name}:")]
    assert expected, f"{path.name} has no line in expected.txt"
    with pytest.raises(TextRefused) as refused:
        load(path.read_text(encoding="utf-8"), path.name)
    assert [str(problem) for problem in refused.value.problems] == expected


def test_an_empty_configuration_is_one() -> None:
    assert load("skills: {}\nqueues:\n", "empty.yaml") == Document()


def test_data_that_is_no_text_is_checked_in_the_same_way_with_places_instead_of_lines() -> None:
    data = {"queues": {"q": {"name": "Q", "steps": [{"after_s": 30, "overflow_to": "qq"}]}}, "agents": {"mei": {"name": "Mei"}}}
    with pytest.raises(Refused) as refused:
        check(data)
    (complaint,) = refused.value.complaints
    assert complaint.where == ("queues", "q", "steps", 0, "overflow_to")
    assert complaint.sentence == "there is no queue “qq”; did you mean “q”?"


def test_what_was_checked_once_is_right_again_as_data() -> None:
    text = (files("server.demo") / "configuration.yaml").read_text(encoding="utf-8")
    document = load(text, "demo")
    assert check(plain(document)) == document


@pytest.mark.parametrize("data", [None, 5, "skills", [], {"skills": 5}, {"queues": {"q": None}}, {"agents": {"a": {"name": 1}}}])
def test_whatever_is_sent_is_refused_with_words(data: object) -> None:
    found = examine(data)
    assert found.document is None
    assert found.complaints
    assert all(complaint.sentence for complaint in found.complaints)


def test_a_way_that_is_never_open_is_told() -> None:
    """Work does not flow over into a closed queue: such a step would always be passed over."""
    day, night = {"mon-fri": ["09:00-17:00"]}, {"mon-sun": ["20:00-24:00"]}
    hours = {name: {"time_zone": "UTC", "week": week} for name, week in (("day", day), ("night", night))}
    queues = {
        "queue_a": {"name": "A", "hours": "day", "steps": [{"after_s": 60, "overflow_to": "queue_b"}]},
        "queue_b": {"name": "B", "hours": "night"},
    }
    agents = {"agent_mei": {"name": "Mei"}}
    found = examine({"hours": hours, "queues": queues, "agents": agents}).complaints
    assert [each.sentence for each in found] == [
        "“queue_b” is never open while “queue_a” is: nothing flows over into a closed queue"
    ]
    hours["night"]["week"] = {"mon-sun": ["16:00-24:00"]}
    assert examine({"hours": hours, "queues": queues, "agents": agents}).complaints == ()


def _queues(count: int, inner: str) -> str:
    return "queues:\n" + "".join(f"  q{number}: {inner.replace('#', str(number))}\n" for number in range(count))


_IMPOSSIBLE = " and ".join(f"a{number} != 1" for number in range(10)) + " and a0 == 5 and a0 == 6"
HEAVY = {
    "lists": "queues: [" + "[]," * 240_000 + "]",
    "names": "".join(f"k{number}: 1\n" for number in range(20_000)),
    "unknown skills": "skills:\n"
    + "".join(f"  s{number}: b\n" for number in range(3000))
    + _queues(3000, "{name: x, requirements: {skill_#: 3}}"),
    "the same name": "a: 1\n" * 20_000,
    "conditions": "attributes:\n"
    + "".join(f"  a{number}: {{name: x, kind: number}}\n" for number in range(11))
    + _queues(1000, f"{{name: x, condition: '{_IMPOSSIBLE}'}}"),
    "nesting": "queues: " + "[" * 5000,
    "aliases": "a: &a [1]\nb: [*a, *a]\n",
    "long words": f"queues: {{{'q' * 1000}: {{{'n' * 1000}: 1}}}}",
}


@pytest.mark.parametrize("kind", HEAVY)
def test_what_is_large_or_odd_is_refused_with_few_words_and_soon(kind: str) -> None:
    """750 kB of lists in lists were at work for more than 100 s."""
    before_s = time.thread_time()
    with pytest.raises(TextRefused) as refused:
        load(HEAVY[kind], "c.yaml")
    assert time.thread_time() - before_s < 12
    assert 1 <= len(refused.value.problems) <= MOST_TOLD + 1
    assert max(len(each.sentence) for each in refused.value.problems) < 1000


@pytest.mark.parametrize("data", [{"queues": [[]] * 300_000}, {"skills": {f"s{number}": 1 for number in range(150_000)}}])
def test_large_data_is_refused_with_few_words_and_soon(data: object) -> None:
    before_s = time.thread_time()
    found = examine(data)
    assert time.thread_time() - before_s < 5
    assert found.document is None
    assert 1 <= len(found.complaints) <= MOST_TOLD + 1


def document_with(name: str, number: int = 1) -> dict[str, Any]:
    return {
        "skills": {"chairs": name},
        "attributes": {"team": {"name": name, "kind": "text"}, "desk": {"kind": "number"}},
        "queues": {"q": {"name": name}},
        "agents": {"mei": {"name": name, "attributes": {"team": name, "desk": number}}},
    }


NAMES = st.text(st.characters(categories=None), max_size=300) | st.sampled_from(
    [
        "a\x00b",
        "\ud800",
        "x" * 201,
        "\u200b",
        "Mei\u202eieM",
        "a\nb",
        "=1+1",
        "<img onerror=x>",
        "\U0001f4a3",
        "陈美玲",
        "  a  b ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(name=NAMES, number=st.integers() | st.sampled_from([2**53, -(2**53), 10**30]))
def test_whatever_is_taken_can_be_stored_written_down_and_told_to_the_acd(name: str, number: int) -> None:
    """Before, a number of 39 digits or half a surrogate pair was taken, and then no leader could be told any configuration."""
    found = examine(document_with(name, number))
    assert found.document is not None
    if found.complaints:
        assert all(complaint.sentence for complaint in found.complaints)
        return
    assert from_json(to_json(found.document)) == found.document
    assert load(to_yaml(found.document), "again.yaml") == found.document
    assert decode_command(encode(configure_acd(found.document))) == configure_acd(found.document)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 201, "\u200b\u200d", "Mei\u202eieM", "\u3164"])
def test_a_name_that_nobody_can_read_or_that_turns_what_stands_beside_it_is_refused_at_its_place(name: str) -> None:
    places = {complaint.where for complaint in examine(document_with(name)).complaints}
    assert places >= {("queues", "q", "name"), ("agents", "mei", "name")}


@pytest.mark.parametrize("name", ["\U0001f4a3 Support", "陈美玲", "Zoë O'Brien", "<b>", "=1+1", "शर्मा", "👩‍👧"])
def test_people_s_names_are_taken(name: str) -> None:
    assert examine(document_with(name)).complaints == ()
