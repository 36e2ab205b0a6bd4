"""What this release does not know of a value is left out: another release may have added it. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

T = TypeVar("T")


def converted(found: object, kind: type[T]) -> T:
    """What was decoded without types as `kind`, without unknown fields. Raises `msgspec.ValidationError`."""
    return msgspec.convert(_pruned(found, _shape(cast("Hashable", kind))), kind)


@cache
def _shape(kind: Hashable) -> inspect.Type:
    return inspect.type_info(kind)


def _pruned(found: object, shape: inspect.Type) -> object:
    if isinstance(shape, inspect.UnionType):
        return _pruned(found, _member(found, shape.types))
    if isinstance(found, dict):
        return _pruned_map(found, shape)
    if isinstance(found, list | tuple):
        return _pruned_row(found, shape)
    return found


def _pruned_map(found: dict[Any, Any], shape: inspect.Type) -> object:
    if isinstance(shape, inspect.StructType):
        fields = {field.encode_name: field.type for field in shape.fields}
        known = {name: _pruned(value, fields[name]) for name, value in found.items() if name in fields}
        if shape.tag_field is not None and shape.tag_field in found:
            known[shape.tag_field] = found[shape.tag_field]
        return known
    if isinstance(shape, inspect.DictType):
        return {key: _pruned(value, shape.value_type) for key, value in found.items()}
    return found


def _pruned_row(found: Sequence[Any], shape: inspect.Type) -> object:
    if isinstance(shape, inspect.TupleType) and len(found) == len(shape.item_types):
        return [_pruned(value, item) for value, item in zip(found, shape.item_types, strict=True)]
    if isinstance(shape, inspect.CollectionType):
        return [_pruned(value, shape.item_type) for value in found]
    return found


def _member(found: object, members: tuple[inspect.Type, ...]) -> inspect.Type:
    """The member of a union that this value means: structs by their tag, everything else by its outer shape."""
    structs = [member for member in members if isinstance(member, inspect.StructType)]
    if isinstance(found, dict):
        tagged = (member for member in structs if member.tag_field and found.get(member.tag_field) == member.tag)
        maps = (member for member in members if isinstance(member, inspect.DictType))
        return next(tagged, None) or next(maps, None) or (structs[0] if len(structs) == 1 else inspect.AnyType())
    if isinstance(found, list | tuple):
        rows = (member for member in members if isinstance(member, inspect.CollectionType | inspect.TupleType))
        return next(rows, inspect.AnyType())
    return inspect.AnyType()
