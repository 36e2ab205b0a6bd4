"""Commands on people: add, list, invite, give a password or a role, disable, enable."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal, NoReturn, TypeVar, get_args
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.ids import QueueId
from core.ports import Unavailable
from core.ranges import one_line
from server.accounts import Actor
from server.business.reading import Refused
from server.cli.common import ConfigFile, configuration, console, fail, known_id, show
from server.config import Config
from server.https.over_http import opened_first
from server.people.listing import Asked, found, view
from server.people.names import is_email, is_username
from server.people.opening import Opened, open_people
from server.people.service import Link, NewPerson, WeakPassword
from server.rights import Role
from server.second_step.service import turn_off
from server.storage.sql.configuration import Author
from server.storage.sql.users import User, UserRefused, UserState

app = typer.Typer(help="People who sign in: add, list, invite, set a password or role, disable, enable.", no_args_is_help=True)
BY = Actor(source="command line")
AUTHOR = Author(name="command line")
T = TypeVar("T")
Work = Callable[[Opened], Awaitable[T]]
Who = Annotated[str, typer.Argument(help="User name, e-mail address or id.")]
RoleName = Annotated[Role, typer.Option(help=", ".join(get_args(Role)))]
_REFUSED = {
    "username_taken": "Somebody else has this user name.",
    "email_taken": "Somebody else has this e-mail address.",
    "agent_taken": "Somebody else is this agent already.",
    "last_administrator": "This is the last administrator who can sign in. Make somebody else one first.",
    "changed_since": "Somebody else has changed this person in the same moment. Try again.",
}
_PROBLEMS = {
    "no_skills": "no skills: gets no work",
    "no_queue": "no queue needs the skills: gets no work",
    "invitation_expired": "invitation expired",
    "no_invitation": "not invited yet",
}


@app.command("add")
def add(  # noqa: PLR0917  each is an option of the command
    name: Annotated[str, typer.Argument(help="As colleagues read it: “Tessa Lindqvist”.")],
    username: Annotated[str, typer.Option(help="To sign in with; made of the address or the name by default.")] = "",
    email: Annotated[str, typer.Option(help="Works for signing in, too.")] = "",
    role: RoleName = "agent",
    language: Annotated[Literal["en", "zh"] | None, typer.Option(help="en or zh; the installation's by default.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="billing=2; may be repeated.")] = None,
    takes_work: Annotated[bool | None, typer.Option("--takes-work/--no-work", help="By default only agents do.")] = None,
    set_password: Annotated[bool, typer.Option("--password", help="Ask for a temporary password; print no link.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Add a person, and their agent if they take work. Prints a link to choose a password."""
    config = configuration(config_file)
    name = one_line(name)
    if not name:
        fail("A name is needed: people read it.", 2)
    if username and not is_username(username):
        fail("A user name has no spaces and no “@”, and does not begin with “-”.", 2)
    if email and not is_email(email):
        fail(f"“{email}” is no e-mail address.", 2)
    password = _new_password() if set_password else ""

    async def work(opened: Opened) -> tuple[User, Link | None]:
        works = takes_work if takes_work is not None else role == "agent" or bool(skill)
        new = NewPerson(
            name=name,
            username=username,
            email=email or None,
            role=role,
            language=language or config.general.language,
            skills=await _skills(opened, skill or []) if works else None,
            password=password,
        )
        return await opened.people.add(new, BY, AUTHOR)

    user, link = _run(config, work)
    console.print(f"{user.name} is added and signs in as {user.username}.")
    if link is not None:
        _print_link(config, link)


@app.command("list")
def listed(
    query: Annotated[str, typer.Argument(help="Part of a name, address or skill.")] = "",
    role: Annotated[Role | None, typer.Option(help=", ".join(get_args(Role)))] = None,
    state: Annotated[UserState | None, typer.Option(help="active, invited or disabled")] = None,
    config_file: ConfigFile = None,
) -> None:
    """List people."""
    config = configuration(config_file)
    zone = ZoneInfo(config.general.time_zone)

    async def work(opened: Opened) -> Table:
        document = (await opened.configuration.store.current()).document
        invitations, now = await opened.invitations.latest(), datetime.now(zone).timestamp()
        two_steps = await opened.second_steps.everybody()
        table = Table("user", "name", "role", "state", "last sign-in", "agent", "remarks")
        for user in found(await opened.users.all(), document, Asked(query, role, state)):
            shown = view(user, document, invitations.get(user.user_id), now)
            last = "never" if user.last_sign_in_at is None else _moment(user.last_sign_in_at, zone)
            remarks = [_PROBLEMS[shown.problem]] if shown.problem else []
            remarks += ["two-step verification"] if user.user_id in two_steps else []
            remarks += ["demo: public password"] if user.demo else []
            remarks += [user.disabled_reason] if user.disabled_reason else []
            table.add_row(user.username, user.name, user.role, user.state, last, user.agent_id or "", "; ".join(remarks))
        return table

    show(_run(config, work))


@app.command("set-password")
def set_password(
    who: Who,
    keep: Annotated[bool, typer.Option("--keep", help="The person's own: no change at the next sign-in.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Set a password, asked for on the terminal or read from standard input. The person is signed out everywhere."""
    config, password = configuration(config_file), _new_password()

    async def work(opened: Opened) -> User:
        user = await _known(opened, who)
        opened.people.check_password(password, user.username, user.name, user.email)
        changed = await opened.accounts.change_password(user.user_id, password, BY, must_change=not keep)
        return _there(changed, who)

    user = _run(config, work)
    console.print(f"{user.name} has a new password" + ("." if keep else ", to be changed at the next sign-in."))


@app.command("role")
def role_(
    who: Who, role: Annotated[Role, typer.Argument(help=", ".join(get_args(Role)))], config_file: ConfigFile = None
) -> None:
    """Change a person's role. They are signed out everywhere."""

    async def work(opened: Opened) -> User:
        return _there(await opened.accounts.change_role((await _known(opened, who)).user_id, role, BY), who)

    user = _run(configuration(config_file), work)
    console.print(f"{user.name} is {role} now.")


@app.command("queues")
def queues_(
    who: Who,
    only: Annotated[list[str] | None, typer.Option(help="billing; may be repeated. None: every queue.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Let a supervisor, reviewer or planner see and act on certain queues only. They are signed out everywhere."""

    async def work(opened: Opened) -> User:
        user, chosen = await _known(opened, who), await _queues(opened, only or [])
        return _there(await opened.accounts.change(user.user_id, BY, "change_queues", {"only_queues": chosen}), who)

    user = _run(configuration(config_file), work)
    console.print(f"{user.name} sees {', '.join(user.only_queues) if user.only_queues else 'every queue'} now.")


@app.command("disable")
def disable(who: Who, reason: Annotated[str, typer.Option(help="Why.")] = "", config_file: ConfigFile = None) -> None:
    """Disable a person: signed out everywhere, and no sign-in until enabled. A conversation in hand continues."""

    async def work(opened: Opened) -> User:
        return _there(await opened.people.disable((await _known(opened, who)).user_id, BY, reason), who)

    console.print(f"{_run(configuration(config_file), work).name} is disabled.")


@app.command("enable")
def enable(who: Who, config_file: ConfigFile = None) -> None:
    """Enable a disabled person again."""

    async def work(opened: Opened) -> User:
        return _there(await opened.accounts.enable((await _known(opened, who)).user_id, BY), who)

    console.print(f"{_run(configuration(config_file), work).name} is enabled.")


@app.command("reset-second-step")
def reset_second_step(who: Who, config_file: ConfigFile = None) -> None:
    """Ask somebody for no code any more, who has lost authenticator app and recovery codes. The password stays."""

    async def work(opened: Opened) -> tuple[User, bool]:
        user = await _known(opened, who)
        return user, await turn_off(opened.second_steps, opened.accounts, user.user_id, BY, "reset_second_step")

    user, was_on = _run(configuration(config_file), work)
    console.print(f"{user.name} is asked for no code any more." if was_on else f"{user.name} signs in with a password alone.")


@app.command("invite")
def invite(who: Who, config_file: ConfigFile = None) -> None:
    """Print a new link to choose a password; earlier ones no longer work."""
    config = configuration(config_file)

    async def work(opened: Opened) -> Link:
        user = await _known(opened, who)
        if not user.active:
            fail(f"{user.name} is disabled; `patchbay user enable {user.username}` first.")
        return await opened.people.invite(user.user_id, BY)

    _print_link(config, _run(config, work))


@app.command("first-link")
def first_link(config_file: ConfigFile = None) -> None:
    """Print a link with which the first administrator chooses a name and a password; only while there is none."""
    config = configuration(config_file)

    async def work(opened: Opened) -> Link | None:
        return await opened.people.first_link()

    link = _run(config, work)
    if link is None:
        fail("There is an administrator already; `patchbay user list --role admin` shows who.")
    _print_link(config, link)


def _print_link(config: Config, link: Link) -> None:
    until = _moment(link.expires_at, ZoneInfo(config.general.time_zone))
    console.print(f"Link to choose a password, good once and until {until}:")
    typer.echo(f"{link.address}{link.path}")
    trust = None if config.acme.directory else opened_first(link.address, config.https_kind)
    if trust is not None:
        console.print(f"A computer that is new to this installation opens {trust} first: it is shown how to trust it.")


def _moment(at: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"


def _new_password() -> str:
    """Never on the command line, where others could read it (ps(1))."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


async def _known(opened: Opened, who: str) -> User:
    name = who.strip().lower()
    users = await opened.users.all()
    return _there(next((user for user in users if name in {user.username, user.email, user.user_id}), None), who)


def _there(user: User | None, who: str) -> User:
    if user is None:
        fail(f"There is nobody called “{who}”; `patchbay user list` shows everybody.", 2)
    return user


async def _queues(opened: Opened, given: list[str]) -> tuple[QueueId, ...] | None:
    known = (await opened.configuration.store.current()).document.queues
    chosen = {name: known_id(name.strip(), known, "queue_") for name in given}
    unknown = next((name for name, queue_id in chosen.items() if queue_id is None), None)
    if unknown is not None:
        fail(f"There is no queue “{unknown}”; there are: {', '.join(sorted(known)) or 'none yet'}.", 2)
    return tuple(sorted({QueueId(queue_id) for queue_id in chosen.values() if queue_id is not None})) or None


async def _skills(opened: Opened, given: list[str]) -> dict[str, int]:
    known = (await opened.configuration.store.current()).document.skills
    levels = {}
    for text in given:
        name, _, level = text.partition("=")
        skill = known_id(name.strip(), known, "skill_")
        if skill is None:
            fail(f"There is no skill “{name}”; there are: {', '.join(sorted(known)) or 'none yet'}.", 2)
        if level.strip() not in set("12345"):
            fail(f"--skill is written billing=2, with a level of 1 to 5, not “{text}”.", 2)
        levels[skill] = int(level)
    return levels


def _run(config: Config, work: Work[T]) -> T:
    async def opened() -> T:
        async with open_people(config) as people:
            return await work(people)

    try:
        return asyncio.run(opened())
    except Unavailable as error:
        fail(str(error))
    except UserRefused as refused:
        fail(_REFUSED[refused.problem])
    except WeakPassword as weak:
        _say_weak(weak)
    except Refused as refused:
        fail(f"The routing does not allow it: {refused}.")


def _say_weak(weak: WeakPassword) -> NoReturn:
    why = {
        "password_too_short": f"A password has at least {weak.shortest} characters.",
        "password_is_name": "A password is not the person's own name or address.",
        "password_is_common": "This password is one that everybody tries first.",
    }
    fail(why[weak.why], 2)
