"""Promises of the repository that no linter keeps."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def imported_by(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def test_the_domain_needs_the_standard_library_only() -> None:
    modules = sorted((ROOT / "app" / "charging").rglob("*.py"))
    assert modules
    for module in modules:
        foreign = {
            name
            for name in imported_by(module)
            if name.partition(".")[0] not in sys.stdlib_module_names
            and not f"{name}.".startswith(("app.charging.", "."))
        }
        assert not foreign, f"{module.name} imports {foreign}"


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.stem
)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
