"""docs/settings.md: every setting, as `app/settings/__init__.py` says it.

`python scripts/settings_reference.py` prints the document, `--write` writes it. What a setting
means is said once, beside it; a test holds the document to that.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

from msgspec import Meta
from msgspec.structs import FieldInfo, fields

from app.settings import DEFAULTS, Secret, Settings

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "app" / "settings" / "__init__.py"
DOCUMENT = ROOT / "docs" / "settings.md"
HEAD = """# Settings

All of them, as `app/settings/__init__.py` has them (`python scripts/settings_reference.py`).

They are read once, at the start, from the environment and from a file `.env` in the working
folder; the environment goes before. What is wrong or contradicts itself stops the start with a line
that names it; `strom doctor` says what is misspelt or doubtful. Times are in seconds where a name
ends in `_S`. What a provider decides first stands in [For providers](providers.md#settings), what
matters at home in [Strom at home](guide/home.md).
"""


@dataclass(frozen=True, slots=True)
class Described:
    """A setting, or (with no name) the heading of those that follow."""

    name: str
    text: str


def described(source: str) -> Iterator[Described]:
    """In the order of the class: comments between settings are headings."""
    lines = source.splitlines()
    (settings,) = (
        each
        for each in ast.parse(source).body
        if isinstance(each, ast.ClassDef) and each.name == "Settings"
    )
    body = settings.body
    for each, after in zip(body, [*body[1:], None], strict=True):
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        above = lines[each.lineno - 2].strip()
        if above.startswith("# "):
            yield Described("", above.removeprefix("# "))
        yield Described(each.target.id, _docstring(after))


def _docstring(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""


def allowed(kind: object) -> str:
    """What may be given, where its type alone does not say it."""
    if get_origin(kind) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(kind))
    if get_origin(kind) is Annotated:
        return _bounds(next(each for each in get_args(kind) if isinstance(each, Meta)))
    return next((allowed(each) for each in get_args(kind) if allowed(each)), "")


def _bounds(meta: Meta) -> str:
    if meta.pattern:
        return f"`{meta.pattern}`"
    if meta.ge is not None and meta.le is not None:
        return f"{meta.ge}–{meta.le}"
    least = f"at least {meta.ge}" if meta.ge is not None else f"above {meta.gt}"
    return least + (f", at most {meta.le}" if meta.le is not None else "")


def shown(default: object) -> str:
    """A default as somebody would write it into the environment."""
    if default in (None, "", {}) or isinstance(default, Secret):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default.normalize() if isinstance(default, Decimal) else default}`"


def written() -> str:
    """The document."""
    kinds: dict[str, FieldInfo] = {each.name: each for each in fields(Settings)}
    lines = [HEAD]
    for each in described(SOURCE.read_text()):
        if not each.name:
            lines.append(f"\n## {each.text}\n\n| setting | default | allowed | what it is |")
            lines.append("|---|---|---|---|")
            continue
        cells = (
            f"`STROM_{each.name.upper()}`",
            shown(DEFAULTS[each.name]),
            allowed(kinds[each.name].type),
            each.text.replace("``", "`"),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print it, or write it."""
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(written())
    else:
        print(written())


if __name__ == "__main__":
    main()
