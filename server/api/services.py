"""What the routes work with: everything is handed in by the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from acd.leadership.service import AcdService
from core.counting import Counting
from core.ports import Clock
from customers.conversations import Conversations
from customers.filing import FilingDesk
from customers.service import CustomerService
from server.accounts import Accounts
from server.acd_history import AcdHistory
from server.api.apart import Apart
from server.api.connection import ConnectionAdmission
from server.api.opened_legs import OpenedLegs
from server.api.sign_in_limits import SignInLimits
from server.api.strangers import Strangers
from server.business.flows import Flows
from server.business.numbers import Numbers
from server.business.service import Configuration
from server.config import Config
from server.dead_letters import DeadLetterOffice
from server.files.shelf import Shelf
from server.fleet import Fleet
from server.https.tls import ServerTls
from server.live.guarded import GuardedAcd
from server.live.hub import LiveHub
from server.live.open_views import OpenViews
from server.oidc.people import ProviderPeople
from server.oidc.provider import Provider
from server.outbox.service import OutboxService
from server.outbox.vault import Vault
from server.people.service import People
from server.roles.processes import Processes
from server.second_step.service import SecondSteps
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters
from server.storage.redis_limits import RedisLimits
from server.storage.redis_sessions import RedisSessions
from server.storage.redis_state import RedisStateStore
from server.storage.sql.acd_records import SqlAcdRecords
from server.storage.sql.archive import SqlArchive
from server.storage.sql.attention import SqlAttention
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.calls import SqlCalls
from server.storage.sql.counted_work import SqlCountedWork
from server.storage.sql.invitations import SqlInvitations
from server.storage.sql.notifications import SqlNotifications
from server.storage.sql.settings import SqlSettings
from server.storage.sql.unassigned import SqlUnassignedCalls
from server.storage.sql.users import SqlUsers


@dataclass(frozen=True)
class Services:
    config: Config
    clock: Clock
    bus: RedisBus
    store: RedisStateStore
    accounts: Accounts
    people: People
    second_steps: SecondSteps
    provider: Provider | None
    """None: nobody signs in with one."""
    provider_people: ProviderPeople
    vault: Vault
    sessions: RedisSessions
    invitations: SqlInvitations
    limits: RedisLimits
    sign_ins: SignInLimits
    open_views: OpenViews
    legs: OpenedLegs
    strangers: Strangers
    admission: ConnectionAdmission
    tls: ServerTls
    users: SqlUsers
    archive: SqlArchive
    calls_table: SqlCalls
    audit: SqlAuditLog
    settings: SqlSettings
    configuration: Configuration
    numbers: Numbers
    flows: Flows
    unassigned: SqlUnassignedCalls
    customers: CustomerService
    conversations: Conversations
    filing: FilingDesk
    acd: AcdService
    records: SqlAcdRecords
    counting: Counting
    """All that is counted of the past, with what goes on."""
    counted_work: SqlCountedWork
    history: AcdHistory
    fleet: Fleet
    processes: Processes
    """What all processes of this installation say of themselves."""
    caught_up: Callable[[], bool]
    """Whether this process has read everything of the past."""
    live: LiveHub
    views: GuardedAcd
    letters: RedisDeadLetters
    dead_letters: DeadLetterOffice
    attention_log: SqlAttention
    notifications: SqlNotifications
    outbox: OutboxService
    shelf: Shelf
    importing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One import at a time."""
    apart: Apart = field(default_factory=Apart)
