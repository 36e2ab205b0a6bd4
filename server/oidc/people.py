"""Whose account it is that the provider vouches for.

Invariant: an account belongs to the first subject of the provider that came to it; who else carries the same address or name
later does not get in. Disabled people stay out, whatever the provider says.
"""

from __future__ import annotations

from typing import Literal

import structlog

from server.accounts import Accounts, Actor
from server.config.sections import Oidc
from server.oidc.flow import Vouched
from server.people.names import is_email, is_username
from server.people.service import NewPerson, People
from server.storage.sql.configuration import Author
from server.storage.sql.users import SqlUsers, User

log = structlog.get_logger(__name__)

Refusal = Literal["unknown", "disabled", "taken"]


class NotAdmitted(Exception):
    def __init__(self, why: Refusal, user: User | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.user = user


class ProviderPeople:
    def __init__(self, users: SqlUsers, people: People, accounts: Accounts, rules: Oidc, language: str) -> None:
        self._users = users
        self._people = people
        self._accounts = accounts
        self._rules = rules
        self._language = language

    async def admit(self, who: Vouched, source: str) -> User:
        """Raises `NotAdmitted` and `Unavailable`; `UserRefused` when somebody else was made in the same moment."""
        everybody = await self._users.all()
        known = next((user for user in everybody if user.subject == who.subject), None)
        if known is None:
            known = next((user for user in everybody if self._name_of(user) == who.login), None)
        if known is None:
            return await self._create(who, source)
        if not known.active:
            raise NotAdmitted("disabled", known)
        if known.subject not in {None, who.subject}:
            raise NotAdmitted("taken", known)
        if known.subject is None:
            by = Actor(user_id=known.user_id, source=source)
            bound = await self._accounts.change(known.user_id, by, "link_provider", {"subject": who.subject})
            if bound is None:
                raise NotAdmitted("unknown")
            return bound
        return known

    def _name_of(self, user: User) -> str | None:
        return user.email if self._rules.claim == "email" else user.username

    async def _create(self, who: Vouched, source: str) -> User:
        role = self._rules.create
        if role == "no":
            raise NotAdmitted("unknown")
        new = NewPerson(
            name=who.name,
            username=who.login if is_username(who.login) else "",
            email=who.email or (who.login if is_email(who.login) else None),
            role=role,
            language=self._language,
            skills={} if role == "agent" else None,
            subject=who.subject,
        )
        user, _ = await self._people.add(new, Actor(source=source), Author(name=who.name))
        log.info("person added by the identity provider's word", user_id=user.user_id, role=user.role)
        return user
