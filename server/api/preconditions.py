"""`If-Match` (RFC 9110 §13.1.1): a change says on which version it was made, so that nobody overwrites what nobody has shown."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from core.ranges import LARGEST_COUNT
from server.api.errors import ApiError

_TAG = re.compile(r'(?:W/)?"?(\d{1,10})"?')


def version_seen(
    if_match: Annotated[str | None, Header(description="The version that the change was made on, as its ETag said")] = None,
) -> int:
    """428 without one (RFC 6585 §3), 422 for what is no version."""
    if if_match is None:
        raise ApiError(428, "no_version", "Say in If-Match which version the change was made on.")
    found = _TAG.fullmatch(if_match.strip())
    if found is None or int(found[1]) > LARGEST_COUNT:
        raise ApiError(422, "invalid", "If-Match names no version.")
    return int(found[1])


VersionSeen = Annotated[int, Depends(version_seen)]


def tag(version: int) -> dict[str, str]:
    """The header of an answer."""
    return {"ETag": f'"{version}"'}
