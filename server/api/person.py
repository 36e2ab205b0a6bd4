"""What the routes about people have in common: who acts, what they are refused, and which version they have seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import msgspec
from fastapi import Depends
from pydantic import AfterValidator, Field
from starlette.requests import HTTPConnection

from server.accounts import Actor
from server.api.access import AsAdmin
from server.api.bodies import OneLine
from server.api.errors import ApiError
from server.business.reading import Refused
from server.people.names import is_email, is_username
from server.people.service import WeakPassword
from server.schemas import Me
from server.storage.sql.configuration import Author
from server.storage.sql.invitations import InvitationOver
from server.storage.sql.users import UserRefused

_TAKEN = {
    "username_taken": "Somebody else has this user name.",
    "email_taken": "Somebody else has this e-mail address.",
    "agent_taken": "Somebody else is this agent already.",
    "last_administrator": "This is the last administrator who can sign in. Make somebody else one first.",
}
_WEAK = {
    "password_too_short": "at least {shortest} characters",
    "password_is_name": "not the person's own name or address",
    "password_is_common": "not one that everybody tries first",
}


def _username(text: str) -> str:
    if text and not is_username(text):
        raise ValueError("a user name has no spaces and no «@»")
    return text


def _email(text: str | None) -> str | None:
    if text and not is_email(text.strip()):
        raise ValueError("this is no e-mail address")
    return text.strip() if text else None


Username = Annotated[str, Field(max_length=100), AfterValidator(_username)]
Email = Annotated[str | None, Field(max_length=254), AfterValidator(_email)]
PersonName = Annotated[OneLine, Field(min_length=1, max_length=200)]
Password = Annotated[str, Field(min_length=1, max_length=1000)]


def source_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def actor(connection: HTTPConnection, me: Me) -> Actor:
    return Actor(user_id=me.user_id, source=source_of(connection))


class Administrator(NamedTuple):
    """Who does something to people, as the audit log and the configuration's history name them."""

    by: Actor
    author: Author


def _administrator(connection: HTTPConnection, me: AsAdmin) -> Administrator:
    return Administrator(actor(connection, me), Author(name=me.name, user_id=me.user_id))


ByAdministrator = Annotated[Administrator, Depends(_administrator)]


@contextmanager
def refusals_told() -> Iterator[None]:
    """What the people's service refuses, as errors of the API."""
    try:
        yield
    except UserRefused as refused:
        raise ApiError(409, refused.problem, _TAKEN[refused.problem]) from refused
    except Refused as refused:
        problems = [
            {"path": each.where, "sentence": each.sentence, "code": each.code, "params": dict(each.params)}
            for each in refused.complaints
        ]
        text = f"The routing does not allow it: {refused.complaints[0].sentence}."
        raise ApiError(422, "bad_configuration", text, details={"problems": msgspec.to_builtins(problems)}) from refused


@contextmanager
def weakness_told() -> Iterator[None]:
    """The same, of a new password."""
    try:
        yield
    except WeakPassword as weak:
        text = f"A password has {_WEAK[weak.why].format(shortest=weak.shortest)}."
        violation = {"place": "password", "code": weak.why, "params": {"min_length": weak.shortest}}
        raise ApiError(422, "invalid", text, details={"violations": [violation]}) from weak


@contextmanager
def change_told() -> Iterator[None]:
    """The same, of a version that is not the last one any more."""
    try:
        yield
    except UserRefused as refused:
        if refused.problem != "changed_since":
            raise
        text = "Somebody else has changed this person meanwhile."
        raise ApiError(412, "changed_since", text, details={"version": refused.version}) from refused


@contextmanager
def link_told() -> Iterator[None]:
    """The same, of a link that opens nothing."""
    try:
        yield
    except InvitationOver as over:
        text = "This link has been used, was withdrawn or has run out. Ask an administrator for a new one."
        raise ApiError(410, "invitation_over", text) from over
