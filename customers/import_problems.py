"""What an import could not take, in words and as codes."""

from __future__ import annotations

from typing import Literal

import msgspec

Code = Literal[
    "format", "encoding", "phone", "email", "time", "time_ahead", "order", "reference", "unknown_customer", "several_customers",
    "ticket_number", "control_character",
]  # fmt: skip

Severity = Literal["left_out", "warning"]
"""The whole line was left out, or it was taken without a part."""


class BadValue(ValueError):
    """Why something cannot be imported, in a sentence."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code: Code = code


class ImportProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One line's trouble; a line may have several."""

    line: int
    severity: Severity
    code: Code
    reason: str
    type: str = ""
    id: str = ""
