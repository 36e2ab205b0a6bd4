"""What a change changed, for people."""

from __future__ import annotations

from hypothesis import given, settings

from server.business.changes import Change, changes, diff
from server.business.document import AgentRules, Document, QueueRules, StepRules
from server.business.patch import merged
from tests.server.business.documents import documents

BEFORE = Document(queues={"q": QueueRules(name="Q")}, agents={"mei": AgentRules(name="Mei"), "jon": AgentRules(name="Jon")})
AFTER = Document(
    queues={"q": QueueRules(name="Q", ring_timeout_s=25, steps=(StepRules(after_s=60),))}, agents={"mei": AgentRules(name="Mei")}
)


def test_single_changes_say_what_it_was_and_what_it_is() -> None:
    found = changes(BEFORE, AFTER)
    assert [change.path for change in found] == [("queues", "q", "ring_timeout_s"), ("queues", "q", "steps"), ("agents", "jon")]
    assert found[0] == Change(path=("queues", "q", "ring_timeout_s"), before=20.0, after=25.0)
    assert found[2].after is None


def test_the_diff_is_of_the_text_that_people_review() -> None:
    lines = diff(BEFORE, AFTER, ("version 1", "version 2")).splitlines()
    assert lines[:2] == ["--- version 1", "+++ version 2"]
    assert "+    ring_timeout_s: 25" in lines
    assert "-  jon:" in lines


@settings(max_examples=25)
@given(documents)
def test_nothing_differs_from_itself(document: Document) -> None:
    assert changes(document, document) == ()
    assert diff(document, document, ("a", "b")) == ""


def test_a_patch_replaces_what_it_names_and_null_removes() -> None:
    target = {"queues": {"q": {"name": "Q", "steps": [1, 2]}, "p": {"name": "P"}}, "agents": {}}
    patch = {"queues": {"q": {"steps": [3]}, "p": None, "n": {"name": "N"}}}
    assert merged(target, patch) == {"queues": {"q": {"name": "Q", "steps": [3]}, "n": {"name": "N"}}, "agents": {}}
    assert target["queues"]["q"] == {"name": "Q", "steps": [1, 2]}
