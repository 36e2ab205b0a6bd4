"""What a browser takes to the provider, and what is believed when it comes back. Pure but for chance.

Invariant: a code is taken only from the browser that was sent for it (`state`, in a cookie that opens here alone), for the
address it was sent to, once (`verifier`); a token only when this provider signed it, for us, for this sign-in (`nonce`), and now.
Sources: OpenID Connect Core 1.0 §3.1.2, §3.1.3.7, §5.3.2; Discovery 1.0 §4.3; RFC 7636; RFC 9207; RFC 9700 §2.1.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.model import Value
from core.ranges import fit_name, one_line
from server.config.sections import Oidc
from server.people.names import is_email

ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures with a key that the provider alone has."""
LEEWAY_S = 60
_SUBJECT = re.compile(r"[ -~]{1,255}")
"""OpenID Connect Core 1.0 §2, `sub`: at most 255 ASCII characters."""
LONGEST_NAME = 200
PENDING_S = 600.0
"""How long somebody may take at the provider."""


class Untrusted(Exception):
    """What came back is not believed. The message says why, without anything of what came."""


class Pending(Value, frozen=True, kw_only=True):
    """A sign-in on its way: kept, sealed, in the browser that was sent."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    until: float


def begun(redirect_uri: str, now: float) -> Pending:
    return Pending(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        until=now + PENDING_S,
    )


def address(endpoint: str, rules: Oidc, pending: Pending) -> str:
    """Where the browser goes."""
    made: str = prepare_grant_uri(
        endpoint,
        client_id=rules.client_id,
        response_type="code",
        redirect_uri=pending.redirect_uri,
        scope=list(rules.scopes),
        state=pending.state,
        nonce=pending.nonce,
        code_challenge=create_s256_code_challenge(pending.verifier),
        code_challenge_method="S256",
    )
    return made


def check_return(pending: Pending, state: str, issuer: str, rules: Oidc, now: float) -> None:
    """`issuer` of RFC 9207, empty when the provider does not say it. Raises `Untrusted`."""
    if not secrets.compare_digest(pending.state.encode(), state.encode()):
        raise Untrusted("it is another sign-in's answer")
    if now > pending.until:
        raise Untrusted("it came too late")
    if issuer and issuer != rules.issuer:
        raise Untrusted("it is another provider's answer")


def checked_claims(id_token: str, keys: KeySet, rules: Oidc, nonce: str, now: float) -> dict[str, Any]:
    """Raises `Untrusted`."""
    try:
        claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Untrusted(f"the ID token: {type(error).__name__}") from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else rules.client_id) != rules.client_id:
        raise Untrusted("the ID token is for somebody else")
    return claims


def with_userinfo(claims: Mapping[str, Any], userinfo: Mapping[str, Any]) -> dict[str, Any]:
    """What was signed counts more. Raises `Untrusted` for somebody else's (§5.3.2)."""
    if userinfo and userinfo.get("sub") != claims["sub"]:
        raise Untrusted("what the provider says of the person is about somebody else")
    return {**userinfo, **claims}


class Vouched(Value, frozen=True, kw_only=True):
    """Whom the provider vouches for."""

    subject: str
    """Of this provider for ever: its name and its id of the person (§2, `iss` and `sub`)."""
    login: str
    """What the configured claim says; lower-case."""
    name: str
    email: str | None


def vouched(claims: Mapping[str, Any], rules: Oidc) -> Vouched:
    """Raises `Untrusted` when the claim that names the person is not there, or is an address that nobody has confirmed."""
    login, subject = claims.get(rules.claim), claims["sub"]
    if not isinstance(login, str) or not login.strip():
        raise Untrusted(f"the claim {rules.claim} is missing")
    if login.strip() != one_line(login):
        raise Untrusted(f"the claim {rules.claim} has characters that nobody sees")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise Untrusted("the claim sub is none (§2)")
    confirmed = claims.get("email_verified") in (True, "true") or not rules.verified_email
    if rules.claim == "email" and not confirmed:
        raise Untrusted("the e-mail address is not confirmed")
    email = claims.get("email")
    name = claims.get("name")
    return Vouched(
        subject=f"{rules.issuer} {subject}",
        login=login.strip().lower(),
        name=(fit_name(name, LONGEST_NAME) if isinstance(name, str) else "") or fit_name(login, LONGEST_NAME),
        email=email.strip().lower() if isinstance(email, str) and confirmed and is_email(email.strip()) else None,
    )
