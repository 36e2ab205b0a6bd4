"""State that another release may have written, or that is damaged: read as far as it can be. Pure but for the store it is given.

Two rules, the same for everything saved. A field that this release does not know is left out, because a newer release may have
added it and was taken back (between our own processes that is allowed). What still does not fit is **set aside** with its key:
it is told and kept, it is never looked at again, and everything else goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from core.codec import reason_of
from core.ports import StateStore
from core.ranges import fit_id
from core.unknown_fields import converted

T = TypeVar("T")


def decoded(data: bytes, kind: type[T]) -> T:
    """MessagePack as `kind`, without what this release does not know. Raises `msgspec.DecodeError`."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.ValidationError, UnicodeError, RecursionError):
        return converted(plain(data), kind)


def plain(data: bytes) -> object:
    """Without types. Raises `msgspec.DecodeError` for whatever is no MessagePack."""
    try:
        return msgspec.msgpack.decode(data)
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(type(error).__name__) from None


def words_of(data: bytes) -> dict[str, str]:
    """The fields that are texts, of what may be no value of its kind: enough to say whose it was."""
    try:
        found = plain(data)
    except msgspec.DecodeError:
        return {}
    return {name: word for name, word in found.items() if isinstance(word, str)} if isinstance(found, dict) else {}


def sorted_out(found: Mapping[str, bytes], kind: type[T]) -> tuple[dict[str, T], dict[str, str]]:
    """What can be read, by its key; and why the rest cannot."""
    read: dict[str, T] = {}
    unreadable: dict[str, str] = {}
    for key, data in found.items():
        try:
            read[key] = decoded(data, kind)
        except msgspec.DecodeError as error:
            unreadable[key] = reason_of(error)
    return read, unreadable


async def take_back(store: StateStore, kind: str, type_: type[T]) -> dict[str, T]:
    """Every saved value of a kind by its key; what cannot be read is set aside. Raises `Unavailable`."""
    read, unreadable = sorted_out(await store.load_all(kind), type_)
    if unreadable:
        await store.set_aside(kind, unreadable)
    return read


async def take_back_ids(store: StateStore, kind: str) -> dict[str, str]:
    """The same for values that are ids."""
    found = {key: data.decode(errors="replace") for key, data in (await store.load_all(kind)).items()}
    unreadable = {key: "this is no id" for key, word in found.items() if not fit_id(word)}
    if unreadable:
        await store.set_aside(kind, unreadable)
    return {key: word for key, word in found.items() if key not in unreadable}
