"""The connection string, as wallets write it."""

from urllib.parse import quote

import pytest

from app.charging.errors import BadInput
from app.wallets.nwc_uri import parse_connection

PUBKEY = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4"
SECRET = "71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c"
NIP47 = f"nostr+walletconnect://{PUBKEY}?relay=wss%3A%2F%2Frelay.damus.io&secret={SECRET}"
"""The example of NIP-47."""


def test_the_example_of_nip_47_is_read_and_written() -> None:
    found = parse_connection(NIP47)

    assert found.wallet_pubkey == PUBKEY
    assert found.relays == ("wss://relay.damus.io",)
    assert found.secret == SECRET
    assert found.to_uri() == NIP47
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "written",
    [
        NIP47.upper().replace("RELAY=", "relay=").replace("SECRET=", "secret="),
        NIP47.replace("nostr+walletconnect://", "nostr+walletconnect:"),
        NIP47.replace("nostr+walletconnect://", "nostrwalletconnect://"),
        NIP47.replace("%3A%2F%2F", "://"),
        f"  {NIP47}\n",
        f"strom://connected?value={quote(NIP47, safe='')}",
        f"https://strom.example/back?value={quote(NIP47, safe='')}",
    ],
)
def test_other_spellings_are_read(written: str) -> None:
    found = parse_connection(written)

    assert (found.wallet_pubkey, found.secret) == (PUBKEY, SECRET)
    assert len(found.relays) == 1


def test_several_relays_and_a_lightning_address_are_kept() -> None:
    found = parse_connection(
        f"{NIP47}&relay=wss%3A%2F%2Fb.example%2Fnwc%3Fa%3D1&relay=wss://b.example/nwc%3Fa%3D1"
        "&lud16=owner%40wallet.example"
    )

    assert found.relays == ("wss://relay.damus.io", "wss://b.example/nwc?a=1")
    assert found.lud16 == "owner@wallet.example"
    assert parse_connection(found.to_uri()) == found


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "starts with"),
        ("lnbc1", "starts with"),
        (f"https://wallet.example/{PUBKEY}", "starts with"),
        ("nostrnwc://connect?appname=Strom&callback=strom%3A%2F%2Fx", "asks a wallet"),
        ("nostrnwc+alby://connect?appname=Strom", "asks a wallet"),
        (NIP47.split("&")[0], "no secret"),
        (NIP47.replace(SECRET, "00" * 32), "no private key"),
        (NIP47.replace(SECRET, "ff" * 32), "no private key"),
        (NIP47.replace(SECRET, "nsec1abc"), "no private key"),
        (NIP47.replace(PUBKEY, "npub1abc"), "public key"),
        (f"nostr+walletconnect://{PUBKEY}?secret={SECRET}", "no relay"),
        (NIP47.replace("wss%3A", "https%3A"), "wss://"),
        (NIP47.replace("relay.damus.io", "user@relay.damus.io"), "wss://"),
        (NIP47 + "".join(f"&relay=wss://{n}.example" for n in range(5)), "more than 5"),
        (NIP47 + "x" * 5000, "too long"),
    ],
)
def test_what_cannot_be_used_says_why_without_repeating_it(written: str, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_connection(written)

    assert reason in caught.value.message
    assert caught.value.field == "connection"
    assert SECRET not in caught.value.message
