"""What the app counts, as Prometheus reads it."""

import pytest

from app.telemetry.numbers import Numbers


def test_everything_is_told() -> None:
    now = 100.0
    numbers = Numbers(lambda: now)
    numbers.answered("public", 200, 0.02)
    numbers.answered("public", 503, 3)
    numbers.effects["PayRefund", "done"] += 1
    numbers.refunds["in doubt"] += 2
    numbers.waiting = lambda: 7
    numbers.sweeping.found([1500, 20])
    numbers.sweeping.found([])
    assert numbers.sweep_over(0.25).oldest_s == 1.5
    numbers.counting.sessions["charging"] += 3
    numbers.counting.paying_msat = 21_000
    numbers.counting.oldest_paying_s = 60
    numbers.count_over()
    now = 130.0
    told = numbers.report().splitlines()
    for line in (
        'strom_http_request_seconds_count{surface="public",status="5xx"} 1',
        'strom_effects_total{effect="PayRefund",outcome="done"} 1',
        'strom_refunds_total{outcome="in doubt"} 2',
        "strom_perform_queue 7",
        "strom_overdue 2",
        "strom_overdue_oldest_seconds 1.5",
        "strom_sweep_age_seconds 30.0",
        'strom_sessions_open{phase="charging"} 3',
        'strom_owed_msat{state="paying"} 21000',
        'strom_owed_oldest_seconds{state="paying"} 60',
        "strom_owed_counted_seconds 30.0",
    ):
        assert line in told


def test_a_count_begins_anew_each_time() -> None:
    numbers = Numbers()
    numbers.counting.paying += 1
    assert numbers.count_over().paying == 1
    assert numbers.count_over().paying == 0


def test_before_anything_was_counted_nothing_is_claimed() -> None:
    told = Numbers().report()
    assert "owed_msat" not in told
    assert "sweep_age" not in told


def test_a_table_that_fails_is_counted_by_how() -> None:
    numbers = Numbers()
    with pytest.raises(TimeoutError), numbers.table_call():
        raise TimeoutError
    with numbers.table_call():
        pass
    assert 'strom_table_errors_total{kind="TimeoutError"} 1' in numbers.report()
    assert "strom_table_seconds_count 2" in numbers.report()
