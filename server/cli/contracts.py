"""Commands that print what others build against."""

from __future__ import annotations

import json
import sys
from enum import StrEnum

from server.api.app import create_app
from server.live.messages import schema as live_schema


class Schema(StrEnum):
    LIVE = "live"


def schema(name: Schema) -> None:
    """Print the JSON Schema of the live view's messages."""
    _print({Schema.LIVE: live_schema}[name]())


def openapi() -> None:
    """Print the OpenAPI document of the REST interface."""
    _print(create_app(None).openapi())


def _print(document: dict[str, object]) -> None:
    json.dump(document, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
