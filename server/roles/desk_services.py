"""What the routes of a desk work with, put together."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from customers.conversations import Conversations
from customers.filing import FilingDesk
from server.accounts import Accounts
from server.api.apart import Apart
from server.api.connection import ConnectionAdmission
from server.api.opened_legs import OpenedLegs
from server.api.services import Services
from server.api.sign_in_limits import SignInLimits
from server.api.strangers import Strangers
from server.business.flows import Flows, Surrounded
from server.business.numbers import Numbers
from server.live.hub import LiveHub
from server.live.open_views import OpenViews
from server.oidc.people import ProviderPeople
from server.oidc.provider import Provider
from server.people.opening import people_of
from server.roles.ground import Ground
from server.roles.house import House
from server.roles.part import CaughtUp
from server.roles.processes import Processes
from server.roles.queues import QueuesPart
from server.second_step.service import SecondSteps
from server.storage.redis_limits import RedisLimits
from server.storage.sql.acd_records import SqlAcdRecords
from server.storage.sql.archive import SqlArchive
from server.storage.sql.calls import SqlCalls
from server.storage.sql.counted_work import SqlCountedWork
from server.storage.sql.counting import SqlCounting
from server.storage.sql.filing import SqlFiling
from server.storage.sql.history import SqlHistory
from server.storage.sql.invitations import SqlInvitations
from server.storage.sql.messages import SqlMessages
from server.storage.sql.second_steps import SqlSecondSteps
from server.storage.sql.settings import SqlSettings
from server.storage.sql.users import SqlUsers
from server.surroundings import look_around


class Seats(NamedTuple):
    """What a desk itself owns."""

    accounts: Accounts
    open_views: OpenViews
    legs: OpenedLegs
    strangers: Strangers
    limits: RedisLimits
    live: LiveHub


def services_of(
    ground: Ground,
    house: House,
    queues: QueuesPart,
    seats: Seats,
    *,
    processes: Processes,
    caught_up: CaughtUp,
) -> Services:
    config, clock, database = ground.config, ground.clock, ground.database
    limits, accounts = config.limits, seats.accounts
    users = SqlUsers(database)
    people = people_of(config, database, accounts, ground.configuration, clock)
    apart = Apart()
    around = Surrounded(partial(look_around, config), partial(apart.run, admitted=True))
    return Services(
        config=config,
        clock=clock,
        bus=ground.bus,
        store=ground.store,
        accounts=accounts,
        people=people,
        second_steps=SecondSteps(SqlSecondSteps(database), house.outgoing.vault, accounts, clock, config.general.name),
        provider=Provider(config.oidc, clock) if config.oidc.issuer else None,
        provider_people=ProviderPeople(users, people, accounts, config.oidc, config.general.language),
        vault=house.outgoing.vault,
        sessions=house.sessions,
        invitations=SqlInvitations(database),
        limits=seats.limits,
        sign_ins=SignInLimits(seats.limits, limits),
        open_views=seats.open_views,
        legs=seats.legs,
        strangers=seats.strangers,
        tls=house.tls,
        admission=ConnectionAdmission(limits.connections_per_network, limits.request_within_s, config.web.trusted_proxies),
        users=users,
        archive=SqlArchive(database),
        calls_table=SqlCalls(database),
        audit=house.audit,
        settings=SqlSettings(database),
        configuration=ground.configuration,
        numbers=Numbers(ground.plan, ground.flow_table, ground.flow_source, [trunk.name for trunk in config.trunks]),
        flows=Flows(ground.flow_table, ground.rules, around, ground.bus, clock),
        apart=apart,
        unassigned=ground.unassigned,
        customers=ground.customers,
        conversations=Conversations(SqlHistory(database), SqlMessages(database)),
        filing=FilingDesk(SqlFiling(database), ground.bus, clock),
        acd=queues.acd,
        records=SqlAcdRecords(database),
        counting=SqlCounting(database, limits.report_timeout_s, queues.acd.open_records),
        counted_work=SqlCountedWork(database, limits.report_timeout_s, queues.acd.open_records),
        history=house.history,
        fleet=ground.fleet,
        processes=processes,
        caught_up=caught_up,
        live=seats.live,
        views=queues.views,
        letters=ground.letters,
        dead_letters=house.dead_letters,
        attention_log=house.attention_log,
        notifications=house.outgoing.notifications,
        outbox=house.outgoing.outbox,
        shelf=house.shelf,
    )
