"""From YAML or plain data to a checked document, or to everything that is wrong with it at once.

Order: YAML, the shape, then the rules of `checks/`. A later check runs only on what passed the earlier ones, so that one mistake
is told once.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import jsonschema
import msgspec
from jsonschema.protocols import Validator

from core.problems import MOST_TOLD, Complaint, TextMistake, TextRefused
from core.shapes import sentences
from core.yaml_source import Source
from server.business.checks import document_complaints
from server.business.document import Document
from server.business.mistakes import ConfigurationMistake

MOST_VALUES = 200_000
"""Of a document that is no text: ten thousand agents have 150,000."""
MOST_FOUND = MOST_TOLD + 1
"""Looking for more would take the sender's time and everybody's. One more, so that it is known that there are more."""


class Examined(NamedTuple):
    """`document` is None when the data has not even the shape of one."""

    document: Document | None
    complaints: tuple[Complaint, ...]


class Refused(Exception):
    """Rules that cannot be put in force; `complaints` says why, each with its place in the document."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = complaints
        super().__init__("; ".join(complaint.sentence for complaint in complaints))


def load(text: str, file: str) -> Document:
    """A document without a mistake. Raises `TextRefused` with every problem found, by line."""
    source = Source(text, file)
    found = examine(source.data)
    problems = source.all_told(found.complaints)
    if found.document is None or problems:
        raise TextRefused(problems)
    return found.document


def check(data: Any) -> Document:
    """The same for data that is no text. Raises `Refused`."""
    found = examine(data)
    if found.document is None or found.complaints:
        raise Refused(found.complaints)
    return found.document


def examine(data: Any) -> Examined:
    """Everything that is wrong with plain data (of JSON or YAML)."""
    if not isinstance(data, dict):
        names = ", ".join(Document.__struct_fields__)
        return Examined(None, (ConfigurationMistake.NOT_A_CONFIGURATION.at(names=names),))
    if _has_too_many_values(data):
        return Examined(None, (TextMistake.TOO_MANY_VALUES.at(most=f"{MOST_VALUES:,}"),))
    # An empty section («agents:» with nothing below) means none.
    data = {name: {} if part is None else part for name, part in data.items()}
    wrong = tuple(islice(sentences(_schema(), data, Document.__struct_fields__), MOST_FOUND))
    if wrong:
        return Examined(None, wrong)
    try:
        document = msgspec.convert(data, Document)
    except msgspec.ValidationError as error:  # what a schema cannot say
        return Examined(None, (_does_not_fit(str(error)),))
    return Examined(document, tuple(dict.fromkeys(islice(document_complaints(document), MOST_FOUND))))


def _does_not_fit(said: str) -> Complaint:
    """The library's words end with the way, in which `[...]` stands for any name: «… - at `$.queues[...].steps[0]`»."""
    way = re.search(r"`\$\.?([^`]*)`$", said)
    names = () if way is None else tuple(re.findall(r"\w+", way[1]))
    return ConfigurationMistake.VALUE_DOES_NOT_FIT.at(names[:1], field=".".join(names) or "file")


def _has_too_many_values(data: Any) -> bool:
    """Without recursion, and without looking at more."""
    waiting, left = [data], MOST_VALUES
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict | list):
            left -= len(part)
            if left < 0:
                return True
            waiting += part.values() if isinstance(part, dict) else part
    return False


def schema() -> dict[str, Any]:
    """The document's JSON Schema, for editors."""
    (root,), definitions = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Patchbay configuration",
        **root,
        "$defs": definitions,
    }


@lru_cache(maxsize=1)
def _schema() -> Validator:
    return jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
