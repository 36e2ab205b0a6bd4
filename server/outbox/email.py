"""Sends an e-mail over the mail server of `[mail]` in `sip.conf` (SMTP, RFC 5321; STARTTLS, RFC 3207; TLS at once, RFC 8314)."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from server.config.sections import Mail
from server.outbox.delivery import NOT_BELIEVED, NOT_REACHED, Delivery, is_not_believed

_PERMANENT = range(500, 600)
"""RFC 5321 §4.2.1."""


class EmailSender:
    def __init__(self, mail: Mail, within_s: float, trust: ssl.SSLContext | None = None) -> None:
        """`trust`: whose certificates to believe; None: those of the system's authorities."""
        self._mail = mail
        self._within_s = within_s
        self._trust = trust

    async def send(self, to: str, subject: str, text: str, message_id: str, now: float) -> Delivery:
        """Never raises for what the other side does."""
        if not self._mail.host:
            return Delivery.refused("no mail server is set up: [mail] in sip.conf")
        try:
            message = self._message(to, subject, text, message_id, now)
        except ValueError:
            return Delivery.refused("the address or the subject is not one")
        try:
            async with asyncio.timeout(self._within_s):
                await self._hand_over(message, to)
        except aiosmtplib.SMTPRecipientsRefused as error:
            permanent = all(refused.code in _PERMANENT for refused in error.recipients)
            reason = "the mail server refused the address"
            return Delivery.refused(reason) if permanent else Delivery.failed(reason)
        except aiosmtplib.SMTPResponseException as error:
            reason = f"the mail server answered {error.code}"
            signing_in = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            return Delivery.refused(reason) if error.code in _PERMANENT and not signing_in else Delivery.failed(reason)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Delivery.failed(_in_words(error))
        return Delivery.done()

    async def _hand_over(self, message: EmailMessage, to: str) -> None:
        mail = self._mail
        client = aiosmtplib.SMTP(
            hostname=mail.host,
            port=mail.port,
            use_tls=mail.tls == "tls",
            start_tls=mail.tls == "starttls",
            tls_context=self._trust,
            timeout=self._within_s,
        )
        async with client:
            if mail.user:
                await client.login(mail.user, mail.password)
            await client.send_message(message, sender=mail.sender, recipients=[to])

    def _message(self, to: str, subject: str, text: str, message_id: str, now: float) -> EmailMessage:
        """Raises ValueError for what cannot stand in a header."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self._mail.sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
        message["Message-ID"] = f"<{message_id}@{self._mail.sender.rpartition('@')[2].strip('> ') or 'patchbay'}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: answers to it come from people only
        message.set_content(text)
        return message


def _in_words(error: Exception) -> str:
    """What is said of libraries' errors: for a person who reads why a message was given up."""
    if is_not_believed(error):
        return NOT_BELIEVED
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "the mail server hung up"
    if isinstance(error, aiosmtplib.SMTPConnectError | ConnectionError):
        return NOT_REACHED
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if "starttls" in str(error).lower():
        return "the mail server offers no STARTTLS"
    return f"the mail server was not understood ({type(error).__name__})"
