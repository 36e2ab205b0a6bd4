"""Inputs that change nothing: who asked is told why, and they are counted."""

from __future__ import annotations


class Refused(Exception):
    """The input does not fit what is: unknown, late, or asked by the wrong one. Nothing has changed."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        """A stable name to count by: ``unknown_work``, ``offer_over``."""
        self.reason = reason
        """A sentence for people."""


class Repeated(Refused):
    """What was asked is already so, as after a message delivered twice: answered with yes, and nothing has changed."""

    def __init__(self, reason: str) -> None:
        super().__init__("repeated", reason)
