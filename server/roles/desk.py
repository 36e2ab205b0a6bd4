"""The part that people meet: web pages and API, and the live view of everything that happens."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TextIO

import msgspec
import uvicorn

from core.dead_letters import Stage, letter_of_thing
from server.accounts import Accounts
from server.acme.challenges import Challenges
from server.acme.service import Certification
from server.api.opened_legs import OpenedLegs
from server.api.services import Services
from server.api.settings import KEY as SETTINGS
from server.api.strangers import Strangers
from server.api.widget import take_up
from server.dispatcher import Handler
from server.live.after_acd import AfterAcd
from server.live.attention import CLEARED_SHOWN_S
from server.live.hub import LiveHub
from server.live.news import News
from server.live.open_views import OpenViews
from server.live.view import LiveView
from server.living import saved
from server.presence.reports import DeskReports
from server.processes.candidate import lease
from server.processes.web import STOP_WITHIN_S, Door, web_server
from server.processes.welcome import welcome_when_ready
from server.roles.desk_services import Seats, services_of
from server.roles.ground import Ground
from server.roles.house import House
from server.roles.leading import Leading
from server.roles.part import CaughtUp, Tasks
from server.roles.processes import Processes
from server.roles.queues import QueuesPart
from server.schemas import Settings
from server.storage.redis_limits import RedisLimits
from server.storage.sql.settings import SqlSettings
from server.storage.sql.users import SqlUsers


class DeskPart:
    """Owns the web server and the live view."""

    def __init__(
        self, ground: Ground, house: House, queues: QueuesPart, processes: Processes, welcome: TextIO | None = None
    ) -> None:
        """`welcome`: where to say how it is reached."""
        config, clock = ground.config, ground.clock
        self._ground, self._house, self._queues, self._processes = ground, house, queues, processes
        self._welcome = welcome
        self._reports = DeskReports(ground.bus, clock)
        self._users = SqlUsers(ground.database)
        self._live = LiveHub(
            LiveView(queues.views, queues.guard),
            ground.customers,
            ground.fleet,
            ground.bus,
            clock,
            letters=ground.letters,
            reports=self._reports,
            users=self._users,
        )
        self._accounts = Accounts(self._users, house.sessions, ground.bus, house.audit, clock, demo=config.general.demo)
        self._limits = RedisLimits(config.redis_url, config.storage.redis_prefix, clock)
        self._open_views = OpenViews(config.limits.live_connections, config.limits.live_connections_per_session)
        self._legs = OpenedLegs(house.sessions, ground.bus, ground.store)
        self._strangers = Strangers(lambda: self._live.living.calls, ground.store)
        self._challenges = Challenges()
        self._web: uvicorn.Server | None = None
        self._over = asyncio.Event()
        """No connection is served any more."""

    def services(self) -> dict[str, Handler]:
        return {
            "live": AfterAcd(self._queues.acd, self._live),
            "sessions": self._open_views,
            "opened_legs": self._legs,
            "strangers": self._strangers,
            "screens": News(self._live, self._set_up_screens),
        }

    async def start(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._limits.close)
        ground = self._ground
        await self._legs.start()
        await take_up(ground.store, self._strangers)
        await self._set_up_screens()
        names: dict[str, str] = {user.user_id: user.name for user in await self._users.all()}
        await self._accounts.end_outdated()
        log = self._house.attention_log
        self._live.restore_attention(await log.standing(), await log.cleared(ground.clock.now() - CLEARED_SHOWN_S))
        await self._live.start(await saved(ground.store), self._queues.views.work_items(), names)
        self._house.tls.start()

    def tasks(self, caught_up: CaughtUp) -> Tasks:
        config = self._ground.config
        self._api = self._services(caught_up)
        self._web = web_server(self._api, config, self._challenges)
        door = Door(self._api, config, self._challenges)
        return {
            "live": self._live.run(),
            "presence": self._reports.run(),
            "accounts": self._accounts.run(),
            "tls": self._house.tls.run(),
            **self._certificate_tasks(door),
            **({} if self._welcome is None else {"welcome": self._greet(self._welcome)}),
            "web": self._serve(self._web),
        }

    async def end(self) -> None:
        """Whoever is served now is answered, for as long as that takes a moment."""
        if self._web is not None:
            self._web.should_exit = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), STOP_WITHIN_S)

    async def _serve(self, web: uvicorn.Server) -> None:
        try:
            await web.serve()
        finally:
            self._over.set()

    async def _greet(self, output: TextIO) -> None:
        """Once; beside the serving, which it does not end."""
        people, settings = self._api.people, self._api.settings
        saying = welcome_when_ready(self._ground.config, people, settings, output)
        await asyncio.gather(saying, return_exceptions=True)
        await asyncio.Event().wait()

    async def _set_up_screens(self) -> None:
        """What the company has set; settings that cannot be read leave screens with the usual ones."""
        stored = await SqlSettings(self._ground.database).get(SETTINGS)
        try:
            settings = Settings() if stored is None else msgspec.convert(stored, Settings)
        except msgspec.ValidationError as error:
            now = self._ground.clock.now()
            letter = letter_of_thing(Stage.START, "settings", "settings", ids={"key": SETTINGS}, error=error, at=now)
            await self._ground.letters.set_aside(letter)
            return
        self._live.set_up(settings)

    def _certificate_tasks(self, door: Door) -> Tasks:
        """Only where an authority outside is named; by one desk process at a time."""
        config, ground = self._ground.config, self._ground
        if not config.acme.directory:
            return {}
        one = Leading("acme", lease(config, "acme", "desk"), ground.bus, ground.store, letters=ground.letters, clock=ground.clock)
        return {"acme": one.run(lambda: self._ask_for_certificate(door))}

    def _ask_for_certificate(self, door: Door) -> Tasks:
        config, house = self._ground.config, self._house
        house.certification = Certification(config, self._ground.clock, self._challenges, house.tls.take_outside, door.opens)
        return {"acme-door": door.run(), "acme-renewal": house.certification.run()}

    def _services(self, caught_up: CaughtUp) -> Services:
        return services_of(
            self._ground,
            self._house,
            self._queues,
            Seats(self._accounts, self._open_views, self._legs, self._strangers, self._limits, self._live),
            processes=self._processes,
            caught_up=caught_up,
        )
