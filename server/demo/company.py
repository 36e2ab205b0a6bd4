"""The shape of `company.yaml`, read strictly."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

import msgspec

from core.model import Strategy


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: an unknown key is an error."""


class QueuePart(Part, frozen=True, kw_only=True):
    queue_id: str
    name: str
    requirements: dict[str, int]
    strategy: Strategy
    service_level_s: float


class AgentPart(Part, frozen=True, kw_only=True):
    agent_id: str
    name: str
    skills: dict[str, int]


class UserPart(Part, frozen=True, kw_only=True):
    username: str
    name: str
    role: Literal["agent", "supervisor", "admin"]
    agent_id: str | None = None


class FlowPart(Part, frozen=True, kw_only=True):
    flow_id: str
    name: str


class NumberPart(Part, frozen=True, kw_only=True):
    number: str
    label: str


class Company(Part, frozen=True, kw_only=True):
    password: str
    skills: dict[str, str]
    queues: tuple[QueuePart, ...]
    agents: tuple[AgentPart, ...]
    users: tuple[UserPart, ...]
    flow: FlowPart
    numbers: tuple[NumberPart, ...]


def load_company() -> Company:
    return msgspec.yaml.decode((files("server.demo") / "company.yaml").read_bytes(), type=Company)
