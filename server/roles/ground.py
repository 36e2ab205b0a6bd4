"""What every part of a process stands on: Redis, the database, the fleet, the rules of the company."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from zoneinfo import ZoneInfo

from core.ports import Clock
from customers.service import CustomerService
from server.business.needs import FlowNeeds
from server.business.service import Configuration
from server.config import Config
from server.demo.seed import seed_demo
from server.digits import Digits
from server.dispatcher import Handler
from server.fleet import Fleet
from server.fleet_watch import FleetWatch
from server.roles.part import CaughtUp, Tasks
from server.seal_key import digits_opener
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters
from server.storage.redis_state import RedisStateStore
from server.storage.redis_steps import RedisSteps
from server.storage.sql.callback_book import SqlCallbackBook
from server.storage.sql.calls import SqlCalls
from server.storage.sql.configuration import SqlConfiguration
from server.storage.sql.customers import SqlCustomers
from server.storage.sql.database import Database
from server.storage.sql.flow_source import SqlFlowSource
from server.storage.sql.flows import SqlFlows
from server.storage.sql.follow_ups import SqlFollowUps
from server.storage.sql.history import SqlHistory
from server.storage.sql.migrate import upgrade
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.search.reader import SqlSearch
from server.storage.sql.unassigned import SqlUnassignedCalls


class Ground:
    """Owns the connections. Nothing is connected before it is used, and what only some roles use is made when asked for."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.zone = ZoneInfo(config.general.time_zone)
        url, prefix = config.redis_url, config.storage.redis_prefix
        self.letters = RedisDeadLetters(url, prefix)
        self.bus = RedisBus(url, clock, prefix, self.letters)
        self.store = RedisStateStore(url, prefix, self.letters, clock)
        self.steps = RedisSteps(url, prefix, clock, self.letters)
        self.database = Database(config.database_url, config.storage.database_within_s)
        self.digits = Digits(digits_opener(os.environ))
        self.fleet = Fleet()
        self.watch = FleetWatch(self.fleet, self.bus, self.bus, clock, self.digits)
        self.flow_table = SqlFlows(self.database)
        self.rules = SqlConfiguration(self.database)
        self.configuration = Configuration(self.rules, self.bus, clock, FlowNeeds(self.flow_table), self.letters)

    @asynccontextmanager
    async def opened(self, *, seeds: bool) -> AsyncIterator[None]:
        """The database is as this release needs it, and has the demo where it is wanted if this process `seeds` it. Raises
        `Unavailable`.
        """
        try:
            await upgrade(self.config.database_url)
            if seeds and self.config.general.demo:
                region = self.config.general.country
                await seed_demo(self.database, now=self.clock.now(), zone=self.zone, region=region)
            yield
        finally:
            for each in (self.letters, self.bus, self.store, self.steps, self.database):
                await each.close()

    def services(self) -> dict[str, Handler]:
        return {"fleet": self.watch}

    def tasks(self, caught_up: CaughtUp, watches: Callable[[], bool]) -> Tasks:
        """`watches`: whether it is for this process to tell of who is lost."""
        return {"fleet-watch": self.watch.run(caught_up, watches)}

    # ── made when first asked for ─────────────────────────────────────────────────────────────────────────────

    @cached_property
    def plan(self) -> SqlNumberPlan:
        countries = {trunk.name: trunk.country for trunk in self.config.trunks}
        return SqlNumberPlan(self.database, self.config.general.country, countries)

    @cached_property
    def flow_source(self) -> SqlFlowSource:
        return SqlFlowSource(self.database)

    @cached_property
    def unassigned(self) -> SqlUnassignedCalls:
        keeping = self.config.storage
        return SqlUnassignedCalls(self.database, days=keeping.unassigned_calls_days, kept=keeping.unassigned_calls)

    @cached_property
    def book(self) -> SqlCallbackBook:
        region, now = self.config.general.country, self.clock.now
        return SqlCallbackBook(self.database, region, rules=lambda: self.configuration.document.callbacks, now=now)

    @cached_property
    def customers(self) -> CustomerService:
        config = self.config
        return CustomerService(
            people=SqlCustomers(self.database),
            history=SqlHistory(self.database),
            calls=SqlCalls(self.database),
            follow_ups=SqlFollowUps(self.database),
            bus=self.bus,
            clock=self.clock,
            search=SqlSearch(self.database),
            zone=self.zone,
            region=config.general.country,
            regions=[trunk.country for trunk in config.trunks],
            search_timeout_s=config.limits.search_timeout_s,
        )
