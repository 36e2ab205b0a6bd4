"""The document as YAML that people review: names in order, what is usual left out, short mappings on one line.

Invariant: reading what was written gives an equal document; equal documents are written equally.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import msgspec
import yaml

from server.business.document import Document

HEADER = "# Patchbay: skills, attributes, opening hours, queues and agents. `patchbay config import FILE` puts it in force.\n"
LONGEST_LINE = 120
_BREAKS = re.compile("[\n\r\x85\u2028\u2029]")
_ON_ONE_LINE = 90
"""Characters, roughly; longer mappings and lists get a line for each entry."""
_BLOCKS = frozenset({"hours", "queues", "agents"})
"""Sections whose entries are read as blocks; those of the others fit on a line each."""


def to_yaml(document: Document) -> str:
    """Empty sections stay, so that a reader sees what there could be."""
    parts = [HEADER]
    for section in Document.__struct_fields__:
        plain = _plain(getattr(document, section))
        node = _Dumper(StringIO(), sort_keys=False).represent_data({section: plain})
        _style(node, 0 if section in _BLOCKS else 1)
        text = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=LONGEST_LINE)
        parts.append(_spaced(text) if section in _BLOCKS and plain else text)
    return "\n".join(parts)


def _plain(value: Any) -> Any:
    """Builtins, names in order; fields of structs in their own order and only those that differ from the default."""
    if isinstance(value, msgspec.Struct):
        return {field.encode_name: _plain(getattr(value, field.name)) for field in _told(value)}
    if isinstance(value, dict):
        return {str(key): _plain(value[key]) for key in sorted(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return str(value) if isinstance(value, str) else value


def _told(value: msgspec.Struct) -> list[msgspec.structs.FieldInfo]:
    return [field for field in msgspec.structs.fields(value) if field.required or getattr(value, field.name) != _usual(field)]


def _usual(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _spaced(text: str) -> str:
    """A blank line before each entry but the first."""
    lines = text.splitlines()
    out = lines[:2]
    for line in lines[2:]:
        if line.startswith("  ") and not line.startswith(("   ", "  -")):
            out.append("")
        out.append(line)
    return "\n".join(out) + "\n"


class _Dumper(yaml.SafeDumper):
    """No aliases, which the reader refuses; lists are indented under their name."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Line breaks of any kind are written as escapes: the quiet styles would fold them into spaces (YAML 1.1 §5.4)."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _BREAKS.search(text) else None)


_Dumper.add_representer(str, _text)


def _style(node: yaml.Node, depth: int) -> None:
    """Blocks down to depth 2; below, what is short and holds only plain values or such short parts stands on one line."""
    if not isinstance(node, yaml.CollectionNode):
        return
    inner = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else node.value
    for each in inner:
        _style(each, depth + 1)
    flat = all(isinstance(each, yaml.ScalarNode) or each.flow_style for each in inner)
    if isinstance(node, yaml.SequenceNode):
        flat = flat and all(isinstance(each, yaml.ScalarNode) for each in inner)
    node.flow_style = not inner or (depth > 2 and flat and _length(node) <= _ON_ONE_LINE)


def _length(node: yaml.Node) -> int:
    if isinstance(node, yaml.MappingNode):
        return sum(_length(key) + _length(value) + 4 for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return sum(_length(item) + 2 for item in node.value)
    return len(str(node.value))
