"""The contract is written down and kept: its files are what the server says, and the change log names what is gone since."""

from __future__ import annotations

import json
import re

import pytest

from tools.contract.__main__ import DOCS, RELEASES, documents, names_now, text
from tools.contract.names import names
from tools.ui_types import ROOT

NEXT = "run: python -m tools.contract"


@pytest.mark.parametrize("name", ["openapi.json", "live-schema.json"])
def test_the_committed_document_is_what_the_server_says(name: str) -> None:
    assert (DOCS / name).read_text() == text(documents()[name]), NEXT


def test_every_route_and_every_field_of_the_live_view_stands_in_the_page_for_people() -> None:
    page = re.sub(r"\{\w+\}", "{}", (DOCS / "api.md").read_text())
    routes = {re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1")) for path in documents()["openapi.json"]["paths"]}
    fields = {field for schema in documents()["live-schema.json"]["$defs"].values() for field in schema.get("properties", {})}
    assert {route for route in routes if route not in page} == set()
    assert fields - set(re.findall(r"\w+", page)) == set()


def version(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split(".")))


def last_release() -> list[str]:
    newest = max(RELEASES.glob("*.json"), key=lambda path: version(path.stem))
    released: list[str] = json.loads(newest.read_text())
    return released


def contract_section(changes: str) -> str:
    """Of the newest release in the change log."""
    newest = changes.split("\n## ")[1]
    _, _, section = newest.partition("\n### Contract\n")
    return section.split("\n### ")[0]


def unnamed(before: list[str], now: list[str], section: str) -> set[str]:
    """What is gone and not named. A schema that has another name (`Numbers` → `NumbersView`) is looked for under that one."""
    renamed = dict(re.findall(r"`(\w+)` → `(\w+)`", section))
    named = set(re.findall(r"`([^`]+)`", section))

    def translated(line: str) -> str:
        return re.sub(r"\b[A-Z]\w+\b", lambda found: renamed.get(found[0], found[0]), line)

    gone = {line for line in before if line not in now and translated(line) not in now}
    return {line for line in gone if re.split(r": | -> ", line)[0] not in named}


def test_the_change_log_names_what_the_last_release_had_and_this_one_has_not() -> None:
    section = contract_section((ROOT / "CHANGELOG.md").read_text())
    missing = unnamed(last_release(), names_now(), section)
    assert missing == set(), "say in CHANGELOG.md under «Contract», in backticks, what became of each"


BEFORE = ["GET /calls", "Snapshot.works: Work[]", "Work.state: string", "live alert -> Alert"]


@pytest.mark.parametrize(
    ("now", "section", "missing"),
    [
        (BEFORE, "", set()),
        ([*BEFORE, "GET /users"], "", set()),
        (BEFORE[1:], "", {"GET /calls"}),
        (BEFORE[1:], "- `GET /calls` is gone", set()),
        ([*BEFORE[:1], "Snapshot.work_items: Work[]", *BEFORE[2:]], "- `Snapshot.works` → `Snapshot.work_items`", set()),
        ([*BEFORE[:2], "Work.state: integer", BEFORE[3]], "", {"Work.state: string"}),
        ([BEFORE[0], "Snapshot.works: Item[]", "Item.state: string", BEFORE[3]], "- `Work` → `Item`", set()),
        ([BEFORE[0], "Snapshot.works: Item[]", BEFORE[3]], "- `Work` → `Item`", {"Work.state: string"}),
        (BEFORE[:3], "", {"live alert -> Alert"}),
        (BEFORE[:3], "- `live alert` → `live attention`", set()),
    ],
)
def test_what_is_gone_must_be_named(now: list[str], section: str, missing: set[str]) -> None:
    assert unnamed(BEFORE, now, section) == missing


def test_names_have_routes_parameters_bodies_answers_fields_and_messages() -> None:
    contract = set(names(documents()["openapi.json"], documents()["live-schema.json"]))
    assert {
        "GET /calls",
        "GET /calls ?before: string|null",
        "GET /calls > CallPage",
        "POST /calls/{call_id}/transfer < Target",
        "TalkingWith.parties: string[]",
        "live offer_ended -> OfferEnded",
        "OfferEnded.offer_id: string",
        "live <- AudioReport",
    } <= contract
