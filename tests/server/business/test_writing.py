"""Export and import carry the same rules, and equal rules look equal."""

from __future__ import annotations

from importlib.resources import files

import msgspec
import pytest
from hypothesis import given, settings

from core.yaml_source import Source
from server.business.document import AgentRules, Document, QueueRules, from_json, to_json
from server.business.reading import load
from server.business.writing import to_yaml
from tests.server.business.documents import documents


@settings(max_examples=60)
@given(documents)
def test_what_is_exported_and_imported_again_is_the_same(document: Document) -> None:
    text = to_yaml(document)
    assert msgspec.convert(Source(text, "exported.yaml").data, Document) == document


@settings(max_examples=25)
@given(documents)
def test_what_is_stored_and_read_again_is_the_same(document: Document) -> None:
    assert from_json(to_json(document)) == document


@settings(max_examples=25)
@given(documents)
def test_the_order_in_which_things_were_made_does_not_show(document: Document) -> None:
    held = msgspec.structs.asdict(document)
    turned = {name: dict(reversed(value.items())) for name, value in held.items() if isinstance(value, dict)}
    assert len(turned) >= 5
    assert to_yaml(msgspec.structs.replace(document, **turned)) == to_yaml(document)


@pytest.mark.parametrize(
    "name", ["a\u2028b", "\u2029", "two\nlines", "\x85", " x ", "#", "- a", "yes", "12:30", "1e3", "~", "", "é 中"]
)
def test_names_that_yaml_would_read_otherwise_come_back_as_they_are(name: str) -> None:
    document = Document(skills={"a": name}, agents={"m": AgentRules(name=name, attributes={"a": name}, queues=(name,))})
    assert msgspec.convert(Source(to_yaml(document), "exported.yaml").data, Document) == document


def test_the_demo_is_written_as_an_export_writes_it() -> None:
    text = (files("server.demo") / "configuration.yaml").read_text(encoding="utf-8")
    assert to_yaml(load(text, "demo")).partition("\n")[2] == text.partition("\n")[2]


def test_one_changed_number_is_one_changed_line() -> None:
    before = Document(queues={"q": QueueRules(name="Q", ring_timeout_s=25)}, skills={"b": "B", "a": "A"})
    after = Document(queues={"q": QueueRules(name="Q", ring_timeout_s=30.5)}, skills={"a": "A", "b": "B"})
    differing = set(to_yaml(after).splitlines()) - set(to_yaml(before).splitlines())
    assert differing == {"    ring_timeout_s: 30.5"}
