"""The load plan says what its arithmetic gives, from numbers that the code agrees on."""

from __future__ import annotations

import pytest
from load_model import LIMITS, NUMBERS, Load, value
from load_plan import DOCUMENT, STEPS, figure, written

from app.entrypoints.loops import LOOKS_AT_ONCE
from app.records.owners import Tenant
from app.records.sessions import READ_AT_ONCE
from app.settings import DEFAULTS
from bench.cost import bill


def test_the_document_has_the_tables_as_they_are_reckoned() -> None:
    document = DOCUMENT.read_text()
    assert document == written(document), "run `python scripts/load_plan.py --write`"


def test_it_is_reckoned_from_the_settings_and_prices_of_the_code() -> None:
    assert value("heartbeat_s") == DEFAULTS["heartbeat_interval_s"]
    assert value("reading_s") == DEFAULTS["sample_interval_s"]
    assert value("looks_at_once") == LOOKS_AT_ONCE
    assert value("unclaimed_days") == Tenant.__dataclass_fields__["refund_expiry_days"].default
    assert value("summed_sessions") == READ_AT_ONCE * 1.5 / 0.005
    prices = {
        "write_price": bill.WRITE,
        "read_price": bill.READ,
        "lambda_call": bill.LAMBDA_CALL,
        "lambda_gb_s": bill.LAMBDA_GB_S,
        "log_gb": bill.LOG_BYTE * 1e9,
    }
    assert {name: value(name) for name in prices} == pytest.approx(prices)


def test_every_number_says_where_it_is_from() -> None:
    for name, each in NUMBERS.items():
        assert each.value > 0, name
        assert each.source or each.how in ("assumed", "list"), name
        assert each.how != "measured" or "bench." in each.source, name
        assert each.how != "counted" or "bench." in each.source or name == "frames_a_session"


def test_it_grows_in_proportion_and_by_whole_tasks() -> None:
    small, large = Load(10_000), Load(1_000_000)
    assert large.sessions_per_s == pytest.approx(100 * small.sessions_per_s)
    assert large.writes_per_s == pytest.approx(1_000_000 * 2 / 86_400 * 3 * 102.8)
    assert large.charging == pytest.approx(250_000)
    per_charger = [Load(step).cost / step for step in STEPS]
    assert per_charger == sorted(per_charger, reverse=True)


@pytest.mark.parametrize("step", STEPS[1:])
def test_the_edges_that_are_left_hold_everybody_of_a_lost_zone(step: int) -> None:
    load = Load(step)
    left = load.tasks - -(-load.tasks // load.zones)
    assert load.chargers <= left * value("most_per_task")
    assert load.edge_memory_mb < 1024
    assert load.edge_cpu < 0.5


def test_a_million_needs_no_more_than_the_settings_allow() -> None:
    stages = pytest.importorskip("infra.cdk.stages", reason="run `make setup-infra`")
    load = Load(1_000_000)
    needs = {limit.what: limit.needs(load) for limit in LIMITS}

    def needed(word: str) -> int:
        (found,) = [
            need for what, need in needs.items() if f"`{word}`" in what or f"`{word}`," in what
        ]
        return int(found) + 1

    stages.stage_of(
        "prod",
        {
            "region": "eu-central-1",
            "domain": "strom.example",
            "hosted_zone_id": "Z1",
            "alarms_to": "a@strom.example",
            "edge_tasks": [load.tasks, needed("edge_tasks")],
            "chargers_per_task": load.per_task,
            "zones": load.zones,
            "requests_per_s": needed("requests_per_s"),
            "performs_at_once": needed("performs_at_once"),
            "due_shards": needed("due_shards"),
            "wallet_watch_s": load.watch_s,
        },
    )


def test_figures_read_well() -> None:
    assert [figure(each) for each in (0, 0.00694, 0.82, 8.19, 82.4, 819, 8194, 1_000_000)] == [
        "0", "0.0069", "0.82", "8.2", "82", "819", "8,190", "1,000,000",
    ]  # fmt: skip
