"""How it stands with the certificate that browsers know, for «Needs attention»."""

from __future__ import annotations

from server.acme.service import Certification
from server.https.facts import CertificateFacts


def certificate_facts(given_ends_at: float | None, certification: Certification | None) -> CertificateFacts | None:
    """None: neither was one given, nor is an authority outside asked."""
    if certification is not None:
        issued, standing = certification.issued, certification.standing
        return CertificateFacts(
            ends_at=issued.ends_at if issued is not None else None,
            life_s=issued.life_s if issued is not None else 0.0,
            problem=standing.problem,
            failing_since=standing.failing_since,
            next_try_at=standing.next_try_at,
        )
    return None if given_ends_at is None else CertificateFacts(ends_at=given_ends_at)
