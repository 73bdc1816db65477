"""The last guard before the log."""

import json

import pytest

from app.telemetry.redaction import HIDDEN, without_secrets
from app.tokens import Signer

MAC = "abcdefghijklmnopqrstuvwx23"
INVOICE = "lnbc10u1p" + "q" * 200
CODED = "LNURL1" + "DP68GURN8GHJ7" * 5


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (f"GET https://strom.example/hooks/wallet/t1.s1.n1.{MAC} failed", MAC),
        (f"GET /s/t1.s1.{MAC}/stop", MAC),
        ("Client error '401' for url 'https://a.example/cb?k1=00ff00ff&pr=x'", "00ff00ff"),
        ("POST /reset-password/AbCdEf012345", "AbCdEf012345"),
        ("{'X-Api-Key': '0123456789abcdef'}", "0123456789abcdef"),
        ("[('authorization', 'Basic dXNlcjpwYXNzd29yZA==')]", "dXNlcjpwYXNzd29yZA"),
        ("Authorization: Bearer strom_abcdefghijklmnop", "strom_abcdefghijklmnop"),
        ("bad URI nostr+walletconnect://b889?relay=wss://r.example&secret=71a8c14c", "71a8c14c"),
        ("macaroon=0201036c6e6402f801", "0201036c6e6402f801"),
        ('{"preimage": "00112233445566778899"}', "00112233445566778899"),
        ("connecting to wss://path:hunter2222@chargers.example/x", "hunter2222"),
        (f"pay {INVOICE}!", INVOICE),
        (f"lightning:{CODED}", CODED),
    ],
)
def test_a_secret_is_blotted_out_in_plain_text_and_in_json(line: str, secret: str) -> None:
    for text in (line, json.dumps({"message": line})):
        shown = without_secrets(text)
        assert secret not in shown
        assert HIDDEN in shown


@pytest.mark.parametrize(
    "line",
    [
        "the password was wrong",
        "effect E#await.0a1b2c3d4e5f: timed out",
        "refund E#refund.00112233445566778899aabbccddeeff failed: no route",
        "charge point abcdefgh23456789 has connected at wss://chargers.example/t/cp",
        "Strom serves https://strom.example",
        "this token, which was used before, is refused",
        "app.ocpp_edge.fleet.metrics_server",
    ],
)
def test_what_is_none_stays(line: str) -> None:
    assert without_secrets(line) == line


def test_every_token_of_ours_is_known_by_its_end() -> None:
    signer = Signer(b"\x05" * 32)
    for token in (signer.session_token("t1", "s1", 3), signer.token("webhook", "t1", "s1", "n1")):
        assert token.rpartition(".")[2] not in without_secrets(f"/live/{token} 500")
