"""A wallet is tried before it is saved, and opened from its sealed form."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import InvoiceRequest
from app.envelope import KeyFileEnvelope
from app.outbound import OutboundPolicy
from app.outbound.client import guarded_client
from app.storage.memory import MemoryTables
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from app.wallets.connections import BACKENDS, WalletOpener, read_credentials
from app.wallets.lnbits_backend import CANNOT_REFUND
from tests.support.lnbits import LnbitsNode
from tests.wallets.fake_lnbits import KEY, FakeLnbits, an_invoice, payment_error
from tests.wallets.world import RealChance, SetClock

AT_HOME = OutboundPolicy(allow_private_hosts=True)


def opener(
    folder: Path,
    http: httpx.AsyncClient | None = None,
    policy: OutboundPolicy = AT_HOME,
    most_open: int = 10,
) -> WalletOpener:
    parts = Parts(http or guarded_client(policy), MemoryTables(), SetClock(), RealChance(), policy)
    return WalletOpener(parts, KeyFileEnvelope(folder / "key"), most_open=most_open)


def lnbits_at(url: str, key: str = KEY) -> WalletCredentials:
    return read_credentials("lnbits", {"url": url, "admin_key": key})


async def probed(folder: Path, url: str, key: str = KEY) -> ProbeReport:
    return await opener(folder).probe("t1", lnbits_at(url, key))


# --- what is entered ---


def test_what_is_entered_gets_one_spelling() -> None:
    entered = {"url": " https://lnbits.example/ ", "admin_key": f" {KEY} "}

    assert read_credentials("lnbits", entered).fields == {
        "url": "https://lnbits.example",
        "admin_key": KEY,
    }


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "url"),
        ({"url": "https://x.example/wallet?usr=1", "admin_key": KEY}, "url"),
        ({"url": "https://x.example", "admin_key": ""}, "admin_key"),
        ({"url": "https://x.example", "admin_key": "two words and more of them"}, "admin_key"),
    ],
)
def test_what_cannot_be_used_names_its_field(fields: dict[str, str], wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_credentials("lnbits", fields)

    assert caught.value.field == wrong


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadInput):
        read_credentials("bank", {})


def test_every_kind_describes_its_form() -> None:
    assert {"lnbits", "lnd", "sandbox"} <= set(BACKENDS)
    assert [field.name for field in BACKENDS["lnbits"].fields if field.is_secret] == ["admin_key"]


def test_credentials_show_nothing() -> None:
    assert KEY not in repr(lnbits_at("https://x.example"))


# --- trying a wallet ---


async def test_an_admin_key_can_receive_and_pay(tmp_path: Path, lnbits: LnbitsNode) -> None:
    keys = await lnbits.create_wallet("Garage", sats=12)

    report = await probed(tmp_path, lnbits.base_url, keys.adminkey)

    assert report.is_usable
    assert report.spendable_msat == 12_000
    assert report.label.startswith("Garage (127.0.0.1:")


async def test_an_invoice_key_is_named_as_one_that_cannot_refund(
    tmp_path: Path, lnbits: LnbitsNode
) -> None:
    keys = await lnbits.create_wallet("Garage")

    report = await probed(tmp_path, lnbits.base_url, keys.inkey)

    assert report.can_receive
    assert not report.can_pay
    assert not report.is_usable
    assert report.problems == (CANNOT_REFUND,)


async def test_a_wrong_key_is_named(tmp_path: Path, lnbits: LnbitsNode) -> None:
    report = await probed(tmp_path, lnbits.base_url, "f" * 32)

    assert report.problems == ("LNbits does not know this key.",)
    assert not report.is_usable


async def test_a_server_that_is_no_lnbits_is_named(tmp_path: Path, lnbits: LnbitsNode) -> None:
    report = await probed(tmp_path, lnbits.base_url + "/nowhere")

    assert "does not look like an LNbits server" in report.problems[0]


async def test_a_server_nobody_answers_at_is_named(tmp_path: Path) -> None:
    report = await probed(tmp_path, "http://127.0.0.1:9")

    assert report.problems == ("The wallet cannot be reached.",)


@pytest.mark.parametrize(
    ("policy", "url"),
    [
        (OutboundPolicy(), "https://127.0.0.1"),
        (OutboundPolicy(), "https://192.168.1.7"),
        (OutboundPolicy(), "https://169.254.169.254"),
        (OutboundPolicy(), "http://1.1.1.1"),
        (AT_HOME, "http://1.1.1.1"),
    ],
)
async def test_an_address_that_is_not_allowed_is_not_asked(
    tmp_path: Path, policy: OutboundPolicy, url: str
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    http = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    report = await opener(tmp_path, http, policy).probe("t1", lnbits_at(url))

    assert len(report.problems) == 1
    assert not report.is_usable


async def test_a_node_without_description_hashes_is_found_out(tmp_path: Path) -> None:
    fake = FakeLnbits(
        post=[
            payment_error("Bolt11 decoding failed."),
            httpx.Response(201, json={"bolt11": an_invoice(sats=1), "payment_hash": "x"}),
        ]
    )

    report = await opener(tmp_path, fake.client()).probe("t1", lnbits_at("https://1.1.1.1"))

    assert report.can_pay
    assert not report.can_receive
    assert not report.is_usable


async def test_a_server_without_outgoing_payments_is_found_out(tmp_path: Path) -> None:
    described = "connection test"
    bolt11 = an_invoice(sats=1, described=described)
    fake = FakeLnbits(
        post=[
            payment_error("Only incoming payments allowed."),
            httpx.Response(201, json={"bolt11": bolt11, "payment_hash": hash_of(bolt11)}),
        ]
    )

    report = await opener(tmp_path, fake.client()).probe("t1", lnbits_at("https://1.1.1.1"))

    assert report.can_receive
    assert not report.can_pay
    assert "no outgoing payments" in report.problems[0]


def hash_of(bolt11: str) -> str:
    from app.invoices import decode

    return decode(bolt11).payment_hash


async def test_the_sandbox_needs_nothing(tmp_path: Path) -> None:
    report = await opener(tmp_path).probe("t1", read_credentials("sandbox", {}))

    assert report.is_usable


# --- opening a stored one ---


async def test_a_sealed_wallet_opens_for_its_tenant_only(
    tmp_path: Path, lnbits: LnbitsNode
) -> None:
    keys = await lnbits.create_wallet("Garage")
    wallets = opener(tmp_path)
    sealed = await wallets.seal("t1", lnbits_at(lnbits.base_url, keys.adminkey))

    assert keys.adminkey.encode() not in sealed
    wallet = await wallets.open("t1", "c1", sealed)
    invoice = await wallet.create_invoice(InvoiceRequest(5000, 60, memo="m"))
    assert invoice.amount_msat == 5000
    with pytest.raises(Unavailable):
        await wallets.open("t2", "c1", sealed)


async def test_an_open_wallet_is_kept_until_its_credentials_change(tmp_path: Path) -> None:
    wallets = opener(tmp_path)
    sealed = await wallets.seal("t1", lnbits_at("https://a.example"))
    changed = await wallets.seal("t1", lnbits_at("https://b.example"))

    first = await wallets.open("t1", "c1", sealed)

    assert await wallets.open("t1", "c1", sealed) is first
    assert await wallets.open("t1", "c1", changed) is not first


async def test_few_wallets_are_kept_open(tmp_path: Path) -> None:
    wallets = opener(tmp_path, most_open=2)
    sealed = await wallets.seal("t1", WalletCredentials("sandbox"))
    first = await wallets.open("t1", "c1", sealed)
    second = await wallets.open("t1", "c2", sealed)

    assert await wallets.open("t1", "c1", sealed) is first
    await wallets.open("t1", "c3", sealed)

    assert await wallets.open("t1", "c1", sealed) is first
    assert await wallets.open("t1", "c2", sealed) is not second


def test_knowing_the_backends_imports_nothing_heavy() -> None:
    """A cold start pays for every import; these are needed by few requests."""
    program = (
        "import sys, app.wallets.connections, app.invoices, app.envelope, app.outbound;"
        "print([m for m in ('httpx', 'bolt11', 'cryptography', 'lnurl') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == "[]"
