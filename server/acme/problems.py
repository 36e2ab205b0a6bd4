"""Why no certificate could be had. Codes, and the authority's own words, which only `doctor` shows."""

from __future__ import annotations

from typing import Literal

ProblemCode = Literal["port_closed", "unreachable", "not_validated", "rate_limited", "refused"]
"""`port_closed`: the port on which the authority asks cannot be listened on. `unreachable`: the authority cannot be reached.
`not_validated`: it did not find us under the name. `refused`: everything else that it says."""


class AcmeProblem(Exception):
    def __init__(self, code: ProblemCode, detail: str) -> None:
        super().__init__(code)
        self.code: ProblemCode = code
        self.detail = detail
