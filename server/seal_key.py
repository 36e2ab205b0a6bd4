"""Who holds the private key of the digits that people press (`core/sealing.py`): memory, and nothing else.

The supervisor makes it and hands it to each control server it starts, so that one that comes back opens what was pressed while
it was away. Control servers that are started by themselves are given it by whoever starts them, the same one to all of an
installation, or each makes its own, and a caller who was typing while it restarted is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from core.sealing import Opener

VARIABLE = "PATCHBAY_SEAL_KEY"


def with_seal_key(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with a key in it: the one that was given, or a new one."""
    return {VARIABLE: Opener.new().to_text(), **environment}


def without_seal_key(environment: Mapping[str, str]) -> dict[str, str]:
    """For processes that have nothing to open."""
    return {name: value for name, value in environment.items() if name != VARIABLE}


def digits_opener(environment: MutableMapping[str, str]) -> Opener:
    """Takes the key out of the environment, so that no child inherits it. Raises ValueError when what was given is no key."""
    given = environment.pop(VARIABLE, "")
    return Opener.from_text(given) if given else Opener.new()
