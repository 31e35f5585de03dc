"""Values of Python as TOML."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._errors import Finding, ScenarioError


def refuse(path: str, found: str, expected: str) -> ScenarioError:
    return ScenarioError([Finding("", None, None, f"{path}: found {found}; expected {expected}")])


def value(item: Any, path: str) -> str:
    """A number, text, array or inline table."""
    if isinstance(item, np.generic) or (isinstance(item, np.ndarray) and item.ndim == 0):
        item = item.item()
    if isinstance(item, np.ndarray):
        item = item.tolist()
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return str(item)
    if isinstance(item, float):
        if not math.isfinite(item):
            raise refuse(path, str(item), "a finite number")
        return repr(item)
    if isinstance(item, str):
        # JSON's strings are strings of TOML, but for one control character.
        return json.dumps(item, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(item, Mapping):
        pairs = (f"{key(name, path)} = {value(own, f'{path}.{name}')}" for name, own in item.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(item, Sequence) and not isinstance(item, (bytes, bytearray)):
        return "[" + ", ".join(value(own, f"{path}.{k}") for k, own in enumerate(item)) + "]"
    raise refuse(path, f"a {type(item).__name__}", "a number, a text, a list or a dict")


def key(name: Any, path: str) -> str:
    if not isinstance(name, str):
        raise refuse(path or "scenario", f"the key {name!r}", "keys that are texts")
    return name if name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name) else json.dumps(name)


def document(scenario: Mapping[str, Any]) -> str:
    """A scenario as TOML: tables have heads, what is in them is written inline."""
    tables = [(name, item) for name, item in scenario.items() if isinstance(item, Mapping)]
    studies = [(name, item) for name, item in scenario.items() if is_studies(item)]
    apart = {name for name, _ in tables + studies}
    lines = [f"{key(name, '')} = {value(item, name)}" for name, item in scenario.items() if name not in apart]
    for name, item in tables:
        lines += ["", f"[{key(name, '')}]"]
        lines += [f"{key(own, name)} = {value(inner, f'{name}.{own}')}" for own, inner in item.items()]
    for name, items in studies:
        for number, item in enumerate(items):
            lines += ["", f"[[{key(name, '')}]]"]
            place = f"{name}.{number}"
            lines += [f"{key(own, place)} = {value(inner, f'{place}.{own}')}" for own, inner in item.items()]
    return "\n".join(lines) + "\n"


def is_studies(item: Any) -> bool:
    return isinstance(item, (list, tuple)) and bool(item) and all(isinstance(own, Mapping) for own in item)
