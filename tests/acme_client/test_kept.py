"""The files of our own certificate: whole, and nobody else's."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.acme_client.keeper import prepare, standing
from app.acme_client.kept import Attempts, Kept, placeholder
from app.acme_client.settings import AcmeSettings

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("strom.example",)


def test_what_is_shown_before_the_first_comes_serves_and_is_known_for_what_it_is(
    tmp_path: Path,
) -> None:
    settings = AcmeSettings(NAMES, tmp_path / "acme")
    prepare(settings, NOW)
    file = Kept(settings.folder).file
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, file)
    shown = Kept(settings.folder).shown()
    assert shown is not None
    assert shown.is_placeholder
    assert shown.names == {"strom.example"}
    before = file.read_bytes()
    prepare(settings, NOW)
    assert file.read_bytes() == before, "it is not made again at each start"
    prepare(settings, NOW + timedelta(days=400))
    assert file.read_bytes() != before, "unless its time is up"
    facts = standing(settings)
    assert not facts.has_certificate
    assert facts.wrong(NOW) == "the certificate for strom.example has not come yet"


def test_nobody_else_reads_them(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "acme")
    kept.account_key()
    kept.keep(placeholder(NAMES, NOW))
    kept.remember(Attempts("https://ca.example"))
    assert (tmp_path / "acme").stat().st_mode & 0o777 == 0o700
    files = sorted((tmp_path / "acme").iterdir())
    assert [file.name for file in files] == ["account.pem", "attempts.json", "tls.pem"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


def test_the_accounts_key_stays_the_same(tmp_path: Path) -> None:
    first = Kept(tmp_path).account_key().private_numbers()
    assert Kept(tmp_path).account_key().private_numbers() == first
    (tmp_path / "account.pem").write_text("damaged")
    with pytest.raises(ValueError, match="PEM"):
        Kept(tmp_path).account_key()


@pytest.mark.parametrize("content", [b"", b"damaged", b"{}", b'{"failed_at": 1}'])
def test_a_damaged_note_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "attempts.json").write_bytes(content)
    (tmp_path / "tls.pem").write_bytes(content)
    assert Kept(tmp_path).attempts() == Attempts()
    assert Kept(tmp_path).shown() is None


def test_only_the_last_tries_are_remembered(tmp_path: Path) -> None:
    attempts = Attempts()
    for number in range(100):
        attempts = attempts.failed(NOW + timedelta(days=number), "why", NOW)
    Kept(tmp_path).remember(attempts)
    assert Kept(tmp_path).attempts() == attempts
    assert len(attempts.failed_at) == 20
