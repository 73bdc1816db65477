"""What an owner enters for an LND is brought into one spelling, or names its field."""

import base64

import pytest

from app.charging.errors import BadInput
from app.wallets.connections import BACKENDS, read_credentials
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_certificate import self_signed

URL = "https://node.example:8080"
BACKEND = BACKENDS["lnd"]
RAW = bytes.fromhex(ADMIN)


@pytest.mark.parametrize(
    "macaroon",
    [
        ADMIN,
        f" {ADMIN[:20].upper()}\n{ADMIN[20:]} ",
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode().rstrip("="),
    ],
    ids=["hex", "hex in lines", "base64", "base64url"],
)
def test_a_macaroon_gets_one_spelling(macaroon: str) -> None:
    fields = read_credentials("lnd", {"url": f" {URL}/ ", "macaroon": macaroon}).fields

    assert fields == {"url": URL, "macaroon": ADMIN, "certificate": "", "private_hints": "yes"}


@pytest.mark.parametrize("form", ["pem", "one line", "base64", "colons", "openssl", "plain"])
def test_a_certificate_is_kept_as_its_fingerprint(form: str) -> None:
    made = self_signed()
    colons = ":".join(made.fingerprint[i : i + 2].upper() for i in range(0, 64, 2))
    entered = {
        "pem": made.pem,
        "one line": made.pem.replace("\n", ""),  # as a browser's text field pastes it
        "base64": base64.b64encode(made.der).decode(),
        "colons": colons,
        "openssl": f"sha256 Fingerprint={colons}",
        "plain": made.fingerprint,
    }[form]

    fields = read_credentials("lnd", {"url": URL, "macaroon": ADMIN, "certificate": entered}).fields

    assert fields["certificate"] == made.fingerprint


def test_an_lndconnect_address_holds_everything() -> None:
    made = self_signed()
    cert = base64.urlsafe_b64encode(made.der).decode().rstrip("=")
    macaroon = base64.urlsafe_b64encode(RAW).decode().rstrip("=")
    entered = f"lndconnect://node.example:8080?cert={cert}&macaroon={macaroon}"

    fields = read_credentials("lnd", {"url": "", "macaroon": entered}).fields

    assert (fields["url"], fields["macaroon"]) == (URL, ADMIN)
    assert fields["certificate"] == made.fingerprint


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"url": ""}, "url"),
        ({"url": f"{URL}/?x=1"}, "url"),
        ({"url": "https://node.example:port"}, "url"),
        ({"url": "https://node.example:10009"}, "url"),
        ({"url": "http://127.0.0.1:8080", "certificate": "ab" * 32}, "url"),
        ({"macaroon": ""}, "macaroon"),
        ({"macaroon": "ab" * 60}, "macaroon"),
        ({"macaroon": "0201"}, "macaroon"),
        ({"macaroon": "two words"}, "macaroon"),
        ({"macaroon": "ab" * 30_000}, "macaroon"),
        ({"macaroon": "lndconnect://node.example:8080"}, "macaroon"),
        ({"macaroon": "lndconnect://[?macaroon=ab"}, "macaroon"),
        ({"certificate": "nonsense"}, "certificate"),
        ({"certificate": base64.b64encode(b"no certificate").decode()}, "certificate"),
        ({"private_hints": "perhaps"}, "private_hints"),
    ],
)
def test_what_cannot_be_used_names_its_field(changed: dict[str, str], wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_credentials("lnd", {"url": URL, "macaroon": ADMIN} | changed)

    assert caught.value.field == wrong
    assert ADMIN not in caught.value.message


def test_what_is_secret_is_not_shown() -> None:
    assert [field.name for field in BACKEND.fields if field.is_secret] == ["macaroon"]
    entered = read_credentials("lnd", {"url": URL, "macaroon": ADMIN})
    assert ADMIN not in repr(entered)
