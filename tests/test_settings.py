"""Missing or contradictory settings stop the start with one line that names the setting."""

import pytest

from app.bootstrap.edges import edge_settings
from app.bootstrap.foundation import SystemChance
from app.bootstrap.room_settings import driver_settings, portal_settings
from app.settings import SettingsError, read_settings
from app.wallets.lnd_invoices import HOLD_BLOCKS

GIVEN_BACK_BLOCKS = 18
"""So many blocks before its deadline LND gives a held payment back (``holdexpirydelta``)."""


def test_what_is_contradictory_is_named() -> None:
    with pytest.raises(SettingsError, match="STROM_START_S must be longer"):
        read_settings(start_s=60, connection_timeout_s=120)


def test_no_payment_is_held_for_longer_than_wallets_hold_it() -> None:
    with pytest.raises(SettingsError, match="STROM_START_S"):
        read_settings(start_s=12 * 3600)
    hurried_block_s = 300  # twice as fast as blocks come on average
    left_s = (HOLD_BLOCKS - GIVEN_BACK_BLOCKS) * hurried_block_s
    assert read_settings(start_s=3600).start_s * 5 < left_s


def test_what_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROM_HTTP_PORT", "eighty")
    with pytest.raises(SettingsError, match=r"STROM_HTTP_PORT: .*integer"):
        read_settings()


def test_without_public_addresses_it_is_this_machine() -> None:
    settings = read_settings(http_port=8123, edge_port=9123)
    assert settings.base_url == "http://127.0.0.1:8123"
    assert settings.charger_url == "ws://127.0.0.1:9123"


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in repr(read_settings(smtp_password="hunter2"))


def test_a_refund_is_not_sent_again_while_an_attempt_may_still_run() -> None:
    with pytest.raises(SettingsError, match="STROM_REFUND_UNKNOWN_S must be longer"):
        read_settings(lease_s=60, perform_timeout_s=50, refund_unknown_s=20)


def test_a_certificate_of_the_edge_wants_its_key() -> None:
    with pytest.raises(SettingsError, match="STROM_EDGE_TLS_CERTIFICATE and STROM_EDGE_TLS_KEY"):
        read_settings(edge_tls_certificate="edge.crt")


def test_the_edge_is_told_of_its_tls() -> None:
    settings = read_settings(
        edge_tls_certificate="edge.crt",
        edge_tls_key="edge.key",
        edge_tls_port=9444,
        edge_behind_tls=True,
    )
    edge = edge_settings(settings, SystemChance())
    assert (edge.tls_certificate, edge.tls_key) == ("edge.crt", "edge.key")
    assert (edge.tls_port, edge.behind_tls) == (9444, True)


def test_browsers_follow_where_charge_points_connect_unless_told_otherwise() -> None:
    settings = read_settings(charger_base_url="wss://chargers.example/")
    assert settings.live_url == "wss://chargers.example"
    settings = read_settings(
        charger_base_url="wss://chargers.example", live_base_url="wss://live.example/"
    )
    assert settings.live_url == "wss://live.example"
    assert driver_settings(settings, b"k" * 32).live_ws_base == "wss://live.example"
    assert portal_settings(settings, b"k" * 32).charger_ws_base_url == "wss://chargers.example"
