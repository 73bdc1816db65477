"""What a function's start does not load: it would be waited for at each one."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.support.servers import ROOT

OWNERS = ("app.portal", "app.tenants", "app.certificates", "app.bootstrap.portal_services")
BACKENDS = ("app.wallets.connections", "app.wallets.lnbits", "app.wallets.lnd", "app.wallets.nwc")
RARELY = ("jinja2", "aiosmtplib", "segno", "argon2", "reportlab", "nostr_sdk", "bolt11", "boto3",
          "app.tariffs.spot.kinds", "app.tariffs.spot.feeds", "xmltodict")  # fmt: skip
NEVER = ("dotenv", "app.ocpp_edge", "app.simulator", "app.migrations", "app.backups",
         "app.acme_client")  # fmt: skip
NOT_WEB = ("litestar", "mangum", "app.lnurl_api", "app.portal", "app.tenants")
LOADED = """
import sys
sys.modules["pydantic"] = None  # not there in the zips: Litestar loads it where it is
for each in sys.argv[1:]:
    __import__(each)
print(*(name for name, module in sys.modules.items() if module is not None))
"""
NOT_LOADED = {
    "lnurl": (*OWNERS, *BACKENDS, *RARELY, *NEVER),
    "portal": (*NEVER, "reportlab", "nostr_sdk", "boto3", "app.tariffs.spot.kinds", "xmltodict"),
    "internal": ("app.portal", "app.tenants", "app.wallets.connector", *BACKENDS, *RARELY, *NEVER),
    "perform": (*NOT_WEB, *RARELY, *NEVER),
    "sweep": (*NOT_WEB, *OWNERS, "app.tariffs", *BACKENDS, *RARELY, *NEVER),
}


def imported_by(surface: str) -> list[str]:
    """By the handler's module: to import the module itself would start the function."""
    source = (ROOT / "app/entrypoints/lambdas" / f"{surface}.py").read_text()
    found = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.ImportFrom)]
    return [each.module for each in found if each.module]


@pytest.mark.parametrize("surface", NOT_LOADED)
def test_a_start_loads_nothing_that_it_seldom_or_never_needs(surface: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *imported_by(surface)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    loaded = done.stdout.split()
    assert "app.flow.flow" in loaded  # and it is not that nothing is
    unwanted = tuple(f"{name}." for name in NOT_LOADED[surface])
    assert [name for name in loaded if f"{name}.".startswith(unwanted)] == []


def test_every_function_is_looked_at() -> None:
    modules = {each.stem for each in (ROOT / "app/entrypoints/lambdas").glob("*.py")}
    parts = {"__init__", "starting", "web", "performing"}
    assert modules - parts == set(NOT_LOADED)
