"""Which statuses a route may answer with, as far as they follow from its rule, its method and its address. Pure.

Invariant: `docs/openapi.json` names every status that a route can give. What follows from here is said of every route by itself;
what a route's own code raises it declares (`answers(…, 404)`), and `tests/server/api/test_statuses.py` reads the code and tells
which declaration is missing or untrue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi.dependencies.models import Dependant

from server.api.access import agent, any_session, signed_in
from server.api.guard import CHANGING, WIDGET
from server.api.preconditions import version_seen
from server.https.over_http import Verdict, decide

EVERY = frozenset({400, 408, 413, 414, 422, 431, 500, 503})
"""Before any route: an address or a head that is no text or too long, a body that is too large, too slow or no JSON; and what is
broken or away. Bodies are looked at whatever the method."""
BY_RULE: Mapping[Callable[..., Any], frozenset[int]] = {
    any_session: frozenset({401}),
    signed_in: frozenset({403}),
    agent: frozenset({403}),
    version_seen: frozenset({412, 428}),
}
CODES: Mapping[int, tuple[str, ...]] = {
    400: ("bad_request",),
    401: ("code_needed", "not_signed_in", "wrong_code", "wrong_password"),
    403: (
        "https_needed",
        "no_header",
        "not_allowed",
        "not_an_agent",
        "not_every_queue",
        "not_your_call",
        "not_your_callback",
        "not_yours",
        "other_origin",
        "password_must_change",
        "second_step_must_be_set_up",
        "use_provider",
        "wrong_code",
        "wrong_old_password",
    ),
    404: ("not_found", "recording_on_its_way"),
    408: ("too_slow",),
    409: (
        "agent_not_available",
        "agent_taken",
        "bad_configuration",
        "call_has_work",
        "call_over",
        "callers_in_flow",
        "changed_since",
        "closed",
        "consultation",
        "consultation_refused",
        "email_taken",
        "failed",
        "failed_again",
        "flow_exists",
        "flow_gone",
        "flow_has_numbers",
        "gone",
        "hand_over_refused",
        "hang_up_refused",
        "import_running",
        "last_administrator",
        "late_connection",
        "late_hand_back",
        "late_transfer",
        "move_work_refused",
        "no_address",
        "no_mail_server",
        "no_password",
        "no_such_part",
        "no_webhook",
        "node_silent",
        "not_a_callback",
        "not_a_consultation",
        "not_asked_for",
        "not_for_the_acd",
        "not_in_conversation",
        "not_in_wrap_up",
        "not_requestable",
        "not_waiting",
        "nothing_to_hand_in",
        "number_taken",
        "offer_over",
        "out_of_range",
        "refused_again",
        "reprioritise_work_refused",
        "reschedule_callback_refused",
        "scheduled",
        "second_step_off",
        "second_step_on",
        "second_step_required",
        "set_agent_state_refused",
        "settled",
        "state_refused",
        "supervision_refused",
        "talking_with_refused",
        "too_far_ahead",
        "too_many_notifications",
        "transfer_refused",
        "unfit",
        "unknown_agent",
        "unknown_queue",
        "unknown_work",
        "unreadable",
        "user_disabled",
        "username_taken",
        "withdraw_work_refused",
        "work_over",
        "work_taken",
    ),
    410: ("invitation_over",),
    412: ("changed_since",),
    413: ("too_large",),
    414: ("too_long",),
    416: ("no_such_range",),
    422: (
        "bad_configuration",
        "bad_flow",
        "bad_sdp",
        "invalid",
        "no_email_address",
        "no_number_to_call",
        "no_webhook_url",
        "number_not_callable",
        "template_needs_queues",
        "too_many_days",
        "too_many_rows",
        "unknown_queue",
    ),
    428: ("no_version",),
    429: ("too_many_calls", "too_many_tries"),
    431: ("too_large",),
    500: ("internal",),
    503: ("leg_refused", "no_node", "outbox_full", "report_too_slow", "search_too_slow", "unavailable"),
}
"""Every code of every status, as the document says them and the screens translate them; of 409 the ACD's, too."""


def derived(method: str, path: str, dependant: Dependant) -> frozenset[int]:
    """`path` as in the document."""
    by_rule = [BY_RULE.get(call, frozenset()) for call in _calls(dependant)]
    guarded = method in CHANGING or path.startswith(WIDGET) or _needs_https(method, path)
    return EVERY.union({403} if guarded else (), *by_rule)


def _needs_https(method: str, path: str) -> bool:
    """From elsewhere, where HTTPS is spoken."""
    return decide("own", method, path, "", "elsewhere.example").verdict is Verdict.REFUSE


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
