"""The authority, spoken to with the `acme` library of Certbot: the only file that knows it. It blocks.

Invariant: whatever the authority answers, it is a certificate, or an `AcmeProblem`; it is asked over TLS only, and no answer of
it fills the memory. For how long it blocks is not in its hands: whoever calls waits no longer than he likes (`apart.py`).
Source: RFC 8555 §7.1 (an order's way), §7.3 (account), §7.4 (order), §7.5 (challenges), §8.3 (http-01).
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from acme import challenges, errors, messages
from acme.client import ClientNetwork, ClientV2
from acme.crypto_util import make_csr
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidJSONError
from urllib3 import HTTPResponse

from server.acme.files import pem_of
from server.acme.problems import AcmeProblem
from server.config.sections import Acme

ANSWER_WITHIN_S = 20
"""Of one request."""
LOOK_FOR = timedelta(seconds=3)
"""How long one look at an order goes on."""
MOST_BYTES = 1_000_000
"""Of one answer."""
_NEEDED = ("newNonce", "newAccount", "newOrder")
_LIMITED = "rateLimited"


class Authority:
    """One way to one certificate: `order`, `go_ahead`, `is_validated` until it is, `finalize`, `collect` until there is one."""

    def __init__(self, settings: Acme, account: ec.EllipticCurvePrivateKey, believes: Path | None) -> None:
        """`believes`: a PEM file with the authorities of the directory's own certificate."""
        self._settings = settings
        jwk = JWKEC(key=account)
        trusted: Any = str(believes) if believes else ssl.get_default_verify_paths().cafile or True
        self._net = ClientNetwork(jwk, alg=ES256, verify_ssl=trusted, user_agent="patchbay", timeout=ANSWER_WITHIN_S)
        self._net.session.adapters.clear()  # none for http://
        self._net.session.mount("https://", _Bounded())
        self._jwk = jwk
        self._client: ClientV2 | None = None
        self._order: messages.OrderResource | None = None
        self._pending: list[tuple[messages.ChallengeBody, challenges.HTTP01Response]] = []

    def close(self) -> None:
        self._net.session.close()

    def order(self, names: tuple[str, ...], key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
        """What must be answered, by token. Raises `AcmeProblem`."""
        with _told():
            directory = ClientV2.get_directory(self._settings.directory, self._net)
            for name in _NEEDED:
                if name not in directory.to_partial_json():
                    raise AcmeProblem("refused", f"no ACME directory is there: {name} is missing")
            self._client = ClientV2(directory, self._net)
            self._sign_up(self._client)
            self._order = self._client.new_order(make_csr(pem_of(key), list(names)))
            answers = {}
            for challenge in _to_be_proved(self._order):
                response, validation = challenge.response_and_validation(self._jwk)
                self._pending.append((challenge, response))
                answers[str(challenge.chall.encode("token"))] = str(validation)
            return answers

    def go_ahead(self) -> None:
        """The answers can be had at port 80 now. Raises `AcmeProblem`."""
        client, _ = self._begun()
        with _told():
            for challenge, response in self._pending:
                client.answer_challenge(challenge, response)

    def is_validated(self) -> bool:
        """False: the authority is still at it. Raises `AcmeProblem`."""
        client, order = self._begun()
        with _told():
            try:
                self._order = client.poll_authorizations(order, _soon())
            except errors.TimeoutError:
                return False
            return True

    def finalize(self) -> None:
        """Raises `AcmeProblem`."""
        client, order = self._begun()
        with _told():
            try:
                self._order = client.begin_finalization(order)
            except messages.Error as error:
                if error.code != "orderNotReady":  # `collect` asks again
                    raise

    def collect(self) -> bytes | None:
        """The chain as PEM; None: it is still being made. Raises `AcmeProblem`."""
        client, order = self._begun()
        with _told():
            try:
                return str(client.poll_finalization(order, _soon()).fullchain_pem).encode()
            except errors.TimeoutError:
                return None

    def _begun(self) -> tuple[ClientV2, messages.OrderResource]:
        if self._client is None or self._order is None:
            raise RuntimeError("nothing was ordered yet")
        return self._client, self._order

    def _sign_up(self, client: ClientV2) -> None:
        """The account of our key, new or not: the authority finds it by the key (§7.3.1)."""
        binding = None
        if self._settings.key_id:
            public = self._jwk.public_key()
            binding = messages.ExternalAccountBinding.from_data(
                public, self._settings.key_id, self._settings.key, client.directory
            )
        wanted = messages.NewRegistration.from_data(
            email=self._settings.email or None, terms_of_service_agreed=True, external_account_binding=binding
        )
        try:
            client.new_account(wanted)
        except errors.ConflictError as known:
            self._net.account = messages.RegistrationResource(body=messages.Registration(), uri=known.location)


class _Bounded(HTTPAdapter):
    """Reads an answer whole, and not more than a certificate's chain can need."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        answer = super().send(request, *args, **{**options, "stream": True})
        body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        if len(body) > MOST_BYTES:
            answer.close()
            raise InvalidJSONError("its answer is too long")
        answer.raw = HTTPResponse(BytesIO(body), preload_content=False)
        return answer


def _to_be_proved(order: messages.OrderResource) -> Iterator[messages.ChallengeBody]:
    for authorization in order.authorizations:
        if authorization.body.status == messages.STATUS_VALID:
            continue  # proved lately
        found = next((each for each in authorization.body.challenges if isinstance(each.chall, challenges.HTTP01)), None)
        if found is None:
            raise AcmeProblem("refused", f"{authorization.body.identifier.value} cannot be proved by http-01")
        yield found


def _soon() -> datetime:
    return datetime.now() + LOOK_FOR  # the library compares with this clock


@contextmanager
def _told() -> Iterator[None]:
    """What the library raises, as a problem."""
    try:
        yield
    except errors.ValidationError as error:
        raise AcmeProblem("not_validated", "; ".join(_unproved(error))) from error
    except errors.IssuanceError as error:
        raise AcmeProblem("refused", str(error.error.detail or error.error.typ)) from error
    except messages.Error as error:
        raise AcmeProblem("rate_limited" if error.code == _LIMITED else "refused", str(error.detail or error.typ)) from error
    except OSError as error:  # among them those of requests
        raise AcmeProblem("unreachable", str(error)) from error
    except AcmeProblem:
        raise
    except (errors.Error, JoseError, ValueError, KeyError) as error:
        raise AcmeProblem("refused", f"its answer cannot be understood: {error}") from error
    except Exception as error:  # border: the library trips over what an authority may answer in ways that nobody has listed
        raise AcmeProblem("refused", f"its answer cannot be understood: {type(error).__name__}") from error


def _unproved(error: errors.ValidationError) -> Iterator[str]:
    for authorization in error.failed_authzrs:
        for challenge in authorization.body.challenges:
            if challenge.error is not None:
                yield f"{authorization.body.identifier.value}: {challenge.error.detail or challenge.error.typ}"
