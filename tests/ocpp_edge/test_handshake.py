"""How charge points name themselves when they open a socket."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers

from app.ocpp_edge import handshake


@pytest.mark.parametrize(
    ("target", "paths"),
    [
        ("/ocpp/CP1", ("CP1",)),
        ("/CP1", ("CP1",)),
        ("/ocpp/CP1/", ("CP1",)),
        ("//ocpp//CP1", ("CP1",)),
        ("/ocpp/CP%201%2F2", ("CP 1/2",)),
        ("/ocpp/%20CP1%20", ("CP1",)),
        ("/OCPP/CP1?x=/y", ("CP1",)),
        ("wss://strom.example/ocpp/CP1", ("CP1",)),
        ("/ocpp/CP1/CP1", ("CP1",)),
        ("/ocpp/CP1/SERIAL", ("CP1/SERIAL", "CP1")),
        ("/", ()),
        ("/ocpp/", ()),
        ("", ()),
        ("/" + "x" * 600, ()),
    ],
)
def test_the_path_says_who_it_is(target: str, paths: tuple[str, ...]) -> None:
    assert handshake.charger_paths(handshake.segments(target)) == paths


@given(st.text())
def test_no_target_raises(target: str) -> None:
    handshake.charger_paths(handshake.segments(target))


def basic(value: str) -> Headers:
    return Headers({"Authorization": value})


def test_the_password_is_handed_on_as_a_hash() -> None:
    token = base64.b64encode(b"CP1:secret:with:colons").decode()
    found = handshake.credentials(basic(f"Basic {token}"))
    assert found.username == "CP1"
    assert found.password_sha256 == hashlib.sha256(b"secret:with:colons").hexdigest()


def test_credentials_without_padding_are_read() -> None:
    token = base64.b64encode(b"CP1:pw").decode().rstrip("=")
    assert handshake.credentials(basic(f"basic  {token}")).username == "CP1"


@pytest.mark.parametrize("value", ["", "Basic", "Basic ???", "Basic Q1Ax", "Bearer abc"])
def test_what_is_not_understood_counts_as_no_credentials(value: str) -> None:
    assert handshake.credentials(basic(value)) == handshake.NO_CREDENTIALS


def test_a_missing_connection_header_is_added_and_a_wrong_one_mended() -> None:
    for headers in (Headers(), Headers({"Connection": "close"})):
        handshake.mend_headers(headers)
        assert headers["Connection"] == "Upgrade"
    kept = Headers({"Connection": "keep-alive, Upgrade"})
    handshake.mend_headers(kept)
    assert kept["Connection"] == "keep-alive, Upgrade"


@pytest.mark.parametrize("offer", ["ocpp1.6", "OCPP1.6", "ocpp1.6j", "ocpp1.6J"])
def test_one_point_six_is_known_in_all_spellings(offer: str) -> None:
    headers = Headers({"Sec-WebSocket-Protocol": f"ocpp2.0, {offer}"})
    meant = [handshake.meant_by(one) for one in handshake.offered_protocols(headers)]
    assert meant == [None, "ocpp1.6"]


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        (["ocpp1.6", "ocpp2.0.1"], "ocpp2.0.1"),
        (["ocpp2.0.1", "ocpp1.6"], "ocpp2.0.1"),
        (["ocpp2.0.1", "ocpp2.1", "ocpp1.6"], "ocpp2.1"),
        (["OCPP2.0.1", "ocpp1.6j"], "OCPP2.0.1"),
        (["ocpp2.0", "OCPP1.6J", "ocpp1.6"], "OCPP1.6J"),
        (["ocpp2.0", "ocpp1.5"], None),
        ([], None),
    ],
)
def test_the_newest_that_both_speak_is_chosen_in_the_charge_points_spelling(
    offers: list[str], chosen: str | None
) -> None:
    assert handshake.chosen(offers) == chosen


@pytest.mark.parametrize(
    "sent", [b"00ff" * 10, b"00FF" * 10, bytes.fromhex("00ff" * 10), b"00Ff" * 10]
)
def test_a_key_in_hexadecimal_digits_is_the_same_however_it_is_sent(sent: bytes) -> None:
    """OCPP-J 1.6 §6.2: AuthorizationKey is set as digits, and sent as the bytes, or as digits."""
    value = base64.b64encode(b"CP1:" + sent).decode()
    known = handshake.credentials(Headers(Authorization=f"Basic {value}"))
    assert known.password_sha256 == hashlib.sha256(b"00ff" * 10).hexdigest()


@pytest.mark.parametrize("sent", [b"abc", b"ABCDEF", b"Correct horse bat", "grüße".encode() * 4])
def test_other_passwords_are_taken_as_they_are(sent: bytes) -> None:
    value = base64.b64encode(b"CP1:" + sent).decode()
    known = handshake.credentials(Headers(Authorization=f"Basic {value}"))
    assert known.password_sha256 == hashlib.sha256(sent).hexdigest()
