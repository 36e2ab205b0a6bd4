"""What is wrong with a flow file."""

from __future__ import annotations

from core.problems import Problem, TextRefused

__all__ = ["FlowRefused", "Problem"]


class FlowRefused(TextRefused):
    """A flow file cannot be used; `problems` says why, in the order of the file."""
