"""Keeps a certificate that browsers know good, beside everything else. Only files of `https/acme/` are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog
from cryptography.hazmat.primitives.asymmetric import ec

from core.ports import Clock
from server.acme.apart import Apart, HeldUp
from server.acme.challenges import Challenges
from server.acme.files import AcmeFiles, pem_of
from server.acme.problems import AcmeProblem
from server.acme.schedule import Issued, Standing, due_at, issued
from server.config import Config
from server.https.authority import Pair, belong_together

if TYPE_CHECKING:
    from server.acme.client import Authority

log = structlog.get_logger(__name__)
T = TypeVar("T")

LOOK_EVERY_S = 1.0
STEP_WITHIN_S = 90.0
"""A step is a few requests; an authority that draws each out is given up."""
LOOKS = 40
"""At an order, 3 s each; then the try has failed."""


class Certification:
    """Owns the way to the authority. `took_in` is told when there is a new certificate."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        challenges: Challenges,
        took_in: Callable[[], None],
        may_ask: Callable[[], Awaitable[bool]],
        *,
        step_within_s: float = STEP_WITHIN_S,
        looks: int = LOOKS,
    ) -> None:
        """`may_ask`: whether the port is open at which the authority asks."""
        self._step_within_s, self._looks = step_within_s, looks
        self._config = config
        self._clock = clock
        self._challenges = challenges
        self._took_in = took_in
        self._may_ask = may_ask
        self._files = AcmeFiles(config.data_dir)
        self._apart = Apart("acme")
        acme = config.acme
        self.standing: Standing = self._files.standing(acme.directory, tuple(name.lower() for name in acme.names))
        self.issued: Issued | None = self._read()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if self._clock.now() >= due_at(self.issued, self.standing):
                await self.renew()
            await asyncio.sleep(LOOK_EVERY_S)

    async def renew(self) -> None:
        """One try. However it ends, serving goes on."""
        try:
            self._files.make_folder()
            with self._files.alone() as alone:
                if not alone:
                    raise AcmeProblem("refused", "another process of this data directory is asking for a certificate")
                got = await self._obtain()
            self.standing = self.standing.went_well(got, self._clock.now())
            log.info("certificate obtained")
        except AcmeProblem as problem:
            self.standing = self.standing.failed(problem, self._clock.now())
            log.warning("no certificate could be obtained", code=problem.code, count=self.standing.failures)
        except (OSError, ValueError) as error:  # the data directory: full, or a file of it was written into
            self.standing = self.standing.failed(AcmeProblem("refused", f"in {self._files.folder}: {error}"), self._clock.now())
            log.error("no certificate could be obtained", error=error, count=self.standing.failures)
        self._keep()

    async def _obtain(self) -> Issued:
        """What is in use now. Raises `AcmeProblem`, and OSError or ValueError for our own files."""
        if not await self._may_ask():
            raise AcmeProblem("port_closed", f"port {self._config.acme.http_port} cannot be listened on")
        from server.acme.client import Authority  # noqa: PLC0415  most installations never ask, and it takes 0.3 s to read

        acme = self._config.acme
        believes = self._config.base / acme.authorities if acme.authorities else None
        authority = Authority(acme, self._files.account_key(), believes)
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            chain = await self._on_its_way(authority, key)
        finally:
            self._challenges.forget()
            authority.close()
        got = issued(chain)
        if got is None or not set(self.standing.names) <= got.names:
            raise AcmeProblem("refused", "the certificate that was given is not for these names")
        if got.ends_at <= self._clock.now():
            raise AcmeProblem("refused", "the certificate that was given is over by the clock of this machine")
        if not belong_together(Pair(certificate=chain, key=pem_of(key))):
            raise AcmeProblem("refused", "the certificate that was given is for another key")
        self._files.take_in(chain, pem_of(key))
        self.issued = got
        self._took_in()
        return got

    async def _on_its_way(self, authority: Authority, key: ec.EllipticCurvePrivateKey) -> bytes:
        self._challenges.put(await self._asked(partial(authority.order, self.standing.names, key)))
        await self._asked(authority.go_ahead)
        looks = iter(range(self._looks))
        while not await self._asked(authority.is_validated):
            if next(looks, None) is None:
                raise AcmeProblem("not_validated", "the authority did not say in time whether it found us")
        await self._asked(authority.finalize)
        while (chain := await self._asked(authority.collect)) is None:
            if next(looks, None) is None:
                raise AcmeProblem("refused", "the authority did not make the certificate in time")
        return chain

    async def _asked(self, step: Callable[[], T]) -> T:
        """Raises `AcmeProblem`."""
        try:
            return await self._apart.do(step, self._step_within_s)
        except HeldUp:
            raise AcmeProblem("unreachable", f"it keeps us waiting for more than {self._step_within_s:g} s") from None

    def _read(self) -> Issued | None:
        kept = self._files.certificate()
        return None if kept is None else issued(kept)

    def _keep(self) -> None:
        try:
            self._files.keep(self.standing)
        except OSError as error:
            log.error("the state of the certificate cannot be written", error=error)
