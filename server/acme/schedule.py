"""When a certificate is asked for. Pure.

Invariants: a certificate is renewed when a third of its life is left, however long it lives; after a failure nothing is asked
before the pause is over, across restarts, too, so that an authority's limits on failures (5 an hour at the best known one) are
kept.
"""

from __future__ import annotations

from datetime import UTC

from cryptography import x509

from core.model import Value
from server.acme.problems import AcmeProblem

PAUSES_S = (60.0, 300.0, 1800.0, 7200.0, 21_600.0)
"""After the first failure, the second, …; the last one for all that follow."""
LIMITED_S = 3600.0
"""At least, after an authority said that we ask too often."""
LONGEST_DETAIL = 500


class Issued(Value, frozen=True, kw_only=True):
    """What a certificate says of itself."""

    names: frozenset[str]
    begins_at: float
    ends_at: float

    @property
    def life_s(self) -> float:
        return self.ends_at - self.begins_at


class Standing(Value, frozen=True, kw_only=True):
    """How it stands with one authority and these names; kept beside the certificate."""

    directory: str
    names: tuple[str, ...]
    failures: int = 0
    """In a row."""
    failing_since: float | None = None
    problem: str = ""
    """A `ProblemCode`; empty: the last try went well, or there was none."""
    detail: str = ""
    next_try_at: float = 0.0
    """Not before."""

    def failed(self, problem: AcmeProblem, now: float) -> Standing:
        pause_s = PAUSES_S[min(self.failures, len(PAUSES_S) - 1)]
        return Standing(
            directory=self.directory,
            names=self.names,
            failures=self.failures + 1,
            failing_since=now if self.failing_since is None else self.failing_since,
            problem=problem.code,
            detail=problem.detail[:LONGEST_DETAIL],
            next_try_at=now + (max(pause_s, LIMITED_S) if problem.code == "rate_limited" else pause_s),
        )

    def went_well(self, got: Issued, now: float) -> Standing:
        """One that is due again at once, by this machine's clock, is not ordered again at once."""
        pause_s = min(got.life_s / 3, PAUSES_S[-1])
        return Standing(directory=self.directory, names=self.names, next_try_at=now + pause_s)


def issued(certificate: bytes) -> Issued | None:
    """Of a PEM chain, the leaf first; None: it cannot be read."""
    try:
        leaf = x509.load_pem_x509_certificate(certificate)
        said = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
        begins_at, ends_at = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    return Issued(
        names=frozenset(name.lower() for name in said),
        begins_at=begins_at.astimezone(UTC).timestamp(),
        ends_at=ends_at.astimezone(UTC).timestamp(),
    )


def due_at(has: Issued | None, standing: Standing) -> float:
    """Unix time of the next try; in the past: now."""
    good = has is not None and set(standing.names) <= has.names
    wanted_at = has.ends_at - has.life_s / 3 if has is not None and good else 0.0
    return max(wanted_at, standing.next_try_at)
