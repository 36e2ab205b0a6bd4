"""State that another release may have written, or that is damaged: read as far as it can be. Pure but for the store it is given.

Two rules, the same for everything saved. A field that this release does not know is left out, because a newer release may have
added it and was taken back (between our own processes that is allowed). What still does not fit is **set aside** with its key:
it is told and kept, it is never looked at again, and everything else goes on.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from core.ports import StateStore

T = TypeVar("T")

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def decoded(data: bytes, kind: type[T]) -> T:
    """MessagePack as `kind`, without what this release does not know. Raises `msgspec.DecodeError`."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.ValidationError:
        return converted(_plain(data), kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("text that is not UTF-8") from error


def converted(plain: object, kind: type[T]) -> T:
    """The same for what was decoded without types. Raises `msgspec.ValidationError`."""
    return msgspec.convert(_pruned(plain, _shape(cast("Hashable", kind))), kind)


def reason(error: Exception) -> str:
    """Where and why something cannot be read, without what stood there: that may be a customer's."""
    return _QUOTED.sub("…", str(error))


async def take_back(store: StateStore, kind: str, type_: type[T]) -> dict[str, T]:
    """Every saved value of a kind by its key; what cannot be read is set aside. Raises `Unavailable`."""
    found: dict[str, T] = {}
    unreadable: dict[str, str] = {}
    for key, data in (await store.load_all(kind)).items():
        try:
            found[key] = decoded(data, type_)
        except msgspec.DecodeError as error:
            unreadable[key] = reason(error)
    if unreadable:
        await store.set_aside(kind, unreadable)
    return found


async def take_back_words(store: StateStore, kind: str, pattern: re.Pattern[str]) -> dict[str, str]:
    """The same for values that are one word, as an id."""
    found: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for key, data in (await store.load_all(kind)).items():
        word = data.decode(errors="replace")
        if pattern.fullmatch(word):
            found[key] = word
        else:
            unreadable[key] = "this is no value of its kind"
    if unreadable:
        await store.set_aside(kind, unreadable)
    return found


# ── unknown fields ────────────────────────────────────────────────────────────────────────────────────────────────


def _plain(data: bytes) -> object:
    try:
        return msgspec.msgpack.decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("text that is not UTF-8") from error


@cache
def _shape(kind: Hashable) -> inspect.Type:
    return inspect.type_info(kind)


def _pruned(plain: object, shape: inspect.Type) -> object:
    if isinstance(shape, inspect.UnionType):
        return _pruned(plain, _member(plain, shape.types))
    if isinstance(plain, dict):
        return _pruned_map(plain, shape)
    if isinstance(plain, list | tuple):
        return _pruned_row(plain, shape)
    return plain


def _pruned_map(plain: dict[Any, Any], shape: inspect.Type) -> object:
    if isinstance(shape, inspect.StructType):
        fields = {field.encode_name: field.type for field in shape.fields}
        known = {name: _pruned(value, fields[name]) for name, value in plain.items() if name in fields}
        if shape.tag_field is not None and shape.tag_field in plain:
            known[shape.tag_field] = plain[shape.tag_field]
        return known
    if isinstance(shape, inspect.DictType):
        return {key: _pruned(value, shape.value_type) for key, value in plain.items()}
    return plain


def _pruned_row(plain: Sequence[Any], shape: inspect.Type) -> object:
    if isinstance(shape, inspect.TupleType) and len(plain) == len(shape.item_types):
        return [_pruned(value, item) for value, item in zip(plain, shape.item_types, strict=True)]
    if isinstance(shape, inspect.CollectionType):
        return [_pruned(value, shape.item_type) for value in plain]
    return plain


def _member(plain: object, members: tuple[inspect.Type, ...]) -> inspect.Type:
    """The member of a union that this value means: structs by their tag, everything else by its outer shape."""
    structs = [member for member in members if isinstance(member, inspect.StructType)]
    if isinstance(plain, dict):
        tagged = (member for member in structs if member.tag_field and plain.get(member.tag_field) == member.tag)
        maps = (member for member in members if isinstance(member, inspect.DictType))
        return next(tagged, None) or next(maps, None) or (structs[0] if len(structs) == 1 else inspect.AnyType())
    if isinstance(plain, list | tuple):
        rows = (member for member in members if isinstance(member, inspect.CollectionType | inspect.TupleType))
        return next(rows, inspect.AnyType())
    return inspect.AnyType()
