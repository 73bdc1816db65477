"""Missing or contradictory settings stop the start with one line that names the setting."""

from pathlib import Path

import pytest

from app.bootstrap.edges import edge_settings
from app.bootstrap.foundation import SystemChance
from app.bootstrap.page_settings import driver_settings, portal_settings
from app.settings import CONTRADICTIONS, SettingsError, read_settings
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
    assert "hunter2" not in repr(
        read_settings(smtp_host="h", smtp_user="me", smtp_password="hunter2")
    )


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


def test_charge_points_with_certificates_connect_there_too_unless_told_otherwise() -> None:
    here = {"charger_base_url": "wss://chargers.example/"}
    assert read_settings(**here).certificate_url == "wss://chargers.example"
    settings = read_settings(**here, certificate_base_url="wss://chargers.example:8443/")
    portal = portal_settings(settings, b"k" * 32)
    assert portal.certificate_ws_base_url == "wss://chargers.example:8443"


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"http_tls_certificate": "a.pem"}, "STROM_HTTP_TLS_KEY"),
        (
            {
                "http_tls_certificate": "a.pem",
                "http_tls_key": "a.key",
                "public_base_url": "http://localhost:8000",
            },
            "STROM_PUBLIC_BASE_URL",
        ),
        ({"http_port": 9000}, "STROM_HTTP_PORT and STROM_EDGE_PORT"),
        (
            {"edge_tls_certificate": "a", "edge_tls_key": "b", "edge_tls_port": 9000},
            "STROM_EDGE_TLS_PORT",
        ),
        (
            {"edge_tls_acm": "arn", "edge_tls_certificate": "a", "edge_tls_key": "b"},
            "STROM_EDGE_TLS_ACM and STROM_EDGE_TLS_CERTIFICATE",
        ),
        ({"certificate_base_url": "https://c.example"}, "STROM_CERTIFICATE_BASE_URL: .*ws://"),
        ({"embedded_tables": "m", "dynamodb_endpoint": "http://x"}, "STROM_EMBEDDED_TABLES"),
        ({"smtp_user": "me"}, "STROM_SMTP_HOST"),
        ({"smtp_host": "h", "smtp_user": "me", "smtp_secret": "arn"}, "STROM_SMTP_SECRET"),
        (
            {"allow_private_hosts": True, "public_base_url": "https://strom.example"},
            "STROM_SIGN_UP=invited",
        ),
        ({"owner_email": "a@b.example"}, "STROM_OWNER_PASSWORD"),
        ({"owner_lnd_macaroon_file": "/lnd/admin.macaroon"}, "STROM_OWNER_LND_URL"),
        ({"owner_lnd_certificate_file": "/lnd/tls.cert"}, "STROM_OWNER_LND_URL"),
        (
            {"owner_lnd_url": "https://n:8080", "owner_lnd_macaroon_file": "/m"},
            "STROM_OWNER_EMAIL",
        ),
        ({"charger_base_url": "https://strom.example"}, "STROM_CHARGER_BASE_URL: .*ws://"),
        ({"trusted_proxies": "172.28.0.1/16"}, "STROM_TRUSTED_PROXIES"),
        ({"trusted_proxies": "caddy"}, "STROM_TRUSTED_PROXIES"),
        ({"log_level": "chatty"}, "STROM_LOG_LEVEL"),
        ({"table": "a table"}, "STROM_TABLE"),
        ({"public_base_url": "https://strom.example/pay"}, "STROM_PUBLIC_BASE_URL: .*no path"),
        ({"public_base_url": "https://"}, "STROM_PUBLIC_BASE_URL"),
        ({"charger_base_url": "wss://strom.example/?a=b"}, "STROM_CHARGER_BASE_URL"),
        ({"edge_behind_tls": True, "charger_base_url": "ws://a.example"}, "STROM_CHARGER_BASE_URL"),
        (
            {"public_base_url": "https://a.example", "live_base_url": "ws://a.example"},
            "STROM_LIVE_BASE_URL",
        ),
        ({"metrics_port": 9000}, "STROM_METRICS_PORT"),
        ({"embedded_tables": "m", "public_base_url": "https://a.example"}, "STROM_EMBEDDED"),
        ({"smtp_host": "h", "smtp_user": "me"}, "STROM_SMTP_PASSWORD"),
        ({"smtp_host": "h", "smtp_password": "secret"}, "STROM_SMTP_USER"),
        ({"smtp_secret": "arn"}, "STROM_SMTP_HOST"),
        ({"smtp_port": 0}, "STROM_SMTP_PORT"),
        ({"mail_from": "strom"}, "STROM_MAIL_FROM"),
        ({"owner_email": "me", "owner_password": "long enough"}, "STROM_OWNER_EMAIL"),
        (
            {
                "owner_lnd_url": "https://10.21.21.9:8080",
                "owner_lnd_macaroon_file": "/m",
                "owner_email": "a@b.example",
                "owner_password": "long enough",
            },
            "STROM_ALLOW_PRIVATE_HOSTS",
        ),
        ({"owner_lnd_url": "10.21.21.9:8080"}, "STROM_OWNER_LND_URL: .*https://"),
        ({"call_timeout_s": 50}, "STROM_REDELIVER_S"),
        ({"quiet_readings_s": 3}, "STROM_WATCHED_READINGS_S"),
        ({"fixed_rates": {"eur": 1}}, "STROM_FIXED_RATES: .*eur"),
        ({"fixed_rates": {"EUR": 0}}, "STROM_FIXED_RATES"),
        ({"fixed_rates": {"EUR": "NaN"}}, "STROM_FIXED_RATES"),
        ({"sweep_interval_s": 0}, "STROM_SWEEP_INTERVAL_S"),
        ({"refund_fee_percent": -1}, "STROM_REFUND_FEE_PERCENT"),
        ({"dynamodb_endpoint": "127.0.0.1:8001"}, "STROM_DYNAMODB_ENDPOINT"),
        ({"wallet_callback_base_url": "strom"}, "STROM_WALLET_CALLBACK_BASE_URL"),
        ({"kms_key": "arn:aws:kms:us-east-1:1:key/2"}, "STROM_KMS_KEY"),
    ],
)
def test_the_setting_that_must_change_is_named_in_one_line(
    settings: dict[str, object], names: str
) -> None:
    with pytest.raises(SettingsError, match=names) as caught:
        read_settings(**settings)
    assert "\n" not in str(caught.value)


def test_nothing_that_is_set_by_default_contradicts_itself() -> None:
    """Each of them names a setting, and none is true of what is set by default."""
    for contradicts, what in CONTRADICTIONS:
        assert not contradicts(read_settings())
        assert "STROM_" in what


def test_every_contradiction_is_told_and_the_first_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"^STROM_START_S[^\n]*$") as caught:
        read_settings(start_s=60, http_port=9000)
    assert [line.split()[0] for line in caught.value.every] == ["STROM_START_S", "STROM_HTTP_PORT"]


def test_with_a_certificate_of_its_own_it_is_reached_by_https() -> None:
    settings = read_settings(http_tls_certificate="a", http_tls_key="b", http_port=8443)
    assert settings.base_url == "https://127.0.0.1:8443"


ACME = {"acme_domains": "Strom.example, charge.strom.example", "acme_terms_agreed": True,
        "host": "0.0.0.0"}  # fmt: skip


def test_its_own_certificate_serves_pages_and_charge_points(tmp_path: Path) -> None:
    settings = read_settings(**ACME, http_port=443, data_dir=tmp_path)
    assert settings.acme_names == ("strom.example", "charge.strom.example")
    assert settings.base_url == "https://strom.example"
    assert settings.charger_url == "wss://strom.example:9443"
    file = str(tmp_path / "acme" / "tls.pem")
    assert {settings.http_tls_certificate, settings.http_tls_key} == {file}
    edge = edge_settings(settings, SystemChance())
    assert {edge.tls_certificate, edge.tls_key} == {file}
    told = settings.model_dump()
    assert read_settings(**told) == settings, "what follows from it does not contradict it"


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"acme_terms_agreed": False}, "STROM_ACME_TERMS_AGREED"),
        ({"acme_domains": "", "acme_email": "a@b.example"}, "STROM_ACME_EMAIL .* STROM_ACME_DOM"),
        ({"acme_domains": "*.strom.example"}, "STROM_ACME_DOMAINS: .*no name"),
        ({"acme_domains": "192.0.2.1"}, "STROM_ACME_DOMAINS: .*no name"),
        ({"acme_domains": "localhost"}, "STROM_ACME_DOMAINS: .*no name"),
        ({"http_tls_certificate": "a", "http_tls_key": "b"}, "STROM_HTTP_TLS_CERTIFICATE"),
        ({"edge_tls_certificate": "a", "edge_tls_key": "b"}, "STROM_EDGE_TLS_CERTIFICATE"),
        ({"edge_behind_tls": True}, "STROM_EDGE_BEHIND_TLS"),
        ({"public_base_url": "https://other.example"}, "STROM_PUBLIC_BASE_URL"),
        ({"charger_base_url": "wss://other.example:9443"}, "STROM_CHARGER_BASE_URL"),
        ({"acme_http_port": 8000}, "STROM_ACME_HTTP_PORT"),
        ({"edge_tls_port": 9000}, "STROM_EDGE_TLS_PORT"),
        ({"host": "127.0.0.1"}, "STROM_HOST"),
        ({"acme_directory_url": "http://ca.example"}, "STROM_ACME_DIRECTORY_URL"),
        ({"allow_private_hosts": True}, "STROM_SIGN_UP=invited"),
    ],
)
def test_what_contradicts_a_certificate_of_ones_own(more: dict[str, object], names: str) -> None:
    with pytest.raises(SettingsError, match=names) as caught:
        read_settings(**{**ACME, **more})
    assert "\n" not in str(caught.value)
