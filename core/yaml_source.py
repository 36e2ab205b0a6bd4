"""YAML to plain data, remembering where everything stands.

The safe subset only: no aliases (a small file could unfold into a huge one), no tags, no duplicate keys, keys are texts (so that
``1:`` and ``no:`` mean what they look like), times and dates stay texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from core.problems import Complaint, Problem, TextMistake, TextRefused, Where, shortened
from core.yaml_mistakes import of_yaml

LARGEST = 1_000_000
"""Characters; a flow of a thousand steps has about 300,000, a configuration of a thousand agents 200,000."""
DEEPEST = 20
MOST_VALUES = 50_000
"""Names, values, lists and mappings; a configuration of a thousand agents has 15,000. Reading them takes seconds."""
LONGEST_NUMBER = 40
"""Characters; no number of ours is longer, and what has thousands of digits takes minutes to read and cannot be printed."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_SCALARS = {
    "tag:yaml.org,2002:int": SafeConstructor.construct_yaml_int,
    "tag:yaml.org,2002:float": SafeConstructor.construct_yaml_float,
    "tag:yaml.org,2002:bool": SafeConstructor.construct_yaml_bool,
    "tag:yaml.org,2002:null": SafeConstructor.construct_yaml_null,
}


class Place(NamedTuple):
    """Line and column, from 1."""

    line: int
    column: int
    length: int = 0
    """0 for what goes over several lines."""


class Source:
    """A YAML document as data, with the place of every key and value.

    Raises `TextRefused` when the text is no YAML. What is not of the subset above stands in `problems`; `data` has the rest.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._keys: dict[Where, Place] = {}
        self._values: dict[Where, Place] = {}
        self.problems: list[Problem] = []
        """Names given twice, values that cannot be read: nothing that hides what else is wrong."""
        if len(text) > LARGEST:
            raise TextRefused([self._at(Place(1, 1), TextMistake.FILE_TOO_LARGE.at(most=f"{LARGEST:,}"))])
        self.data: Any = self._read(text)
        if any(problem.code == TextMistake.NOT_STORABLE.code for problem in self.problems):
            raise TextRefused(self.problems)  # no sentence about it could be sent

    def told(self, complaint: Complaint) -> Problem:
        """A complaint at its place: the value, or the name before it; the nearest enclosing one when it is absent."""
        return self._at(self.place(complaint.where, key=complaint.at_key), complaint)

    def all_told(self, complaints: Iterable[Complaint]) -> list[Problem]:
        """What is wrong with the text and its data: a value that could not be read is not told again as one that does not fit."""
        unread = {(problem.line, problem.column) for problem in self.problems}
        told = [self.told(complaint) for complaint in complaints]
        return [*self.problems, *(problem for problem in told if (problem.line, problem.column) not in unread)]

    def place(self, where: Where, *, key: bool = False) -> Place:
        if key and where in self._keys:
            return self._keys[where]
        while where not in self._values and where:
            where = where[:-1]
        return self._values.get(where, Place(1, 1))

    def _at(self, place: Place, about: Complaint) -> Problem:
        told = (about.sentence, about.code, about.params)
        return Problem(self.file, place.line, place.column, *told, length=place.length, severity=about.severity)

    def _read(self, text: str) -> Any:
        loader = yaml.SafeLoader(text) if _printable(text) else None
        if loader is None:
            raise TextRefused([self._at(Place(1, 1), TextMistake.UNPRINTABLE.at())])
        try:
            self._refuse_excess(text)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            found = of_yaml(error)
            raise TextRefused([self._at(Place(found.line, found.column), found.complaint)]) from error
        finally:
            loader.dispose()
        if node is None:
            raise TextRefused([self._at(Place(1, 1), TextMistake.FILE_EMPTY.at())])
        return self._plain(node, ())

    def _refuse_excess(self, text: str) -> None:
        """Before anything is built: the parser stops at the first alias, nested too deeply or after too many values."""
        depth = values = 0
        for event in self._events(text):
            if isinstance(event, yaml.AliasEvent):
                raise TextRefused([self._at(_place(event), TextMistake.ALIAS_USED.at())])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            values += isinstance(event, yaml.NodeEvent)
            if values > MOST_VALUES:
                raise TextRefused([self._at(_place(event), TextMistake.TOO_MANY_VALUES.at(most=f"{MOST_VALUES:,}"))])
            if depth > DEEPEST:
                raise TextRefused([self._at(_place(event), TextMistake.TOO_DEEP.at())])

    def _events(self, text: str) -> Iterator[yaml.Event]:
        parser = yaml.SafeLoader(text)
        try:
            while parser.check_event():
                yield parser.get_event()  # type: ignore[no-untyped-call]  # the stubs say nothing of it
        except (ValueError, OverflowError) as error:  # «"\\UFFFFFFFF"» is beyond Unicode
            place = Place(parser.line + 1, parser.column + 1)
            raise TextRefused([self._at(place, TextMistake.ESCAPE_UNKNOWN.at())]) from error
        finally:
            parser.dispose()

    def _plain(self, node: Node, where: Where) -> Any:
        self._values[where] = _place(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, where)
        if isinstance(node, SequenceNode):
            return [self._plain(item, (*where, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode), "YAML has no fourth kind of node"
        return self._scalar(node)

    def _mapping(self, node: MappingNode, where: Where) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.problems.append(self._at(_place(key), TextMistake.NAME_NOT_PLAIN.at()))
                continue
            inner = (*where, key.value)
            self._check_text(key)
            if key.value in plain:
                first = self._keys[inner].line
                self.problems.append(self._at(_place(key), TextMistake.GIVEN_BEFORE.at(name=shortened(key.value), line=first)))
                continue
            self._keys[inner] = _place(key)
            plain[key.value] = self._plain(value, inner)
        return plain

    def _scalar(self, node: ScalarNode) -> Any:
        construct = _SCALARS.get(node.tag)
        if construct is None:
            self._check_text(node)
            return node.value
        try:
            if len(node.value) > LONGEST_NUMBER:
                raise OverflowError
            return construct(SafeConstructor(), node)
        except (ValueError, OverflowError, LookupError):  # the last of words under a tag («!!bool perhaps», «!!int ""»)
            self.problems.append(self._at(_place(node), TextMistake.VALUE_UNREADABLE.at(value=node.value[:LONGEST_NUMBER])))
            return None

    def _check_text(self, node: ScalarNode) -> None:
        """Escapes («"\\0"», «"\\ud800"») name what no text may hold: nobody could store or send it."""
        if _UNSTORABLE.search(node.value):
            self.problems.append(self._at(_place(node), TextMistake.NOT_STORABLE.at()))


def _place(at: Node | yaml.Event) -> Place:
    start, end = at.start_mark, at.end_mark
    assert start is not None, "the loader marks everything it reads"
    one_line = end is not None and end.line == start.line
    return Place(start.line + 1, start.column + 1, end.column - start.column if end is not None and one_line else 0)


def _printable(text: str) -> bool:
    return yaml.reader.Reader.NON_PRINTABLE.search(text) is None
