"""A live view ends with its session, and nobody may have too many."""

from __future__ import annotations

from core.events import SessionEnd, SessionsEnded
from core.ids import SessionId, UserId
from server.live.open_views import OpenViews

MEI, SAM = UserId("user_mei"), UserId("user_sam")
DESK, PHONE = SessionId("session_desk"), SessionId("session_phone")


def ended(session_id: SessionId | None, reason: SessionEnd) -> SessionsEnded:
    return SessionsEnded(at=1.0, user_id=MEI, session_id=session_id, reason=reason)


async def test_signing_out_ends_the_views_of_that_sign_in_alone() -> None:
    views = OpenViews(10, 10)
    desk, phone = views.open(DESK, MEI), views.open(PHONE, MEI)
    assert desk
    assert phone
    await views.handle(ended(DESK, SessionEnd.SIGNED_OUT))
    assert desk.ended.result() is SessionEnd.SIGNED_OUT
    assert not phone.ended.done()


async def test_whoever_is_disabled_loses_every_view_and_nobody_else_does() -> None:
    views = OpenViews(10, 10)
    desk, phone, other = views.open(DESK, MEI), views.open(PHONE, MEI), views.open(SessionId("session_sam"), SAM)
    assert desk
    assert phone
    assert other
    await views.handle(ended(None, SessionEnd.DISABLED))
    await views.handle(ended(None, SessionEnd.DISABLED))
    assert desk.ended.result() is phone.ended.result() is SessionEnd.DISABLED
    assert not other.ended.done()


async def test_one_sign_in_has_so_many_views_and_all_together_so_many() -> None:
    views = OpenViews(3, 2)
    first, second = views.open(DESK, MEI), views.open(DESK, MEI)
    assert first
    assert second
    assert views.open(DESK, MEI) is None
    assert views.open(PHONE, MEI)
    assert views.open(SessionId("session_sam"), SAM) is None
    views.close(first)
    assert views.open(DESK, MEI)
