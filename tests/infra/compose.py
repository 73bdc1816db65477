"""A compose file as docker would read it: anchors, merges and the variables of an .env file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<word>[^}]*))?\}|\$(?P<bare>\w+)")


class MissingVariableError(Exception):
    """What docker would refuse to start for."""


def read(file: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables filled in."""
    found: dict[str, Any] = _filled(yaml.safe_load(file.read_text()), variables)
    return found


def variables_of(file: Path) -> dict[str, str]:
    """Those an .env file sets."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def names_in(text: str) -> set[str]:
    """The variables a compose file asks for."""
    return {found["name"] or found["bare"] for found in _VARIABLE.finditer(text)}


def _filled(part: Any, variables: Mapping[str, str]) -> Any:
    match part:
        case str():
            return _VARIABLE.sub(lambda found: _value(found, variables), part)
        case list():
            return [_filled(each, variables) for each in part]
        case dict():
            return {name: _filled(each, variables) for name, each in part.items()}
    return part


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    value = variables.get(found["name"] or found["bare"], "")
    if value or found["how"] is None:
        return value
    if found["how"] == ":?":
        raise MissingVariableError(found["word"])
    return found["word"]
