"""``strom price``: any tariff, any readings, as whoever doubts a bill calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.entrypoints.cli import strom

TARIFF = {
    "currency": "EUR",
    "elements": [
        {
            "price_components": [{"type": "ENERGY", "price": 0.20, "vat": 19, "step_size": 1}],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
        {"price_components": [{"type": "ENERGY", "price": 0.40, "vat": 19, "step_size": 1}]},
    ],
}


@pytest.fixture
def tariff(tmp_path: Path) -> Path:
    path = tmp_path / "tariff.json"
    path.write_text(json.dumps(TARIFF))
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(strom, ["price", *map(str, arguments)])
    return result.exit_code, result.output


def test_readings_from_csv_in_the_places_own_time(tariff: Path, tmp_path: Path) -> None:
    readings = tmp_path / "readings.csv"
    readings.write_text(
        "at,kwh\n2026-03-01T20:00:00Z,100.0\n2026-03-01T21:00:00Z,106.0\n"
        "2026-03-01T22:00:00Z,110.0\n"
    )
    code, text = run("--tariff", tariff, "--readings", readings, "--zone", "Europe/Berlin")
    assert code == 0
    # 21:00–22:00 in Berlin at 0.40, then at 0.20, without VAT: 2.40 + 0.80 = 3.20 EUR
    assert "VAT 19 %     net 3.200000  VAT 0.608000  gross 3.808000" in text
    assert text.rstrip().endswith("total    3.808000 EUR with VAT")
    elsewhere = run("--tariff", tariff, "--readings", readings, "--zone", "UTC")[1]
    assert "gross 4.760000" in elsewhere  # before 22:00 all of it


def test_a_steady_charge_in_msat(tariff: Path) -> None:
    start = ("--start", "2026-03-01T12:00:00")
    code, text = run(
        "--tariff", tariff, "--energy", "10", "--power", "11", *start, "--rate", "1061457.881"
    )
    assert code == 0
    assert "charged  5052539 msat" in text  # 10 × 0.40 × 1.19 × 1061457.881, rounded down


def test_the_periods_of_a_cdr(tariff: Path, tmp_path: Path) -> None:
    cdr = tmp_path / "cdr.json"
    periods = [
        {
            "start_date_time": "2026-03-01T12:00:00Z",
            "dimensions": [{"type": "ENERGY", "volume": 3}],
        },
        {"start_date_time": "2026-03-01T12:30:00", "dimensions": [{"type": "TIME", "volume": 1}]},
    ]
    cdr.write_text(
        json.dumps({"charging_periods": periods, "end_date_time": "2026-03-01T13:00:00Z"})
    )
    code, text = run("--tariff", tariff, "--readings", cdr)
    assert code == 0
    assert "net 1.200000" in text


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ("at,kwh\nyesterday,1\n", "line 2"),
        ("at,kwh\n2026-03-01T20:00:00Z,lots\n", "is no number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tariff: Path, tmp_path: Path, readings: str, said: str
) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(readings)
    result = CliRunner().invoke(strom, ["price", "--tariff", str(tariff), "--readings", str(path)])
    assert result.exit_code != 0
    assert said in f"{result.exception!r} {getattr(result.exception, 'field', '')}"


def test_without_enough_to_price_it_says_what_is_missing(tariff: Path) -> None:
    assert "give a receipt, or --tariff" in run()[1]
    assert "--tariff wants --readings" in run("--tariff", tariff)[1]
