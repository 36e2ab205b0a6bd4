"""The e-mail that brings a link to choose a password with, in the person's language. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core.outgoing import Outgoing, OutgoingKind
from server.people.service import Link
from server.storage.sql.users import User

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "invitation": "You're invited to {installation}",
        "reset": "A new password for {installation}",
        "invited": "Hello {name},\n\nyou've been added to {installation}. Open this link to choose a password:",
        "reset_text": "Hello {name},\n\nan administrator of {installation} sent you this link to choose a new password:",
        "trust": "On a computer that's new to {installation}, open {trust} first. It shows how to trust this installation.",
        "until": "The link works once, until {when}. Your username is {username}.",
        "unexpected": "If you didn't expect this e-mail, ignore it: without the link nothing changes.",
    },
    "zh": {
        "invitation": "邀请您使用 {installation}",
        "reset": "{installation} 的新密码",
        "invited": "{name}，您好：\n\n您已被添加到 {installation}。请打开此链接设置密码：",
        "reset_text": "{name}，您好：\n\n{installation} 的管理员向您发送了此链接，请打开并设置新密码：",
        "trust": "首次使用 {installation} 的电脑请先打开 {trust}，按提示信任本系统。",
        "until": "链接只能使用一次，有效期至 {when}。您的用户名是 {username}。",
        "unexpected": "如果您并未预期收到此邮件，请忽略：不打开链接，一切不变。",
    },
}


def letter(user: User, link: Link, origin: str, installation: str, zone: str, *, trust: str | None = None) -> Outgoing:
    """`origin`: this installation as other computers open it; `trust`: what one that does not know its certificate opens before.
    The person has an e-mail address."""
    words = WORDS.get(user.language, WORDS["en"])
    first = not user.password_hash
    said = {
        "name": user.name,
        "username": user.username,
        "installation": installation,
        "trust": trust,
        "when": datetime.fromtimestamp(link.expires_at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M"),
    }
    lead = words["invited" if first else "reset_text"].format(**said)
    hints = [words["trust"].format(**said)] if trust else []
    text = "\n\n".join((lead, f"{origin}{link.path}", *hints, words["until"].format(**said), words["unexpected"])) + "\n"
    return Outgoing(
        message_id=f"invitation.{link.invitation_id}",
        kind=OutgoingKind.EMAIL,
        target=user.email or "",
        subject=words["invitation" if first else "reset"].format(**said),
        body=text,
        expires_at=link.expires_at,
    )
