"""What a flow names: its own steps and variables, and what lies outside it (queues, skills, files, words to be heard).

The types here are ordinary texts; the published schema says with `x-names` what each stands for. An editor completes by it, and
`uses` finds by it whatever a flow needs from the installation: a new verb whose fields have these types is checked at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta
from msgspec.inspect import DictType, Metadata, StructType, Type, UnionType, VarTupleType

from core.problems import Where
from ivr.text import Text

KEY = "x-names"
"""Of the schema."""
StepName = Annotated[str, Meta(extra_json_schema={KEY: "step"})]
VariableName = Annotated[str, Meta(extra_json_schema={KEY: "variable"})]
QueueName = Annotated[str, Meta(extra_json_schema={KEY: "queue"})]
SkillName = Annotated[str, Meta(extra_json_schema={KEY: "skill"})]
Phrase = Annotated[str, Meta(extra_json_schema={KEY: "phrase"})]
SoundFiles = Annotated[Text, Meta(extra_json_schema={KEY: "file"})]
"""One WAV file for all languages, or one by language code; relative to the data directory."""
OUTSIDE = frozenset({"queue", "skill", "phrase", "file"})


class Use(NamedTuple):
    """One thing outside the flow that it needs."""

    kind: str
    """One of `OUTSIDE`."""
    name: str
    where: Where
    """Relative to the step."""
    language: str = ""
    """Of a file that serves one language only."""


def uses(step: msgspec.Struct) -> Iterator[Use]:
    """In the order of the step's fields."""
    return _in(step, _described(type(step)), ())


@cache
def _described(kind: type) -> Type:
    return msgspec.inspect.type_info(kind)


def _in(value: Any, kind: Type, where: Where) -> Iterator[Use]:
    if isinstance(kind, Metadata):
        name = (kind.extra_json_schema or {}).get(KEY)
        if name in OUTSIDE:
            yield from (Use(name, text, (*where, *place), "".join(place)) for place, text in _texts(value))
        else:
            yield from _in(value, kind.type, where)
    elif isinstance(kind, UnionType) and value is not None:
        for one in kind.types:
            yield from _in(value, one, where)
    else:
        for place, inner, each in _parts(value, kind):
            yield from _in(each, inner, (*where, place))


def _parts(value: Any, kind: Type) -> Iterator[tuple[str | int, Type, Any]]:
    """What a value of this type is made of: place, type and value of each part."""
    match kind:
        case StructType(cls=cls, fields=fields) if isinstance(value, cls):
            yield from ((field.encode_name, field.type, getattr(value, field.name)) for field in fields)
        case VarTupleType(item_type=item) if isinstance(value, tuple):
            yield from ((index, item, each) for index, each in enumerate(value))
        case DictType(value_type=item) if isinstance(value, dict):
            yield from ((key, item, each) for key, each in value.items())
        case _:
            pass


def _texts(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """A text, or one for each language with its place."""
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, dict):
        yield from (((language,), text) for language, text in value.items())
