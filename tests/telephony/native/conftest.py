"""The native ports are tested through a running engine, as nothing else can drive a bridge."""

from tests.telephony.sip.conftest import node

__all__ = ["node"]
