"""How the machinery is: for people, for load balancers, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from core.model import Value
from core.ports import Unavailable
from server.addresses import invited_to
from server.api.access import AsSupervisor, Deps, Public, SignedIn
from server.api.answers import answer, answers
from server.api.https_first import host_of
from server.api.own_address import address_for_others
from server.api.services import Services
from server.config.sections import HttpsKind
from server.schemas import System
from server.trunks import TrunkStatus, trunk_states

router = APIRouter(tags=["system"])


class Health(Value, frozen=True, kw_only=True):
    ok: bool
    problems: tuple[str, ...] = ()


@router.get("/system", responses=answers(System))
async def system(_: SignedIn, deps: Deps) -> Response:
    return answer(deps.live.system())


class TrunkList(Value, frozen=True, kw_only=True):
    items: tuple[TrunkStatus, ...]


@router.get("/trunks", responses=answers(TrunkList))
async def trunks(_: AsSupervisor, deps: Deps) -> Response:
    """The trunks of `sip.conf`: whether they answer (`keep_alive_s`), what they said last, how many calls they carry."""
    return answer(TrunkList(items=tuple(trunk_states(deps.config.trunks, tuple(deps.fleet.nodes.values())))))


class InstallationView(Value, frozen=True, kw_only=True):
    """What `sip.conf` says of the company."""

    name: str
    language: str
    """Of people who have not chosen one."""
    country: str
    """Of telephone numbers without a country code (ISO 3166-1)."""
    time_zone: str


@router.get("/installation", responses=answers(InstallationView))
async def installation(_: SignedIn, deps: Deps) -> Response:
    general = deps.config.general
    return answer(
        InstallationView(name=general.name, language=general.language, country=general.country, time_zone=general.time_zone)
    )


@router.get("/health", responses=answers(Health), dependencies=[Public])
async def health() -> Response:
    """The process is alive."""
    return answer(Health(ok=True))


@router.get("/ready", responses=answers(Health), dependencies=[Public])
async def ready(deps: Deps) -> Response:
    """Calls could be taken now; 503 and the reasons otherwise."""
    problems = await _problems(deps)
    return answer(Health(ok=not problems, problems=tuple(problems)), 503 if problems else 200)


class Https(Value, frozen=True, kw_only=True):
    """How this installation speaks HTTPS, for a browser that does not yet."""

    kind: HttpsKind
    fingerprint: str | None
    """SHA-256 of our own authority's certificate, for a person to compare."""
    address: str
    """Where other computers open this installation."""


@router.get("/https", responses=answers(Https), dependencies=[Public])
async def https(request: Request, deps: Deps) -> Response:
    """Asked before anybody is signed in."""
    address = address_for_others(request, deps, invited_to(deps.config))
    kind, fingerprint = deps.tls.kind_of(host_of(request.scope)), deps.tls.authority_fingerprint
    return answer(Https(kind=kind, fingerprint=fingerprint, address=address))


async def _problems(deps: Services) -> list[str]:
    problems = []
    try:
        await deps.bus.ping()
    except Unavailable:
        problems.append("Redis is away")
    try:
        await deps.users.count()
    except Unavailable:
        problems.append("the database is away")
    if not deps.fleet.nodes:
        problems.append("no media node is running")
    if not deps.caught_up():
        problems.append("events of the past are still being read")
    if not deps.processes.has("worker"):
        problems.append("no process that has calls is running")
    if not deps.processes.has("installation"):
        problems.append("no process that knows who can be reached is running")
    if not deps.configuration.settled:
        problems.append("queues and agents are not in force yet")
    return problems
