"""The control process: API, call control, IVR, ACD, customers and the live view around one reader of the event stream.

It holds nothing that a restart would lose: state is in Redis and SQL, sound is in the nodes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import msgspec
import structlog

from acd.leadership.service import AcdService
from asr.catch_up import CatchUp
from asr.placement import Speech
from core.dead_letters import Stage, letter_of_thing
from core.ports import Clock, Unavailable
from customers.callable_numbers import why_not
from customers.conversations import Conversations
from customers.filing import FilingDesk
from customers.service import CustomerService
from ivr.runner import FlowRunner
from ivr.sounds import HOLD_MUSIC, RINGING_TONE
from ivr.speech.speaker import default_speaker
from server.accounts import Accounts
from server.acd_history import AcdHistory
from server.acd_records import AcdRecords
from server.acme.challenges import Challenges
from server.acme.facts import certificate_facts
from server.acme.service import Certification
from server.agents_without_session import AgentsWithoutSession
from server.api.apart import Apart
from server.api.connection import ConnectionAdmission
from server.api.opened_legs import OpenedLegs
from server.api.services import Services
from server.api.settings import KEY as SETTINGS
from server.api.sign_in_limits import SignInLimits
from server.api.strangers import Strangers
from server.api.widget import take_up
from server.business.flows import Flows, Surrounded
from server.business.needs import FlowNeeds
from server.business.numbers import Numbers
from server.business.service import Configuration
from server.calls_in_flows import calls_in_flows
from server.clock import clock_of
from server.config import Config
from server.dead_letters import DeadLetterOffice
from server.demo.seed import seed_demo
from server.digits import Digits
from server.dispatcher import Dispatcher, Handler
from server.files.opening import shelf_of
from server.fleet import Fleet
from server.fleet_watch import FleetWatch
from server.https.tls import ServerTls
from server.live.after_acd import AfterAcd
from server.live.guarded import Guard, GuardedAcd
from server.live.hub import LiveHub
from server.live.open_views import OpenViews
from server.live.view import LiveView
from server.oidc.people import ProviderPeople
from server.oidc.provider import Provider
from server.people.opening import people_of
from server.processes.attention import Attention
from server.processes.candidate import candidate
from server.processes.garbage import set_loaded_aside
from server.processes.lifetime import on_signals
from server.processes.outgoing import OutgoingPart
from server.processes.watchdog import watched_loop
from server.processes.web import STOP_WITHIN_S, Door, web_server
from server.processes.welcome import welcome_when_ready
from server.promises import Promises
from server.schemas import Settings
from server.seal_key import digits_opener
from server.search_index import SearchIndex
from server.second_step.service import SecondSteps
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters
from server.storage.redis_limits import RedisLimits
from server.storage.redis_sessions import RedisSessions
from server.storage.redis_state import RedisStateStore
from server.storage.sql.acd_inputs import SqlAcdInputs
from server.storage.sql.acd_records import SqlAcdRecords
from server.storage.sql.archive import SqlArchive
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.callback_book import SqlCallbackBook
from server.storage.sql.calls import SqlCalls
from server.storage.sql.configuration import SqlConfiguration
from server.storage.sql.counted_work import SqlCountedWork
from server.storage.sql.counting import SqlCounting
from server.storage.sql.customers import SqlCustomers
from server.storage.sql.database import Database
from server.storage.sql.dead_letters import SqlDeadLetters
from server.storage.sql.filing import SqlFiling
from server.storage.sql.flow_source import SqlFlowSource
from server.storage.sql.flows import SqlFlows
from server.storage.sql.follow_ups import SqlFollowUps
from server.storage.sql.history import SqlHistory
from server.storage.sql.invitations import SqlInvitations
from server.storage.sql.messages import SqlMessages
from server.storage.sql.migrate import upgrade
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.search.reader import SqlSearch
from server.storage.sql.second_steps import SqlSecondSteps
from server.storage.sql.settings import SqlSettings
from server.storage.sql.unassigned import SqlUnassignedCalls
from server.storage.sql.users import SqlUsers
from server.surroundings import look_around
from server.unassigned import Unassigned
from server.waiting_calls import WaitingCalls
from telephony.calls.control import CallControl
from telephony.calls.service import CallService

log = structlog.get_logger(__name__)


class Control:
    """Owns everything of the control process. `run` serves until it is asked to stop."""

    def __init__(self, config: Config, clock: Clock | None = None, welcome: TextIO | None = None) -> None:
        """`welcome`: where to say how it is reached. A test gives a clock of its own."""
        self._config = config
        self._welcome = welcome
        self._clock = clock if clock is not None else clock_of(config.data_dir)
        self._zone = ZoneInfo(config.general.time_zone)
        self._stopping = asyncio.Event()
        self._open_stores(config, self._clock)
        self._make_calls(config, self._clock, Digits(digits_opener(os.environ)))
        self._make_acd(config, self._clock)
        self._make_screens(config, self._clock)
        self._dispatcher = Dispatcher(self._bus, self._store, self._clock, self._handlers(config, self._clock), self._letters)

    def _open_stores(self, config: Config, clock: Clock) -> None:
        """What Redis and the database keep. Nothing is connected yet."""
        url, prefix = config.redis_url, config.storage.redis_prefix
        self._letters = RedisDeadLetters(url, prefix)
        self._bus = RedisBus(url, clock, prefix, self._letters)
        self._store = RedisStateStore(url, prefix, self._letters, clock)
        self._sessions = RedisSessions(
            url,
            prefix,
            clock,
            idle_s=config.web.session_hours * 3600,
            longest_s=config.web.session_longest_hours * 3600,
            per_user=config.limits.sessions_per_user,
        )
        self._limits = RedisLimits(url, prefix, clock)
        self._tls = ServerTls(config, clock)
        self._certification: Certification | None = None
        self._database = Database(config.database_url, config.storage.database_within_s)
        self._shelf = shelf_of(config)
        self._dead_letters = DeadLetterOffice(self._letters, SqlDeadLetters(self._database))
        self._records = SqlAcdRecords(self._database)
        self._audit = SqlAuditLog(self._database)
        self._lease, self._ledger = candidate(config, "control")

    def _make_calls(self, config: Config, clock: Clock, digits: Digits) -> None:
        """Numbers, nodes, recognizers, calls, flows, and who calls."""
        region = config.general.country
        self._plan = SqlNumberPlan(self._database, region, {trunk.name: trunk.country for trunk in config.trunks})
        self._flow_source, flows = SqlFlowSource(self._database), SqlFlows(self._database)
        self._numbers = Numbers(self._plan, flows, self._flow_source, [trunk.name for trunk in config.trunks])
        self._fleet = Fleet()
        self._watch = FleetWatch(self._fleet, self._bus, self._bus, clock, digits)
        self._speech = Speech(self._bus, self._store, self._fleet, clock)
        rules = SqlConfiguration(self._database)
        self._configuration = Configuration(rules, self._bus, clock, FlowNeeds(flows), self._letters)
        self._apart = Apart()
        around = Surrounded(partial(look_around, config), partial(self._apart.run, admitted=True))
        self._flows = Flows(flows, rules, around, self._bus, clock)
        keeping = config.storage
        self._unassigned = SqlUnassignedCalls(self._database, days=keeping.unassigned_calls_days, kept=keeping.unassigned_calls)
        self._call_control = CallControl(HOLD_MUSIC, RINGING_TONE, pass_digit_on=digits.pass_on)
        self._speaker = default_speaker(config.data_dir)
        self._customers = CustomerService(
            people=SqlCustomers(self._database),
            history=SqlHistory(self._database),
            calls=SqlCalls(self._database),
            follow_ups=SqlFollowUps(self._database),
            bus=self._bus,
            clock=clock,
            search=SqlSearch(self._database),
            zone=self._zone,
            region=region,
            regions=[trunk.country for trunk in config.trunks],
            search_timeout_s=config.limits.search_timeout_s,
        )
        self._book = SqlCallbackBook(self._database, region, rules=lambda: self._configuration.document.callbacks, now=clock.now)
        self._calls = CallService(
            bus=self._bus,
            store=self._store,
            numbers=self._plan,
            callbacks=self._book,
            transcribing=self._speech,
            clock=clock,
            control=self._call_control,
        )
        self._ivr = FlowRunner(
            bus=self._bus,
            flows=self._flow_source,
            speaker=self._speaker,
            listening=self._speech,
            store=self._store,
            clock=clock,
            data_dir=config.data_dir,
            open_digit=digits.open,
            wideband=config.media.clock_rate_hz == 16000,
            can_call_back=self._can_call_back,
        )
        self._late_texts = CatchUp(self._bus, self._store)

    def _make_acd(self, config: Config, clock: Clock) -> None:
        self._history = AcdHistory(SqlAcdInputs(self._database), clock, self._letters, keep_days=config.storage.acd_inputs_days)
        self._acd = AcdService(
            self._bus, self._lease, self._ledger, clock, zone=self._zone, recorder=self._history, letters=self._letters
        )
        self._promises = Promises(self._book, self._acd, self._bus, clock, self._configuration.put_in_force)
        self._waiting_calls = WaitingCalls(self._ivr, self._acd, self._bus, clock)

    def _make_screens(self, config: Config, clock: Clock) -> None:
        """The live view, and who may look at it."""
        guard = Guard(clock.now)
        self._views = GuardedAcd(self._acd, guard)
        self._live = LiveHub(
            LiveView(self._views, guard),
            self._customers,
            self._fleet,
            self._bus,
            clock,
            letters=self._letters,
            unreachable_after_s=config.acd.unreachable_after_s,
        )
        self._outgoing = OutgoingPart(
            config, database=self._database, letters=self._letters, clock=clock, configuration=self._configuration
        )
        self._attention = Attention(
            config,
            database=self._database,
            state=self._store,
            bus=self._bus,
            clock=clock,
            queues=self._views,
            fleet=self._fleet,
            letters=self._dead_letters,
            aside=self._letters,
            configuration=self._configuration,
            behind_s=lambda: max(self._acd.lag_s, *self._dispatcher.lag_s().values()),
            tell=self._outgoing.tell,
            certificate=lambda: certificate_facts(self._tls.certificate_ends_at, self._certification),
        )
        users, demo = SqlUsers(self._database), config.general.demo
        self._accounts = Accounts(users, self._sessions, self._bus, self._audit, clock, demo=demo)
        second_steps = SqlSecondSteps(self._database)
        self._second_steps = SecondSteps(second_steps, self._outgoing.vault, self._accounts, clock, config.general.name)
        self._open_views = OpenViews(config.limits.live_connections, config.limits.live_connections_per_session)
        self._legs = OpenedLegs(self._sessions, self._bus, self._store)
        self._strangers = Strangers(lambda: self._call_control.calls)

    def _handlers(self, config: Config, clock: Clock) -> dict[str, Handler]:
        """Who is given the events, by the name that metrics and dead letters use."""
        return {
            "fleet": self._watch,
            "speech": self._speech,
            "customers": self._customers,
            "calls": self._calls,
            "ivr": self._ivr,
            "late_texts": self._late_texts,
            "live": AfterAcd(self._acd, self._live),
            "attention": self._attention.service,
            "sessions": self._open_views,
            "opened_legs": self._legs,
            "strangers": self._strangers,
            "unassigned": Unassigned(self._unassigned),
            "agents_without_session": AgentsWithoutSession(self._sessions, self._call_control, self._bus),
            "acd_records": AcdRecords(self._records, clock, keep_days=config.storage.acd_records_days),
        }

    async def run(self) -> None:
        """Raises `Unavailable` when Redis or the database is away at the start: the supervisor tries again."""
        on_signals(self.stop)
        async with AsyncExitStack() as stack:
            shared = (self._database, self._sessions, self._limits, self._store, self._bus, self._letters, self._speaker)
            for opened in (*shared, self._lease, self._ledger, self._attention):
                stack.push_async_callback(opened.close)
            await self._prepare_database()
            await self._speech.start_up()
            await self._late_texts.start_up()
            await self._start_services(stack)
            await self._serve()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    async def _prepare_database(self) -> None:
        await upgrade(self._config.database_url)
        if self._config.general.demo:
            region = self._config.general.country
            await seed_demo(self._database, now=self._clock.now(), zone=self._zone, region=region)

    async def _start_services(self, stack: AsyncExitStack) -> None:
        """Each takes back its state before any event reaches it; they stop the other way round."""
        stack.push_async_callback(self._history.stop)
        await self._acd.start()
        stack.push_async_callback(self._acd.stop)
        refusal = await self._configuration.put_in_force()
        if refusal:
            log.error("queues and agents were refused", reason=refusal)
        await self._calls.start()
        stack.push_async_callback(self._calls.stop)
        control = self._call_control
        await self._legs.start()
        nodes = {call.node_id for call in control.calls.values()} | {leg.node_id for leg in control.agent_legs.values()}
        self._watch.expect(nodes | self._legs.node_ids, self._speech.worker_ids)
        await self._ivr.start(calls_in_flows(self._call_control.calls.values()))
        stack.push_async_callback(self._ivr.stop)
        await self._set_up_screens()
        names: dict[str, str] = {user.user_id: user.name for user in await SqlUsers(self._database).all()}
        await self._accounts.end_outdated()
        self._live.restore_attention(*await self._attention.start())
        await self._live.start(control.calls, self._views.work_items(), control.agent_legs, names)
        set_loaded_aside()

    async def _set_up_screens(self) -> None:
        """What the company has set; settings that cannot be read leave screens with the usual ones."""
        stored = await SqlSettings(self._database).get(SETTINGS)
        try:
            settings = Settings() if stored is None else msgspec.convert(stored, Settings)
        except msgspec.ValidationError as error:
            letter = letter_of_thing(
                Stage.START, "settings", "settings", ids={"key": SETTINGS}, error=error, at=self._clock.now()
            )
            await self._letters.set_aside(letter)
            return
        self._live.set_up(settings)

    async def _serve(self) -> None:
        services = self._services()
        await take_up(services)
        self._tls.start()
        challenges = Challenges()
        web = web_server(services, self._config, challenges)
        door = Door(services, self._config, challenges)
        serving = asyncio.create_task(web.serve(), name="web")
        tasks = [
            asyncio.create_task(self._dispatcher.run("0"), name="dispatcher"),
            asyncio.create_task(self._watch.run(lambda: self._dispatcher.caught_up), name="fleet-watch"),
            asyncio.create_task(self._live.run(), name="live"),
            asyncio.create_task(self._calls.run(), name="calls"),
            asyncio.create_task(self._outgoing.outbox.run(), name="outbox"),
            *(
                asyncio.create_task(task, name=name)
                for name, task in self._attention.tasks(lambda: self._dispatcher.caught_up).items()
            ),
            asyncio.create_task(self._history.run(), name="acd-history"),
            asyncio.create_task(self._acd.run(), name="acd"),
            asyncio.create_task(self._configuration.run(), name="configuration"),
            asyncio.create_task(self._dead_letters.run(), name="dead-letters"),
            asyncio.create_task(self._promises.run(lambda: self._dispatcher.caught_up), name="promises"),
            asyncio.create_task(self._waiting_calls.run(lambda: self._dispatcher.caught_up), name="waiting-calls"),
            asyncio.create_task(self._accounts.run(), name="accounts"),
            asyncio.create_task(self._tls.run(), name="tls"),
            *(asyncio.create_task(task, name=name) for name, task in self._certificate_tasks(door, challenges).items()),
            asyncio.create_task(SearchIndex(self._database).run(), name="search-index"),
            serving,
            asyncio.create_task(self._stopping.wait(), name="stopping"),
        ]
        log.info("control started", port=self._config.web.port)
        async with self._welcoming(services):
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        web.should_exit = True
        await asyncio.wait([serving], timeout=STOP_WITHIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._dispatcher.save()
        except Unavailable as error:
            log.warning("cursor not saved", error=error)
        for task in done:
            task.result()

    @asynccontextmanager
    async def _welcoming(self, services: Services) -> AsyncIterator[None]:
        """Beside the serving, which it neither ends nor outlives."""
        if self._welcome is None:
            yield
            return
        settings = SqlSettings(self._database)
        saying = asyncio.create_task(welcome_when_ready(self._config, services.people, settings, self._welcome), name="welcome")
        try:
            yield
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)

    def _certificate_tasks(self, door: Door, challenges: Challenges) -> dict[str, Coroutine[Any, Any, None]]:
        """Only where an authority outside is named."""
        if not self._config.acme.directory:
            return {}
        self._certification = Certification(self._config, self._clock, challenges, self._tls.take_outside, door.opens)
        return {"acme-door": door.run(), "acme": self._certification.run()}

    def _can_call_back(self, caller: str) -> bool:
        """Whether some trunk takes calls from us, and this number may be called."""
        rules = self._configuration.document.callbacks
        dials = any(trunk.proxy for trunk in self._config.trunks)
        return dials and why_not(caller, self._config.general.country, rules) is None

    def _services(self) -> Services:
        limits = self._config.limits
        people = people_of(self._config, self._database, self._accounts, self._configuration, self._clock)
        return Services(
            config=self._config,
            clock=self._clock,
            bus=self._bus,
            store=self._store,
            accounts=self._accounts,
            people=people,
            second_steps=self._second_steps,
            provider=Provider(self._config.oidc, self._clock) if self._config.oidc.issuer else None,
            provider_people=ProviderPeople(
                SqlUsers(self._database), people, self._accounts, self._config.oidc, self._config.general.language
            ),
            vault=self._outgoing.vault,
            sessions=self._sessions,
            invitations=SqlInvitations(self._database),
            limits=self._limits,
            sign_ins=SignInLimits(self._limits, limits),
            open_views=self._open_views,
            legs=self._legs,
            strangers=self._strangers,
            tls=self._tls,
            admission=ConnectionAdmission(
                limits.connections_per_network, limits.request_within_s, self._config.web.trusted_proxies
            ),
            users=SqlUsers(self._database),
            archive=SqlArchive(self._database),
            calls_table=SqlCalls(self._database),
            audit=self._audit,
            settings=SqlSettings(self._database),
            configuration=self._configuration,
            numbers=self._numbers,
            flows=self._flows,
            apart=self._apart,
            unassigned=self._unassigned,
            runner=self._ivr,
            customers=self._customers,
            conversations=Conversations(SqlHistory(self._database), SqlMessages(self._database)),
            filing=FilingDesk(SqlFiling(self._database), self._bus, self._clock),
            control=self._call_control,
            acd=self._acd,
            records=self._records,
            counting=SqlCounting(self._database, self._config.limits.report_timeout_s, self._acd.open_records),
            counted_work=SqlCountedWork(self._database, self._config.limits.report_timeout_s, self._acd.open_records),
            history=self._history,
            fleet=self._fleet,
            dispatcher=self._dispatcher,
            live=self._live,
            views=self._views,
            letters=self._letters,
            dead_letters=self._dead_letters,
            attention_log=self._attention.log,
            notifications=self._outgoing.notifications,
            outbox=self._outgoing.outbox,
            shelf=self._shelf,
        )


async def run_control(config: Config, welcome: TextIO | None = None) -> None:
    async with watched_loop():
        await Control(config, welcome=welcome).run()
