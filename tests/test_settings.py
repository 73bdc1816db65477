"""Missing or contradictory settings stop the start with one line that names the setting."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from app.bootstrap.edges import edge_settings
from app.bootstrap.foundation import SystemChance
from app.bootstrap.page_settings import driver_settings, portal_settings
from app.settings import (
    CONTRADICTIONS,
    DEFAULTS,
    Secret,
    SettingsError,
    given_in,
    read_settings,
    settings_of,
)
from app.settings.rules import RULES
from app.wallets.lnd_invoices import HOLD_BLOCKS
from tests.support.servers import ROOT

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


@pytest.mark.parametrize(
    ("name", "text", "must_be"),
    [
        ("http_port", "80.5", "an integer from 0 to 65535"),
        ("http_port", "65536", "an integer from 0 to 65535"),
        ("metrics_port", "high", "an integer from 0 to 65535, or empty"),
        ("message_attempts", "0", "an integer above 0"),
        ("start_s", "3601", "an integer above 0 and at most 3600"),
        ("message_retry_s", "-1", "an integer of at least 0"),
        ("wallet_watch_s", "inf", "a number above 0"),
        ("drain_s", "nan", "a number from 0 to 100"),
        ("refund_fee_percent", "101", "a number from 0 to 100"),
        ("refund_fee_percent", "NaN", "a number from 0 to 100"),
        ("allow_private_hosts", "perhaps", "true or false"),
        ("sign_up", "closed", "one of open, invited, approved"),
        ("table", "a b", "text that matches ^[A-Za-z0-9_.-]{3,255}$"),
        ("fixed_rates", "EUR=1", 'JSON such as {"EUR": 1000000}'),
        ("fixed_rates", '{"EUR": "much"}', 'JSON such as {"EUR": 1000000}'),
    ],
)
def test_it_is_said_what_a_setting_must_be(
    name: str, text: str, must_be: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STROM_{name.upper()}", text)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value) == f"STROM_{name.upper()}: must be {must_be}"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("http_port", " 80 ", 80),
        ("http_port", "80.0", 80),
        ("metrics_port", "", None),
        ("metrics_port", "9100", 9100),
        ("drain_s", "2.5", 2.5),
        ("refund_fee_percent", "0.5", Decimal("0.5")),
        ("allow_private_hosts", "Yes", True),
        ("acme_terms_agreed", "off", False),
        ("data_dir", "/srv/strom", Path("/srv/strom")),
        ("owner_lnd_certificate_file", "", None),
        ("fixed_rates", '{"EUR": 1000000.25}', {"EUR": Decimal("1000000.25")}),
        ("fixed_rates", '{"EUR": "1000000"}', {"EUR": Decimal(1_000_000)}),
    ],
)
def test_what_people_write_is_understood(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STROM_{name.upper()}", text)
    assert getattr(read_settings(), name) == value


def test_every_setting_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROM_HTTP_PORT", "eighty")
    monkeypatch.setenv("STROM_TRUSTED_PROXIES", "caddy")
    with pytest.raises(SettingsError) as caught:
        read_settings(smtp_tls="never", start_s=60)  # contradicts, once the others are right
    named = [line.partition(":")[0] for line in caught.value.every]
    assert named == ["STROM_HTTP_PORT", "STROM_TRUSTED_PROXIES", "STROM_SMTP_TLS"]


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(
        "STROM_TABLE=of-the-file\nSTROM_LOG_LEVEL='DEBUG' # loud\nSTROM_HOST\nOTHER=1\n"
    )
    assert (read_settings().table, read_settings().log_level) == ("of-the-file", "DEBUG")
    monkeypatch.setenv("strom_table", "of-the-environment")  # small letters are the same to us
    assert read_settings().table == "of-the-environment"
    assert read_settings(table="given").table == "given"
    assert settings_of().table == DEFAULTS["table"]


def test_traces_go_where_the_name_that_others_know_says_unless_ours_does() -> None:
    others = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert given_in(others) == {"traces_endpoint": "http://127.0.0.1:4318"}
    assert given_in({**others, "STROM_TRACES_ENDPOINT": ""}) == {"traces_endpoint": ""}


def test_only_what_is_a_setting_is_given() -> None:
    assert given_in({"STROM_HOST": "::", "STROM_HOTS": "::", "HOST": "::"}) == {"host": "::"}
    with pytest.raises(TypeError, match="hots"):
        settings_of(hots="::")
    assert RULES.keys() <= DEFAULTS.keys()


def test_settings_are_a_value() -> None:
    settings = read_settings(table="first")
    with pytest.raises(AttributeError):
        settings.table = "second"  # type: ignore[misc]  # which is why
    assert settings.changed(table="second").table == "second"
    assert settings.changed(table="second").changed(table="first") == settings


def test_no_library_is_loaded_for_the_sake_of_settings() -> None:
    """Each start of a function reads them."""
    code = (
        "import sys; from app.settings import read_settings; read_settings(); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    installed = {"pydantic", "pydantic_settings", "dotenv", "httpx", "botocore", "litestar"}
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "msgspec" in loaded
    assert not loaded & installed


def test_without_public_addresses_it_is_this_machine() -> None:
    settings = read_settings(http_port=8123, edge_port=9123)
    assert settings.base_url == "http://127.0.0.1:8123"
    assert settings.charger_url == "ws://127.0.0.1:9123"


def test_a_password_is_not_shown() -> None:
    settings = read_settings(smtp_host="h", smtp_user="me", smtp_password="hunter2")
    assert settings.smtp_password == Secret("hunter2") != Secret("hunter3")
    assert settings.smtp_password.get_secret_value() == "hunter2"
    for shown in (repr(settings), str(settings), f"{settings.smtp_password}"):
        assert "hunter2" not in shown
    with pytest.raises(SettingsError) as caught:
        read_settings(smtp_password=["hunter2"], http_port="hunter2")
    assert "hunter2" not in " ".join(caught.value.every)


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
    told = structs.asdict(settings)
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
