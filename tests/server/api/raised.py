"""What a route can refuse, read from its code: every `ApiError(status, code, …)` within reach of it inside the API.

Follows calls by name into functions of `server.api`, methods of `Reader`, `self` and those services that belong to the API.
A code that is passed on (of a command that is refused) is None: the status counts.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, get_type_hints

from server.api.reading import Reader
from server.api.services import Services

Refusal = tuple[int, str | None]
_SERVICES = get_type_hints(Services)


def raised(function: Callable[..., Any], met: frozenset[Callable[..., Any]] = frozenset()) -> set[Refusal]:
    function = inspect.unwrap(function)
    found: set[Refusal] = set()
    for call in _calls(function):
        if isinstance(call.func, ast.Name) and call.func.id in {"ApiError", "error_response"}:
            status, code = (argument.value if isinstance(argument, ast.Constant) else None for argument in call.args[:2])
            if isinstance(status, int):
                found.add((status, code if isinstance(code, str) else None))
        else:
            called = _resolved(call.func, function)
            if called is not None and called not in met:
                found |= raised(called, met | {function})
    return found


def _calls(function: Callable[..., Any]) -> Iterator[ast.Call]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _resolved(called: ast.expr, within: Any) -> FunctionType | None:
    """The function of the API that is called; None for anything else."""
    names = within.__globals__
    found: Any = None
    if isinstance(called, ast.Name):
        found = names.get(called.id)
    elif isinstance(called, ast.Attribute):
        found = getattr(_owner(called.value, within, names), called.attr, None)
    found = inspect.unwrap(getattr(found, "__func__", found)) if callable(found) else None
    return found if isinstance(found, FunctionType) and found.__module__.startswith("server.api") else None


def _owner(value: ast.expr, within: Any, names: dict[str, Any]) -> Any:
    root = value
    while not isinstance(root, ast.Name):
        inner = getattr(root, "value", None) or getattr(root, "func", None)
        if inner is None:
            return None
        root = inner
    if root.id in {"reader", "Reader"}:
        return Reader
    if root.id == "self":
        return names.get(within.__qualname__.split(".")[0])
    if root.id == "deps" and isinstance(value, ast.Attribute):
        return _SERVICES.get(value.attr)
    return None
