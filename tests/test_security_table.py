"""The tables of the page name tests that exist; every attacker and every wallet has a row."""

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


WALLETS = ("every wallet", "LNbits", "NWC", "LND", "Phoenix", "Zeus", "Electrum")


def rows(heading: str = "The threat table") -> list[list[str]]:
    """The rows of a table; of the threats: attacker, what they try, what stops it, the test."""
    table = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def functions_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_names_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 4
    require_a_test(row)


@pytest.mark.parametrize("row", rows("What real wallets do"), ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_habit_of_a_wallet_names_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 3
    require_a_test(row)


@pytest.mark.parametrize("wallet", WALLETS)
def test_every_wallet_has_a_row(wallet: str) -> None:
    assert wallet in {row[0] for row in rows("What real wallets do")}


def require_a_test(row: list[str]) -> None:
    assert all(row)
    (named,) = NAMED.findall(row[-1])
    path, test = named
    assert test in functions_in(path)
    assert test.startswith("test_")


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_attacker_has_a_row(attacker: str) -> None:
    assert attacker in {row[0] for row in rows()}
