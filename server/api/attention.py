"""What needs attention, what did, and who is told of it by webhook and e-mail."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from core.attention import Checked, Entry, Severity
from core.ids import new_id
from core.model import Value
from core.outgoing import OutboxFull, Outgoing, OutgoingKind
from customers.timeline import Cursor, cursor_after, parse_cursor
from server.api.access import AsAdmin, AsSupervisor, Deps
from server.api.answers import answer, answers, done
from server.api.bodies import Body
from server.api.errors import ApiError, not_found
from server.api.preconditions import VersionSeen, tag
from server.api.reading import sight
from server.api.services import Services
from server.api.trail import WritesDown
from server.attention.letters import trial_letter
from server.attention.notifications import Subscription, event
from server.outbox.addresses import LONGEST_URL, Forbidden, check_url
from server.outbox.webhook import new_secret
from server.sight import Sight, seen_entries
from server.storage.sql.notifications import NotificationChanged, TooMany, Where

router = APIRouter(tags=["attention"])
TEST_WITHIN_S = 600.0
PAGE = 200
MOST_READ = 10
"""Pages that are looked through for one."""
Name = Annotated[str, Field(min_length=1, max_length=100)]
EMAIL = r"^[^@\s]{1,64}@[^@\s]{1,250}$"


class Attention(Value, frozen=True, kw_only=True):
    standing: tuple[Entry, ...]
    """Red, amber, grey; then the oldest first."""
    checked: Checked | None


class AttentionHistory(Value, frozen=True, kw_only=True):
    items: tuple[Entry, ...]
    """Cleared, the newest first; with the worst severity that each had."""
    next: str | None
    """For `before`: where the next page begins."""


class Notification(Value, frozen=True, kw_only=True):
    """Somebody who is told. A webhook's secret is never answered but when it is made."""

    notification_id: str
    name: str
    kind: OutgoingKind
    target: str
    """The webhook's URL, or the e-mail address."""
    severities: tuple[Severity, ...]
    queues: tuple[str, ...]
    cleared: bool
    language: str
    active: bool
    version: int
    """For `If-Match`."""


class NewNotificationAnswer(Value, frozen=True, kw_only=True):
    notification: Notification
    secret: str
    """Of a webhook, now and never again: what its signatures are checked with. Empty for an e-mail."""


class Notifications(Value, frozen=True, kw_only=True):
    items: tuple[Notification, ...]
    mail: bool
    """Whether a mail server is set up."""


class NotificationBody(Body):
    name: Name
    target: Annotated[str, Field(min_length=3, max_length=LONGEST_URL)]
    severities: Annotated[list[Severity], Field(min_length=1, max_length=3)]
    queues: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=1000)] = Field(default_factory=list)
    cleared: bool = True
    language: Literal["en", "zh"] = "en"
    active: bool = True


class NewNotification(NotificationBody):
    kind: OutgoingKind


@router.get("/attention", responses=answers(Attention))
async def now(me: AsSupervisor, deps: Deps) -> Response:
    """As the board has it."""
    standing, checked = deps.live.attention(sight(deps, me))
    return answer(Attention(standing=standing, checked=checked))


@router.get("/attention/history", responses=answers(AttentionHistory))
async def history(
    me: AsSupervisor,
    deps: Deps,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    try:
        cursor = parse_cursor(before)
    except ValueError as error:
        raise ApiError(422, "invalid", "This is no place in the list.") from error
    items, following = await _cleared(deps, sight(deps, me), cursor, limit)
    return answer(AttentionHistory(items=items, next=following))


async def _cleared(deps: Services, seen: Sight, cursor: Cursor | None, limit: int) -> tuple[tuple[Entry, ...], str | None]:
    """A page of what somebody sees. A page of somebody who sees little may be short, with more behind it."""
    found: list[Entry] = []
    for _ in range(MOST_READ):
        items = await deps.attention_log.cleared(0.0, cursor, PAGE)
        for entry in items:
            found += seen_entries(seen, [entry])
            cursor = _place(entry)
            if len(found) > limit:
                return tuple(found[:limit]), _written(_place(found[limit - 1]))
        if len(items) < PAGE:
            return tuple(found), None
    return tuple(found), _written(cursor)


def _place(entry: Entry) -> Cursor:
    return entry.cleared_at or 0.0, entry.entry_id


def _written(place: Cursor | None) -> str | None:
    return None if place is None else cursor_after(*place)


@router.get("/notifications", responses=answers(Notifications))
async def all_of_them(_: AsAdmin, deps: Deps) -> Response:
    items = tuple(_shown(*each) for each in await deps.notifications.all())
    return answer(Notifications(items=items, mail=bool(deps.config.mail.host)))


@router.post("/notifications", status_code=201, responses=answers(NewNotificationAnswer, 409, status=201))
async def add(body: NewNotification, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    notification_id = new_id("notification")
    secret = new_secret() if body.kind is OutgoingKind.WEBHOOK else ""
    subscription, where = _made(deps, notification_id, body.kind, body, secret)
    try:
        await deps.notifications.add(subscription, where, deps.clock.now(), me.user_id)
    except TooMany:
        raise ApiError(409, "too_many_notifications", "There are as many as there may be: remove one first.") from None
    await trail.note(me.user_id, "add_notification", notification_id, name=body.name, kind=str(body.kind))
    return answer(NewNotificationAnswer(notification=_shown(subscription, where), secret=secret), 201, tag(subscription.version))


class Change(NamedTuple):
    """Of one notification, on the version that was seen."""

    notification_id: str
    seen: int


def _change(notification_id: str, seen: VersionSeen) -> Change:
    return Change(notification_id, seen)


@router.put("/notifications/{notification_id}", responses=answers(Notification, 404))
async def change(
    on: Annotated[Change, Depends(_change)], body: NotificationBody, me: AsAdmin, deps: Deps, trail: WritesDown
) -> Response:
    """Replaces all but the kind and the secret. 412 when somebody else has changed it since."""
    notification_id = on.notification_id

    def now_said(old: Subscription, where: Where) -> tuple[Subscription, Where]:
        return _made(deps, notification_id, old.kind, body, where.secret)

    try:
        subscription, new = _there(await deps.notifications.change(notification_id, now_said, on.seen))
    except NotificationChanged as error:
        version = error.current.version
        text = "Somebody else has changed this notification meanwhile."
        raise ApiError(412, "changed_since", text, tag(version), {"version": version}) from error
    await trail.note(me.user_id, "change_notification", notification_id, name=body.name, active=body.active)
    return answer(_shown(subscription, new), headers=tag(subscription.version))


@router.post("/notifications/{notification_id}/secret", responses=answers(NewNotificationAnswer, 404, 409))
async def new_key(notification_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """Another secret from now on, for a webhook whose own somebody else has seen."""
    secret = new_secret()

    def with_secret(old: Subscription, where: Where) -> tuple[Subscription, Where]:
        if old.kind is not OutgoingKind.WEBHOOK:
            raise ApiError(409, "no_webhook", "Only a webhook has a secret.")
        return old, msgspec.structs.replace(where, secret=secret)

    subscription, where = _there(await deps.notifications.change(notification_id, with_secret))
    await trail.note(me.user_id, "change_notification_secret", notification_id)
    return answer(NewNotificationAnswer(notification=_shown(subscription, where), secret=secret))


@router.post("/notifications/{notification_id}/test", status_code=204, responses=answers(None, 404))
async def test(notification_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """Sends a message now, through the same queue."""
    subscription, _ = await _known(deps, notification_id)
    at, installation = deps.clock.now(), deps.config.general.name
    subject, text = trial_letter(installation, subscription.language)
    hook = subscription.kind is OutgoingKind.WEBHOOK
    message = Outgoing(
        message_id=new_id("test"),
        kind=subscription.kind,
        target=notification_id if hook else subscription.address,
        subject="" if hook else subject,
        body=event("attention.test", at, installation, None, {}) if hook else text,
        expires_at=at + TEST_WITHIN_S,
    )
    try:
        await deps.outbox.send(message)
    except OutboxFull:
        raise ApiError(503, "outbox_full", "Too many messages wait to go out.") from None
    await trail.note(me.user_id, "test_notification", notification_id)
    return done()


@router.delete("/notifications/{notification_id}", status_code=204, responses=answers(None, 404))
async def remove(notification_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    await _known(deps, notification_id)
    await deps.notifications.remove(notification_id)
    await trail.note(me.user_id, "remove_notification", notification_id)
    return done()


async def _known(deps: Services, notification_id: str) -> tuple[Subscription, Where]:
    return _there(await deps.notifications.get(notification_id))


def _there(found: tuple[Subscription, Where] | None) -> tuple[Subscription, Where]:
    if found is None:
        raise not_found("notification")
    return found


def _made(
    deps: Services, notification_id: str, kind: OutgoingKind, body: NotificationBody, secret: str
) -> tuple[Subscription, Where]:
    """Raises `ApiError` for a target that is none."""
    hook = kind is OutgoingKind.WEBHOOK
    if hook:
        try:
            check_url(body.target, http=deps.config.outbox.allow_http)
        except Forbidden as error:
            raise ApiError(422, "no_webhook_url", f"This cannot be a webhook: {error}.") from None
    elif not re.fullmatch(EMAIL, body.target):
        raise ApiError(422, "no_email_address", "This is no e-mail address.")
    subscription = Subscription(
        notification_id=notification_id,
        name=body.name,
        kind=kind,
        severities=tuple(dict.fromkeys(body.severities)),
        queues=tuple(dict.fromkeys(body.queues)),
        cleared=body.cleared,
        language=body.language,
        active=body.active,
        address="" if hook else body.target,
    )
    return subscription, Where(url=body.target, secret=secret) if hook else Where(address=body.target)


def _shown(subscription: Subscription, where: Where) -> Notification:
    return Notification(
        notification_id=subscription.notification_id,
        name=subscription.name,
        kind=subscription.kind,
        target=where.url or where.address,
        severities=subscription.severities,
        queues=subscription.queues,
        cleared=subscription.cleared,
        language=subscription.language,
        active=subscription.active,
        version=subscription.version,
    )
