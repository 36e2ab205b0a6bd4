"""Real TLS peers: what is encrypted arrives, and who cannot prove to be the other side gets nothing, said in words."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest

from server.config.sections import Mail
from server.https.authority import Pair, new_authority, new_server_certificate
from server.https.names import names
from server.outbox.addresses import networks
from server.outbox.delivery import NOT_BELIEVED, Delivery, trust
from server.outbox.email import EmailSender
from server.outbox.webhook import WebhookSender, new_secret
from tests.peers.mail_server import mail_server
from tests.peers.web_receiver import web_receiver

HERE = networks(("127.0.0.0/8", "::1/128"))
WITHIN_S = 5.0


class Site:
    """A company's own authority, a server certificate of it, and one of somebody else's for the same names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        now_s = time.time()  # OpenSSL looks at the real clock
        self.authority = new_authority("Northwind Home", now_s)
        self.authorities = folder / "authorities.pem"
        self.authorities.write_bytes(self.authority.certificate)
        machine = names("switchboard", [])
        self.own = self._context("own", new_server_certificate(self.authority, machine, now_s))
        strangers = new_authority("Northwind Home", now_s)
        self.strangers = self._context("strangers", new_server_certificate(strangers, machine, now_s))

    def _context(self, name: str, pair: Pair) -> ssl.SSLContext:
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def _mail(port: int, authorities: Path | None) -> Delivery:
    mail = Mail(host="localhost", port=port, tls="starttls", sender="Patchbay <desk@example.com>")
    sender = EmailSender(mail, WITHIN_S, trust(authorities))
    return await sender.send("mei@example.com", "Hello", "Hello\n", "mail_1", 1_000_000.0)


async def _hook(url: str, authorities: Path | None) -> Delivery:
    sender = WebhookSender(HERE, http=False, within_s=WITHIN_S, trust=trust(authorities))
    return await sender.send(url, new_secret(), "msg_1", b"{}", 1_000_000.0)


async def test_an_email_goes_by_starttls_to_a_server_that_is_believed(site: Site) -> None:
    async with mail_server(tls=site.own) as server:
        assert await _mail(server.port, site.authorities) == Delivery.done()
        assert server.encrypted == [True]


async def test_a_mail_server_with_a_wrong_certificate_gets_nothing(site: Site) -> None:
    async with mail_server(tls=site.strangers) as server:
        assert await _mail(server.port, site.authorities) == Delivery.failed(NOT_BELIEVED)
        assert await _mail(server.port, None) == Delivery.failed(NOT_BELIEVED)
        assert server.received == []


async def test_a_mail_server_that_offers_no_starttls_gets_nothing(site: Site) -> None:
    async with mail_server() as server:
        assert await _mail(server.port, site.authorities) == Delivery.failed("the mail server offers no STARTTLS")
        assert server.received == []


async def test_a_webhook_goes_to_a_receiver_of_the_companys_own_authority(site: Site) -> None:
    async with web_receiver(site.own) as receiver:
        assert await _hook(receiver.url(host="localhost"), site.authorities) == Delivery.done()
        assert [each.path for each in receiver.received] == ["/hook"]


async def test_a_receiver_that_is_not_believed_gets_nothing(site: Site) -> None:
    async with web_receiver(site.own) as receiver:
        assert await _hook(receiver.url(host="localhost"), None) == Delivery.failed(NOT_BELIEVED), "the system does not know it"
    async with web_receiver(site.strangers) as receiver:
        assert await _hook(receiver.url(host="localhost"), site.authorities) == Delivery.failed(NOT_BELIEVED)
        assert receiver.received == []


def test_a_file_of_authorities_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        trust(tmp_path / "nothing.pem")
