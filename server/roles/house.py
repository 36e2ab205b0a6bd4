"""What belongs to the company and not to its calls: sign-ins, what goes out, what was set aside, what needs attention.

Shared by the parts that people see (`desk.py`) and that keep house (`installation.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from server.acd_history import AcdHistory
from server.acme.facts import certificate_facts
from server.acme.service import Certification
from server.dead_letters import DeadLetterOffice
from server.files.opening import shelf_of
from server.https.facts import CertificateFacts
from server.https.tls import ServerTls
from server.processes.outgoing import OutgoingPart
from server.roles.ground import Ground
from server.roles.part import Tasks
from server.storage.redis_sessions import RedisSessions
from server.storage.sql.acd_inputs import SqlAcdInputs
from server.storage.sql.attention import SqlAttention
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.dead_letters import SqlDeadLetters


class House:
    """Owns what these parts share."""

    def __init__(self, ground: Ground) -> None:
        config, clock = ground.config, ground.clock
        self.sessions = RedisSessions(
            config.redis_url,
            config.storage.redis_prefix,
            clock,
            idle_s=config.web.session_hours * 3600,
            longest_s=config.web.session_longest_hours * 3600,
            per_user=config.limits.sessions_per_user,
        )
        self.dead_letters = DeadLetterOffice(ground.letters, SqlDeadLetters(ground.database))
        self.outgoing = OutgoingPart(
            config, database=ground.database, letters=ground.letters, clock=clock, configuration=ground.configuration
        )
        self.attention_log = SqlAttention(ground.database, self.outgoing.tell)
        self.audit = SqlAuditLog(ground.database)
        self.shelf = shelf_of(config)
        keep_days = config.storage.acd_inputs_days
        self.history = AcdHistory(SqlAcdInputs(ground.database), clock, ground.letters, keep_days=keep_days)
        self.tls = ServerTls(config, clock)
        self.certification: Certification | None = None
        """Where an authority outside is asked, and by this process."""

    def certificate(self) -> CertificateFacts | None:
        return certificate_facts(self.tls.certificate_ends_at, self.certification)

    def tasks(self, leads: Callable[[], bool]) -> Tasks:
        """`leads`: whether this process keeps house."""
        return {"dead-letters": self.dead_letters.run(leads)}

    async def close(self) -> None:
        await self.sessions.close()
