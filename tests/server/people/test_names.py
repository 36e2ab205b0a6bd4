"""What may be a user name, and which one somebody gets."""

from __future__ import annotations

import pytest

from server.people.names import free, is_email, is_username, slug, username_of


@pytest.mark.parametrize(
    ("name", "email", "taken", "gets"),
    [
        ("Tessa Lindqvist", None, (), "tessa"),
        ("Tessa Lindqvist", "t.lindqvist@northwind.example", (), "t.lindqvist"),
        ("Tessa Lindqvist", None, ("tessa", "tessa2"), "tessa3"),
        ("Jean-Baptiste O’Connor", None, (), "jean.baptiste"),
        ("李小明 Li Xiaoming", None, (), "li.xiaoming"),
        ("李小明", None, (), "person"),
        ("李小明", None, ("person",), "person2"),
        ("Åsa", None, (), "asa"),
    ],
)
def test_a_user_name_is_made_of_the_address_or_the_name(name: str, email: str | None, taken: tuple[str, ...], gets: str) -> None:
    assert username_of(name, email, taken) == gets


@pytest.mark.parametrize("text", ["mei", "mei.lin", "李小明", "o-connor_2", "x" * 100])
def test_user_names(text: str) -> None:
    assert is_username(text)


@pytest.mark.parametrize("text", ["", "mei lin", "mei@northwind.example", "a/b", "a\x00b", "x" * 101])
def test_no_user_names(text: str) -> None:
    assert not is_username(text)


@pytest.mark.parametrize(
    ("text", "could_be"),
    [
        ("mei@northwind.example", True),
        ("mei.lin+desk@sub.northwind.example", True),
        ("李@例子.example", True),
        ("mei", False),
        ("@northwind.example", False),
        ("mei@", False),
        ("a@b@c", False),
        ("a b@c.example", False),
        ("a@b.example, c@d.example", False),
        ("x" * 255 + "@a.example", False),
    ],
)
def test_addresses(text: str, could_be: bool) -> None:
    assert is_email(text) is could_be


def test_ids_are_readable_and_free() -> None:
    assert slug("Jean-Baptiste O’Connor") == "jean_baptiste_o_connor"
    assert free("agent_mei", {"agent_mei"}, "_") == "agent_mei_2"


@pytest.mark.parametrize("unseen", ["\u202eada", "a\u200bda", "ada\x07", "a\u00adda", "\u2066ada"])
def test_nothing_unseen_makes_a_name_look_like_somebody_elses(unseen: str) -> None:
    assert not is_username(unseen)
    assert not is_email(f"{unseen}@northwind.example")
