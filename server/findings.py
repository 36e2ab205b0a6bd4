"""What a check of `patchbay doctor` found."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["ok", "warning", "failed"]


class Finding(msgspec.Struct, frozen=True):
    verdict: Verdict
    part: str
    text: str
    remedy: str = ""
