"""What is printed for people stands there as it is: names and fingerprints are no language of their own."""

from __future__ import annotations

from io import StringIO

from rich.table import Table

from server.console import console_on

NAME, FINGERPRINT = "Sales [red] [/] :smile:", "E1:02:70:AB:47:FA"


def test_names_and_fingerprints_are_printed_as_they_are() -> None:
    output = StringIO()
    console = console_on(output)
    table = Table("queue", "fingerprint")
    table.add_row(NAME, FINGERPRINT)
    console.print(f"{NAME} {FINGERPRINT}")
    console.print(table)
    assert output.getvalue().count(NAME) == output.getvalue().count(FINGERPRINT) == 2
