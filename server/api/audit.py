"""Who saw, heard or changed what, for administrators: filtered, newest first. Nothing takes an entry away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from core.ids import UserId
from core.model import Value
from customers.timeline import cursor_after, parse_cursor
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers
from server.api.errors import ApiError
from server.storage.sql.audit_log import AuditEntry, AuditFilter, WrittenEntry
from server.storage.sql.audit_names import Named, SubjectKind, kind_of

router = APIRouter(prefix="/audit", tags=["audit log"])
MOST_ACTIONS = 50
LISTS_OF_IDS = frozenset({"only_queues"})


class AuditItem(Value, frozen=True, kw_only=True):
    audit_id: str
    at: float
    user_id: str | None
    """Who did it; null: the system itself, or somebody who could not sign in."""
    user: str
    """Name of that person; empty: nobody, or somebody who is gone."""
    action: str
    """A code."""
    subject: str
    """Id of what it was done to."""
    subject_kind: SubjectKind
    subject_name: str
    """Of a call or conversation its customer's; empty: it has none, or is gone."""
    details: dict[str, Any]
    names: dict[str, str]
    """Of ids in `details`."""
    source: str
    """Address of who asked."""
    result: Literal["done", "refused"]


class AuditPage(Value, frozen=True, kw_only=True):
    items: tuple[AuditItem, ...]
    next: str | None
    """For `before`: where the next page begins."""


@router.get("", responses=answers(AuditPage))
async def entries(
    _: AsAdmin,
    deps: Deps,
    *,
    who: Annotated[str | None, Query(max_length=64)] = None,
    action: Annotated[list[str] | None, Query(max_length=MOST_ACTIONS)] = None,
    about: Annotated[str, Query(max_length=200)] = "",
    since: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    until: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    result: Literal["done", "refused"] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> Response:
    """`who` is a user's id, or `system`; `about` the id of a call, customer, user, agent …; times are seconds since the epoch."""
    try:
        cursor = parse_cursor(before)
    except ValueError as error:
        raise ApiError(422, "invalid", "This is no place in the list.") from error
    wanted = AuditFilter(
        who=None if who is None else UserId(who),
        actions=frozenset(action or ()),
        about=about,
        since=since,
        until=until,
        result=result,
    )
    found = await deps.audit.page(limit + 1, wanted, cursor)
    names = await deps.audit.names.of({each for written in found for each in _ids_of(written.entry)})
    last = found[limit - 1] if len(found) > limit else None
    following = None if last is None else cursor_after(last.entry.at, last.audit_id)
    return answer(AuditPage(items=tuple(_shown(each, names) for each in found[:limit]), next=following))


def _ids_of(entry: AuditEntry) -> set[str]:
    return {str(entry.user_id or ""), entry.subject, *_ids_in(entry.details)} - {""}


def _ids_in(details: Mapping[str, Any]) -> Iterator[str]:
    """Whatever stands under a name that says that it is an id."""
    for key, value in details.items():
        if isinstance(value, Mapping):
            yield from value.values() if key == "ids" else _ids_in(value)
        elif key.endswith("_id") and isinstance(value, str):
            yield value
        elif key in LISTS_OF_IDS and isinstance(value, list):
            yield from map(str, value)


def _shown(written: WrittenEntry, names: Mapping[str, Named]) -> AuditItem:
    entry = written.entry
    subject, user = names.get(entry.subject), names.get(str(entry.user_id))
    return AuditItem(
        audit_id=written.audit_id,
        at=entry.at,
        user_id=entry.user_id,
        user="" if user is None else user.name,
        action=entry.action,
        subject=entry.subject,
        subject_kind=kind_of(entry.subject, subject),
        subject_name="" if subject is None else subject.name,
        details=entry.details,
        names={each: names[each].name for each in _ids_in(entry.details) if each in names and names[each].name},
        source=entry.source,
        result=entry.result,
    )
