"""Who calls, as far as the trunk may be believed: P-Asserted-Identity (RFC 3325), Remote-Party-ID (draft-ietf-sip-privacy-04),
From (RFC 3261 §20.20), Privacy (RFC 3323), Diversion (RFC 5806).

Invariant: only what the trunk's `identity` names is read, in that order, and the first that names somebody counts. A number that
its owner withholds leaves no trace in the result, wherever else it stands in the message; the trunk's own account is nobody.
Pure, and never raises: a field that cannot be read says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.model import CallerFacts
from telephony.engine_settings import IdentityField, Trunk
from telephony.sip.invite import Fields, split_address, user_of
from telephony.sip.text import field

NO_NAMES = frozenset({"anonymous", "unknown", "restricted", "private", "unavailable", "withheld", "id unavailable", "blocked"})
"""User parts and display names that say "no number" (RFC 3323 §4.1.1.3, and what exchanges send in practice)."""
_NAMELESS_TAIL = re.compile(r" (?:caller|number|caller id)$")
_HIDING = frozenset({"id", "user", "header"})
"""Values of Privacy with which the caller is not to be shown (RFC 3323 §4.2, RFC 3325 §9.3; 3GPP TS 24.607 §4.5.2.12)."""
_HIDDEN_IN_RPID = frozenset({"full", "uri"})
_SEPARATORS = re.compile(r"[-.() ]")
"""Visual separators of a telephone number (RFC 3966 §3)."""
_CONTEXT = re.compile(r";phone-context=(\+[0-9]{1,15})(?![0-9])", re.IGNORECASE)
_PASSED = re.compile(r";verstat=TN-Validation-Passed(-[ABC])?(?=[;@>?]|$)", re.IGNORECASE)
"""The carrier has checked the signature over the number (STIR, RFC 8224) and says so in the URI (3GPP TS 24.229 §7.2A.20)."""
_LEVEL_FIELDS = ("attestation-info", "p-attestation-indicator")
_FULL_NUMBER = re.compile(r"[1-9][0-9]{6,14}")
"""A number with its country code, without the plus (E.164: at most 15 digits)."""


class SipCaller(NamedTuple):
    """What a leg's offer says of its caller."""

    number: str
    """As the trunk writes it, with a plus where `numbers` says that one belongs there; empty: nobody, or withheld."""
    name: str
    facts: CallerFacts


class _Claim(NamedTuple):
    """One field's word on who calls."""

    name: str
    uri: str
    withheld: bool = False


def caller_of(fields: Fields, trunk: Trunk) -> SipCaller:
    from_name, from_uri = split_address(next(values_of(fields, "from"), ""))
    privacy = _privacy(fields)
    country = "" if trunk.numbers == "e164" else trunk.country or None
    facts = CallerFacts(country=country, diverted_from=_diverted_from(fields, trunk))
    hidden = SipCaller("", "", CallerFacts(withheld=True, country=country, diverted_from=facts.diverted_from))
    if privacy & _HIDING or (is_anonymous(from_uri) and "none" not in privacy):
        return hidden
    for source in trunk.identity:
        for claim in _CLAIMS[source](fields):
            if claim.withheld or (source != "from" and is_anonymous(claim.uri)):
                return hidden
            number = number_of(claim.uri)
            if not number or is_anonymous(claim.uri) or _is_own(number, trunk):
                continue
            # The network's field seldom has a name; From's is the caller's own word for it, unless From names the trunk.
            said = claim.name or ("" if _is_own(number_of(from_uri), trunk) else from_name)
            attested = source == "pai" and _is_attested(claim.uri, fields)
            return SipCaller(written(number, trunk), shown_name(said), _with_proof(facts, attested))
    return SipCaller("", "", facts)


def _with_proof(facts: CallerFacts, attested: bool) -> CallerFacts:
    return CallerFacts(country=facts.country, diverted_from=facts.diverted_from, attested=attested)


# ── fields ────────────────────────────────────────────────────────────────────────────────────────────────────────


def values_of(fields: Fields, name: str) -> Iterator[str]:
    """Each value of a field that may have several, on one line or on many (RFC 3261 §7.3.1)."""
    for known, value in fields:
        if known == name:
            yield from _split(value)


def _split(value: str) -> Iterator[str]:
    """At commas outside of quotes and angle brackets."""
    start, quoted, bracketed, escaped = 0, False, False, False
    for place, character in enumerate(value):
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = character == "\\", character != '"'
        elif character == '"':
            quoted = True
        elif character in "<>":
            bracketed = character == "<"
        elif character == "," and not bracketed:
            yield value[start:place]
            start = place + 1
    yield value[start:]


def _parameters(value: str) -> dict[str, str]:
    """Those of the field, behind the angle bracket."""
    _, _, tail = value.rpartition(">")
    pairs = (part.partition("=") for part in tail.split(";")[1:])
    return {name.strip().lower(): given.strip().strip('"').lower() for name, _, given in pairs}


def _privacy(fields: Fields) -> set[str]:
    return {part.strip().lower() for value in values_of(fields, "privacy") for part in value.split(";")}


def _asserted(fields: Fields) -> Iterator[_Claim]:
    for value in values_of(fields, "p-asserted-identity"):
        yield _Claim(*split_address(value))


def _remote_party(fields: Fields) -> Iterator[_Claim]:
    for value in values_of(fields, "remote-party-id"):
        parameters = _parameters(value)
        if parameters.get("party", "calling") != "calling":
            continue
        name, uri = split_address(value)
        privacy = parameters.get("privacy", "off")
        yield _Claim("" if privacy == "name" else name, uri, withheld=privacy in _HIDDEN_IN_RPID)


def _from(fields: Fields) -> Iterator[_Claim]:
    for value in values_of(fields, "from"):
        yield _Claim(*split_address(value))
        return


_CLAIMS: dict[IdentityField, Callable[[Fields], Iterable[_Claim]]] = {
    "pai": _asserted,
    "rpid": _remote_party,
    "from": _from,
}


def _diverted_from(fields: Fields, trunk: Trunk) -> str:
    """Who sent the caller on to us: the latest diversion stands first (RFC 5806 §4)."""
    for value in values_of(fields, "diversion"):
        _, uri = split_address(value)
        hidden = _parameters(value).get("privacy", "off") in _HIDDEN_IN_RPID or is_anonymous(uri)
        return "" if hidden else written(number_of(uri), trunk)
    return ""


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────


def number_of(uri: str) -> str:
    """The user of a SIP or tel URI; of a telephone number without its separators, with its context (RFC 3966 §5.1.5)."""
    user = user_of(uri).strip()
    digits = _SEPARATORS.sub("", user)
    if not digits.removeprefix("+").isdecimal():
        return user
    context = _CONTEXT.search(uri)
    return f"{context[1]}{digits}" if context is not None and not digits.startswith("+") else digits


def is_anonymous(uri: str) -> bool:
    """RFC 3323 §4.1.1.3: ``sip:anonymous@anonymous.invalid``; no host below ``.invalid`` exists (RFC 2606 §2)."""
    host = uri.rpartition("@")[2].partition(";")[0].partition(":")[0].rstrip(">.").lower()
    return user_of(uri).strip().lower() in NO_NAMES or host.endswith(".invalid")


def shown_name(said: str) -> str:
    """A display name that is one: not "Anonymous", not the number once more."""
    name = field(said.strip())
    words = " ".join(name.lower().replace("_", " ").split())
    nobody = words in NO_NAMES or _NAMELESS_TAIL.sub("", words) in NO_NAMES or words in {"no caller id", "no number"}
    return "" if nobody or not any(character.isalpha() for character in name) else name


def written(number: str, trunk: Trunk) -> str:
    """With the plus that this trunk leaves out."""
    full = trunk.numbers == "e164_without_plus" and _FULL_NUMBER.fullmatch(number) is not None
    return f"+{number}" if full else number


def _is_own(number: str, trunk: Trunk) -> bool:
    """The trunk's account, or the number that we show ourselves: whoever calls through it is not that."""
    own = {trunk.username.lower(), trunk.caller.removeprefix("+")} - {""}
    return number.lower().removeprefix("+") in own


def _is_attested(uri: str, fields: Fields) -> bool:
    """Level A only: the carrier knows the customer and that the number is theirs (RFC 8588 §4)."""
    passed = _PASSED.search(uri)
    if passed is None:
        return False
    levels = {value.strip().upper() for name in _LEVEL_FIELDS for value in values_of(fields, name)}
    return passed[1].upper() == "-A" if passed[1] else levels == {"A"}
