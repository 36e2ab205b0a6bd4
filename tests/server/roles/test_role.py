"""Which processes the names of roles stand for."""

from __future__ import annotations

import pytest

from server.roles.role import CONTROL, Role, UnknownRole, in_order, processes, roles_of


def test_roles_are_named_with_commas_between() -> None:
    assert roles_of("worker, desk,") == {Role.WORKER, Role.DESK}
    assert in_order(roles_of("desk,worker")) == (Role.WORKER, Role.DESK)


@pytest.mark.parametrize("text", ["", ",", "worker,redis", "Worker"])
def test_what_is_no_role_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(UnknownRole, match="worker, desk, queues, installation, node, asr"):
        roles_of(text)


def test_a_node_and_a_recognizer_are_processes_of_their_own() -> None:
    assert processes(CONTROL) == 1
    assert processes(roles_of("worker,node")) == 2
    assert processes(frozenset(Role)) == 3
