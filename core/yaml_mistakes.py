"""What is wrong with a text that is no YAML, in our own words: those of the library are English and speak of its parts.

Pure. Each of PyYAML's errors is known by how its sentence begins; one that is not stays a plain “this is not YAML” at its place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from core.problems import Complaint, Mistake

AT_THE_END = ("<stream end>", "<document end>", "<document start>", "end of stream", "document separator")
"""Found instead of what was missing: where it should have been is anybody's guess, where it was opened is not."""


class YamlMistake(Mistake):
    NOT_YAML = "this is not YAML"
    COLON_MISSING = "a “:” is missing after this name"
    COLON_UNEXPECTED = "“:” cannot stand here: put the text in quotes, or check the indentation"
    ENTRY_UNEXPECTED = "a list entry cannot begin here: check the indentation"
    TAB_USED = "indent with spaces, not with tabs"
    CHARACTER_UNEXPECTED = "a value cannot begin with “{value}”: put it in quotes"
    QUOTE_OPEN = "this quote is never closed"
    BRACKET_OPEN = "a “,” or “{close}” is missing, or this bracket is never closed"
    BRACKET_PART = "a “,” or “{close}” is missing before this: the bracket was opened in line {line}"
    ESCAPE_UNREADABLE = "a backslash in double quotes begins an escape: double it, or use single quotes"
    BLOCK_HEAD = "nothing else may follow “|” or “>” on the same line"
    OUT_OF_PLACE = "this does not belong here: check the indentation and the quotes"
    VALUE_MISSING = "a value is missing here"
    SEVERAL_DOCUMENTS = "a file holds one document: “---” cannot stand here"
    TAG_USED = "tags, anchors and directives of YAML are not used here"


_KNOWN: tuple[tuple[str, YamlMistake], ...] = (
    (r"could not find expected ':'", YamlMistake.COLON_MISSING),
    (r"mapping (keys|values) are not allowed here", YamlMistake.COLON_UNEXPECTED),
    (r"sequence entries are not allowed here", YamlMistake.ENTRY_UNEXPECTED),
    (r"found character '\\t'", YamlMistake.TAB_USED),
    (r"found character ['\"](?P<value>.+?)['\"] that cannot", YamlMistake.CHARACTER_UNEXPECTED),
    (r"found unexpected (end of stream|document separator)", YamlMistake.QUOTE_OPEN),
    (r"expected ',' or '(?P<close>[\]}])'", YamlMistake.BRACKET_PART),
    (r"(found unknown escape character|expected escape sequence)", YamlMistake.ESCAPE_UNREADABLE),
    (r"(expected chomping|expected indentation indicator|expected a comment or a line break)", YamlMistake.BLOCK_HEAD),
    (r"expected (<block end>|'<document start>')", YamlMistake.OUT_OF_PLACE),
    (r"expected the node content", YamlMistake.VALUE_MISSING),
    (r"but found another document", YamlMistake.SEVERAL_DOCUMENTS),
    (r"expected (alphabetic or numeric|'!'|'>'|' '|URI|a digit)", YamlMistake.TAG_USED),
    (r"(found (undefined tag|duplicate (YAML|anchor)|incompatible)|duplicate tag|second occurrence)", YamlMistake.TAG_USED),
)


class Found(NamedTuple):
    """A mistake, and where: line and column from 1."""

    line: int
    column: int
    complaint: Complaint


def of_yaml(error: yaml.MarkedYAMLError) -> Found:
    """The library's error as ours."""
    said = error.problem or ""
    is_open = any(each in said for each in AT_THE_END) and error.context_mark is not None
    mark = (error.context_mark if is_open else error.problem_mark) or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    mistake, told = _known(said)
    if mistake is YamlMistake.BRACKET_PART:
        told["line"] = str(line if error.context_mark is None else error.context_mark.line + 1)
        mistake = YamlMistake.BRACKET_OPEN if is_open else mistake
    return Found(line, column, mistake.at(**told))


def _known(said: str) -> tuple[YamlMistake, dict[str, str]]:
    for pattern, mistake in _KNOWN:
        if (found := re.search(pattern, said)) is not None:
            return mistake, found.groupdict()
    return YamlMistake.NOT_YAML, {}
