"""As much of IAM's decision as our policies use: AWS's documents, in eighty lines.

It refuses to judge what it does not know, so that a new condition cannot pass unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.infra.templates import Statement

Context = Mapping[str, str | Sequence[str]]
"""What a request brings: condition keys, one value or several."""


def is_allowed(
    statements: Iterable[Statement], action: str, resource: str, context: Context
) -> bool:
    """Whether some statement allows it and none denies."""
    effects = {
        each.effect
        for each in statements
        if any(_like(action, one) for one in each.actions)
        and any(_like(resource, one) for one in each.resources)
        and _hold(each.conditions, context)
    }
    assert effects <= {"Allow", "Deny"}
    return effects == {"Allow"}


def _hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _holds(operator, key, _values(wanted), context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    found = None if key not in context else _values(context[key])
    if operator == "Null":
        return (found is None) == (wanted == ["true"])
    if operator == "ArnNotEquals":
        return not _holds("ArnEquals", key, wanted, context)
    for_all, _, plain = operator.rpartition(":")
    assert for_all in ("", "ForAllValues"), operator
    tests = {
        "StringLike": _like,
        "StringEquals": str.__eq__,
        "Bool": str.__eq__,
        "ArnEquals": _is_arn_like,
    }
    test = tests[plain]
    if found is None:
        return for_all == "ForAllValues"  # of nothing, everything holds
    patterns = [_filled(each, context) for each in wanted]
    assert for_all or len(found) == 1
    return all(any(test(value, pattern) for pattern in patterns) for value in found)


def _filled(pattern: str, context: Context) -> str:
    """With the request's own values in place of ``${…}``; none there: matches nothing."""

    def value(found: re.Match[str]) -> str:
        given = context.get(found[1])
        return given if isinstance(given, str) else "\0"

    return re.sub(r"\$\{([^}]+)\}", value, pattern)


def _like(value: str, pattern: str) -> bool:
    as_regex = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(as_regex, value, re.DOTALL) is not None


def _is_arn_like(value: str, pattern: str) -> bool:
    """Part by part: a pattern in one of six stays in it."""
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(_like, parts, patterns))


def _values(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
