"""JSON nested deeper than anything OCPP names: what writes, checks or walks it would give up.

orjson reads 1024 levels and writes 254, jsonschema-rs describes what is wrong in 254; the deepest
message of OCPP has some ten, and what vendors put into theirs is theirs to keep below this.
"""

from typing import Any, Final

DEEPEST: Final = 64
TOO_DEEP: Final = f"nested deeper than {DEEPEST} levels"


def is_deep(value: object) -> bool:
    """Whether it is nested deeper; looked at level by level, so that no stack runs out."""
    level: list[Any] = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for one in level if type(one) in (dict, list) for inner in _within(one)]
        if not level:
            return False
    return any(type(one) in (dict, list) for one in level)


def shallow(value: Any, depth: int = 0) -> Any:
    """The same without what is nested too deep: nothing is in its place."""
    if type(value) not in (dict, list):
        return value
    if depth > DEEPEST:
        return None
    if type(value) is dict:
        return {name: shallow(inner, depth + 1) for name, inner in value.items()}
    return [shallow(inner, depth + 1) for inner in value]


def _within(value: Any) -> Any:
    return value.values() if type(value) is dict else value
