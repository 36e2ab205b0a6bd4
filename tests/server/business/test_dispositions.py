"""Outcomes of a wrap-up: a tree of two levels, by queue."""

from __future__ import annotations

from typing import Any

import pytest

from core.problems import Where
from server.business.reading import Refused, check

QUEUES: dict[str, Any] = {"queues": {"billing": {"name": "Billing"}, "orders": {"name": "Orders"}}}


def refused(*dispositions: dict[str, Any]) -> list[tuple[Where, str]]:
    """What is said of these beside what is said of queues that nobody serves."""
    with pytest.raises(Refused) as told:
        check({**QUEUES, "dispositions": list(dispositions)})
    return [(each.where, each.sentence) for each in told.value.complaints if each.where[0] == "dispositions"]


def test_a_tree_of_two_levels_is_read_in_its_order() -> None:
    document = check({"dispositions": [{"name": "Refund", "below": ["Granted", "Declined"]}, {"name": "Information"}]})
    assert [(each.name, each.below) for each in document.dispositions] == [
        ("Refund", ("Granted", "Declined")),
        ("Information", ()),
    ]


def test_names_are_needed_once_and_may_not_hold_what_separates_the_levels() -> None:
    said = refused({"name": "Refund", "below": ["Granted", "Granted", " "]}, {"name": "Refund"}, {"name": "a › b"})
    assert [where for where, _ in said] == [
        ("dispositions", 1, "name"),
        ("dispositions", 2, "name"),
        ("dispositions", 0, "below", 1),
        ("dispositions", 0, "below", 2),
    ]


def test_queues_exist_and_none_is_left_without_an_outcome() -> None:
    said = refused({"name": "Refund", "queues": ["billing", "biling"]})
    assert said == [
        (("dispositions", 0, "queues", 1), "there is no queue “biling”; did you mean “billing”?"),
        (("dispositions",), "the queue “orders” is left without any outcome"),
    ]


def test_there_are_no_more_than_one_can_choose_from() -> None:
    assert "at most 40 outcomes" in refused(*({"name": f"Outcome {number}"} for number in range(41)))[0][1]
