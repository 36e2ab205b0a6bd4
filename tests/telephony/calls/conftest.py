from __future__ import annotations

import pytest

from tests.telephony.calls.installation import Installation


@pytest.fixture
def talking() -> Installation:
    installation = Installation()
    installation.agent_is_up()
    installation.caller_rings()
    installation.number_is_known()
    installation.is_answered()
    installation.waits()
    installation.agent_accepts()
    return installation
