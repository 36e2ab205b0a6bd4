"""A file that somebody opens with a table program holds nobody's formula."""

from __future__ import annotations

import csv
import io

import pytest

from server.api.csv_files import to_csv


@pytest.mark.parametrize(
    "word", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(1)", " =1", "\t=1", "\n=1", "\uff1d1", "|calc", "%0A"]
)
def test_no_word_of_anybody_s_is_a_formula(word: str) -> None:
    """Before, one behind a space, a line end or in full width was."""
    for value in (word, {word: 1800.0}):
        (cell,) = list(csv.reader(io.StringIO(to_csv(["a"], [[value]]))))[1]
        assert cell.startswith("'")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_cell_is_one_cell_in_every_country(separator: str) -> None:
    """Before, table programs that end cells with semicolons found the formula in a cell of its own."""
    (cell,) = list(csv.reader(io.StringIO(to_csv(["a"], [[f"a{separator}=1+1"]])), delimiter=separator))[1]
    assert cell == f"a{separator}=1+1"


def test_numbers_are_numbers_and_what_was_not_measured_is_empty() -> None:
    assert to_csv(["a", "b", "c"], [[1.5, None, {"lunch": 1800.0}]]).splitlines() == ['"a","b","c"', '1.5,"","lunch=1800"']
