"""Queues, skills and agents in SQL, and the configuration that the ACD is given."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from core.commands import ConfigureAcd
from core.ids import AgentId, QueueId, SkillId
from core.model import AgentConfig, AgentSkill, QueueConfig, SkillRequirement, Strategy
from server.storage.sql.database import Database
from server.storage.sql.schema import AgentRow, AgentSkillRow, QueueRequirementRow, QueueRow, SkillRow
from server.storage.sql.statements import insert_new, upsert


class SqlAcdConfig:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> ConfigureAcd:
        """All queues and active agents, as one snapshot."""
        return await self._database.read(lambda connection: ConfigureAcd(queues=_queues(connection), agents=_agents(connection)))

    async def save_skill(self, skill_id: SkillId, name: str) -> None:
        await self._database.write(lambda connection: upsert(connection, SkillRow, {"skill_id": skill_id, "name": name}))

    async def save_queue(self, queue: QueueConfig) -> None:
        row = {
            "queue_id": queue.queue_id,
            "name": queue.name,
            "strategy": str(queue.strategy),
            "ring_timeout_s": queue.ring_timeout_s,
            "wrap_up_limit_s": queue.wrap_up_limit_s,
            "max_wait_s": queue.max_wait_s,
            "priority": queue.priority,
            "ageing_per_minute": queue.ageing_per_minute,
            "service_level_s": queue.service_level_s,
            "short_abandon_s": queue.short_abandon_s,
        }
        needs = [{"queue_id": queue.queue_id, "skill_id": need.skill, "level": need.level} for need in queue.requirements]

        def work(connection: Connection) -> None:
            upsert(connection, QueueRow, row)
            connection.execute(delete(QueueRequirementRow).where(QueueRequirementRow.queue_id == queue.queue_id))
            insert_new(connection, QueueRequirementRow, needs)

        await self._database.write(work)

    async def save_agent(self, agent: AgentConfig) -> None:
        row = {
            "agent_id": agent.agent_id,
            "name": agent.name,
            "queues": list(agent.queues),
            "capacity": agent.capacity,
            "active": True,
        }
        skills = [{"agent_id": agent.agent_id, "skill_id": can.skill, "level": can.level} for can in agent.skills]

        def work(connection: Connection) -> None:
            upsert(connection, AgentRow, row)
            connection.execute(delete(AgentSkillRow).where(AgentSkillRow.agent_id == agent.agent_id))
            insert_new(connection, AgentSkillRow, skills)

        await self._database.write(work)


def _queues(connection: Connection) -> tuple[QueueConfig, ...]:
    needs: dict[str, list[SkillRequirement]] = {}
    for row in connection.execute(select(*QueueRequirementRow.__table__.c).order_by(QueueRequirementRow.skill_id)):
        needs.setdefault(row.queue_id, []).append(SkillRequirement(skill=SkillId(row.skill_id), level=row.level))
    found = connection.execute(select(*QueueRow.__table__.c).order_by(QueueRow.queue_id))
    return tuple(_queue(row, tuple(needs.get(row.queue_id, ()))) for row in found)


def _queue(row: Any, requirements: tuple[SkillRequirement, ...]) -> QueueConfig:
    return QueueConfig(
        queue_id=QueueId(row.queue_id),
        name=row.name,
        requirements=requirements,
        strategy=Strategy(row.strategy),
        ring_timeout_s=row.ring_timeout_s,
        wrap_up_limit_s=row.wrap_up_limit_s,
        max_wait_s=row.max_wait_s,
        priority=row.priority,
        ageing_per_minute=row.ageing_per_minute,
        service_level_s=row.service_level_s,
        short_abandon_s=row.short_abandon_s,
    )


def _agents(connection: Connection) -> tuple[AgentConfig, ...]:
    skills: dict[str, list[AgentSkill]] = {}
    for row in connection.execute(select(*AgentSkillRow.__table__.c).order_by(AgentSkillRow.skill_id)):
        skills.setdefault(row.agent_id, []).append(AgentSkill(skill=SkillId(row.skill_id), level=row.level))
    found = connection.execute(select(*AgentRow.__table__.c).where(AgentRow.active).order_by(AgentRow.agent_id))
    return tuple(
        AgentConfig(
            agent_id=AgentId(row.agent_id),
            name=row.name,
            skills=tuple(skills.get(row.agent_id, ())),
            queues=tuple(QueueId(queue) for queue in row.queues),
            capacity={**AgentConfig(agent_id=AgentId(row.agent_id), name=row.name).capacity, **row.capacity},
        )
        for row in found
    )
