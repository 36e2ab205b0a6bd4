"""Every mistake in what people write is told by a code, and every code has its words in every language.

The codes are those of the tables (`core.problems.Mistake`), wherever they stand: none can be forgotten.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.problems import KINDS, OF_KINDS, Mistake
from core.yaml_mistakes import of_yaml
from ivr.schema import flow_schema
from server.business.reading import schema as configuration_schema
from tools.ui_server import UI
from tools.ui_types import ROOT

PARTS = ("core", "acd", "ivr", "customers", "server", "telephony", "asr")
OWN = {"at", "near"}


def sources() -> list[Path]:
    """Everything that is not a test."""
    return [path for part in PARTS for path in (ROOT / part).rglob("*.py")]


@cache
def tables() -> tuple[type[Mistake], ...]:
    for path in sources():
        if re.search(r"^class \w+\(Mistake\)", path.read_text(), re.MULTILINE):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return tuple(Mistake.__subclasses__())


def all_mistakes() -> list[Mistake]:
    return [mistake for table in tables() for mistake in table]


def places(text: str) -> set[str]:
    return set(re.findall(r"{+(\w+)}+", text))


def words(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["mistakes"]
    return found


def on_screen(sentence: str) -> str:
    """As a whole sentence, with the translations' way to write what is put in."""
    text = re.sub(r"{(\w+)}", r"{{\1}}", sentence)
    return f"{text[:1].upper()}{text[1:]}."


def test_no_code_has_two_meanings() -> None:
    assert len(tables()) > 5
    assert [code for code, times in Counter(mistake.code for mistake in all_mistakes()).items() if times > 1] == []


def test_the_pages_english_is_the_servers() -> None:
    english = words("en")
    assert english["of"] == {mistake.code: on_screen(mistake.value) for mistake in all_mistakes()}
    assert english["kind"] == KINDS


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_its_words_with_everything_that_is_put_in(language: str) -> None:
    known = words(language)
    assert {code: places(text) for code, text in known["of"].items()} == {
        mistake.code: places(mistake.value) for mistake in all_mistakes()
    }
    assert set(known["kind"]) == set(KINDS)


def calls(of: str) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of this name or method."""
    for path in sources():
        if f"{of}(" not in (text := path.read_text()):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name == of:
                    yield path, node


def test_only_the_table_makes_complaints_and_only_places_make_problems_of_them() -> None:
    assert {path.relative_to(ROOT).as_posix() for path, _ in calls("Complaint")} == {"core/problems.py"}
    assert {path.relative_to(ROOT).as_posix() for path, _ in calls("Problem")} == {"core/yaml_source.py", "ivr/load.py"}


def told(call: ast.Call) -> set[str]:
    return {keyword.arg for keyword in call.keywords if keyword.arg is not None} - OWN


def test_every_place_that_tells_a_mistake_gives_what_its_sentence_needs() -> None:
    """Checked here, because a sentence without its words would be an error of the server instead of the author's."""
    by_name = {mistake.name: mistake for mistake in all_mistakes()}
    wrong, seen = [], set()
    for path, call in calls("at"):
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        mistake = by_name.get(of.attr) if isinstance(of, ast.Attribute) else None
        if mistake is not None:
            seen.add(mistake.code)
            whole = all(keyword.arg is not None for keyword in call.keywords)
            if whole and not places(mistake.value) <= told(call):
                wrong.append(f"{path.name}:{call.lineno} {mistake.code}")
    assert wrong == []
    assert len(seen) > 90


OF_FILES_HERE = {"FILE_UNREADABLE", "NOT_TEXT"}
"""Told of files on this computer by the command line, never by a page."""


def test_no_mistake_quotes_the_sentence_of_a_library() -> None:
    """They are English and speak of the library's parts: a Chinese screen showed «expected ',' or ']', but got ':'»."""
    quoting = {mistake.name for mistake in all_mistakes() if places(mistake.value) & {"reason", "error", "message"}}
    assert quoting == OF_FILES_HERE
    caught = {
        mistake.attr
        for path in sources()
        for handler in ast.walk(ast.parse(path.read_text()))
        if isinstance(handler, ast.ExceptHandler) and handler.name is not None
        for call in ast.walk(handler)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "at"
        if isinstance(mistake := call.func.value, ast.Attribute)
        if handler.name in {name.id for given in call.keywords for name in ast.walk(given) if isinstance(name, ast.Name)}
    }
    assert caught == OF_FILES_HERE


def yaml_sentences() -> Iterator[str]:
    """Everything that PyYAML may say of a text."""
    for part in (yaml.scanner, yaml.parser, yaml.composer):
        for node in ast.walk(ast.parse(inspect.getsource(part))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"ScannerError", "ParserError", "ComposerError"}:
                said = node.args[2]
                while isinstance(said, ast.BinOp):
                    said = said.left
                if isinstance(said, ast.Constant):
                    yield str(said.value).replace("%r", "'x'").replace("%d", "2")


def test_every_sentence_of_the_yaml_library_is_one_of_ours() -> None:
    found = set(yaml_sentences())
    assert len(found) > 25
    unknown = {said for said in found if of_yaml(yaml.MarkedYAMLError(problem=said)).complaint.code == "not_yaml"}
    assert unknown == {"found undefined alias 'x'"}, "aliases are refused before"


def keywords(schema: Any) -> Iterator[str]:
    for keyword, value in schema.items():
        yield keyword
        if keyword in {"properties", "$defs"}:
            yield from (each for part in value.values() for each in keywords(part))
        elif keyword in {"items", "additionalProperties"} and isinstance(value, dict):
            yield from keywords(value)
        elif keyword in {"anyOf", "oneOf", "prefixItems"}:
            yield from (each for part in value for each in keywords(part))


def test_every_keyword_of_our_schemas_has_a_mistake_of_its_own() -> None:
    said_of_values = {"$schema", "$id", "$defs", "$ref", "title", "description", "default", "properties", "items", "x-names"}
    told = {"type", "enum", "required", "additionalProperties", "anyOf", "maximum", "maxLength", "pattern"}
    of_the_tag = {"discriminator"}
    asked = {*keywords(flow_schema()), *keywords(configuration_schema())}
    assert asked <= said_of_values | told | of_the_tag


def test_words_for_kinds_are_given_by_their_names() -> None:
    assert {name for mistake in all_mistakes() for name in places(mistake.value)} >= OF_KINDS
