"""The threat table names tests that exist, and every attacker has a row."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ATTACKERS = (
    "a passer-by with the printed QR",
    "someone who requested the invoice but did not pay",
    "replay of k1",
    "two refunds raced",
    "a stalled hold-invoice payee",
    "a forged webhook",
    "a lying wallet service",
    "a false charge point",
    "a hostile backend of an owner's",
    "an owner who names a backend",
    "another tenant",
    "a curious provider",
)


def rows() -> list[list[str]]:
    """The rows of the threat table: attacker, what they try, what stops it, the test."""
    table = PAGE.partition("## The threat table")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def functions_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_names_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
    (named,) = NAMED.findall(row[3])
    path, test = named
    assert test in functions_in(path)
    assert test.startswith("test_")


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_attacker_has_a_row(attacker: str) -> None:
    assert attacker in {row[0] for row in rows()}
