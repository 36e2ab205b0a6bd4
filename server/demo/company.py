"""The shape of `company.yaml`, read strictly."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from server.business.document import Document
from server.business.reading import load


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: an unknown key is an error."""


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
    users: tuple[UserPart, ...]
    flow: FlowPart
    numbers: tuple[NumberPart, ...]


def load_company() -> Company:
    return msgspec.yaml.decode((files("server.demo") / "company.yaml").read_bytes(), type=Company)


@cache
def public_password() -> str:
    """Printed for everybody to see: it counts only where the demo is on."""
    return load_company().password


def load_configuration() -> Document:
    return load((files("server.demo") / "configuration.yaml").read_text(encoding="utf-8"), "configuration.yaml")
