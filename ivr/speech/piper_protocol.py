"""What passes between the server and the process that holds a Piper voice: a JSON line each way."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True):
    text: str
    path: str
    """Where the WAV file goes."""


class Reply(msgspec.Struct, frozen=True):
    error: str = ""
    """Empty: the file is there."""
