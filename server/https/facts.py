"""How it stands with the certificate that browsers know: what a desk process tells of it."""

from __future__ import annotations

from core.model import Value


class CertificateFacts(Value, frozen=True, kw_only=True):
    """The certificate that browsers know."""

    ends_at: float | None
    """None: there is none yet."""
    life_s: float = 0.0
    """From its beginning to its end; 0: somebody else renews it."""
    problem: str = ""
    """Why the last try to renew it failed (`server/acme/problems.py`); empty: it did not."""
    failing_since: float | None = None
    next_try_at: float = 0.0
