"""The relay connection: kept, reconnected, guarded, and silent about its secret."""

import asyncio
import logging
import subprocess
import sys

import pytest

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import InvoiceRequest
from app.outbound import OutboundPolicy
from app.wallets.nwc_door import RelayDoor
from app.wallets.nwc_relays import check_relay
from tests.support.nwc_ledger import WalletLedger
from tests.support.nwc_network import Network
from tests.support.nwc_service import Habits, NwcService, a_relay
from tests.wallets.nwc_world import AT_HOME, a_lab, a_wallet

SMALL = InvoiceRequest(1000, 600, memo="m")


async def test_one_connection_is_kept_and_used_by_many_at_once() -> None:
    async with a_lab(sats=5) as lab:
        await lab.wallet.spendable_msat()
        client = lab.link.relays._client

        found = await asyncio.gather(*(lab.wallet.spendable_msat() for _ in range(20)))

        assert found == [5000] * 20
        assert lab.link.relays._client is client
        assert lab.link._waiting == {}


async def test_a_lost_connection_comes_back_by_itself() -> None:
    async with a_lab(sats=5) as lab:
        await lab.wallet.spendable_msat()
        assert lab.link.relays.door is not None
        lab.link.relays.door.cut()
        await asyncio.sleep(0.2)

        for _ in range(3):  # nostr-sdk waits five seconds before it tries again
            try:
                assert await lab.wallet.spendable_msat() == 5000
                break
            except Unavailable:
                await asyncio.sleep(1)
        else:
            pytest.fail("not connected again")


async def test_the_second_relay_serves_when_the_first_is_away() -> None:
    ledger = WalletLedger(Network().node(7000))
    async with a_relay() as relay, NwcService(relay, ledger) as service:
        uri = service.uri.replace("?relay=", "?relay=ws://127.0.0.1:9&relay=")
        _, wallet = a_wallet(uri)

        assert await wallet.spendable_msat() == 7000
        await wallet.close()


async def test_a_service_that_announced_nothing_is_named() -> None:
    async with a_relay() as relay:
        service = NwcService(relay, WalletLedger(Network().node()))
        _, wallet = a_wallet(service.uri)

        with pytest.raises(Unavailable, match="not announced"):
            await wallet.spendable_msat()
        await wallet.close()


async def test_a_service_whose_encryption_is_not_known_is_sent_nothing() -> None:
    async with a_lab(Habits(encryption="nip99_v1")) as lab:
        with pytest.raises(Unavailable, match="encryption"):
            await lab.wallet.create_invoice(SMALL)

        assert lab.service.requests == []


async def test_an_announcement_by_a_stranger_does_not_count() -> None:
    """Also where a relay answers with anything: author and signature are looked at here."""
    async with a_lab(Habits(encryption=None)) as lab:
        await lab.wallet.spendable_msat()

        assert lab.link.known_info is not None
        assert lab.link.known_info.encryption == "nip04"
        assert "pay_invoice" in lab.link.known_info.methods


@pytest.mark.parametrize("nip04", [False, True])
async def test_notifications_are_heard(nip04: bool) -> None:
    async with a_lab() as lab, lab.link.listening("ab" * 32) as ear:
        await lab.wallet.spendable_msat()  # the relay has the subscription as well

        await lab.service.notify("payment_received", "AB" * 32, nip04=nip04)

        await asyncio.wait_for(ear.hears(), 5)


async def test_closing_lets_a_request_under_way_end() -> None:
    async with a_lab(Habits(late_s={"get_balance": 0.5}), sats=5) as lab:
        asking = asyncio.create_task(lab.wallet.spendable_msat())
        await asyncio.sleep(0.4)

        await lab.wallet.close()

        assert await asking == 5000


async def test_the_secret_reaches_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_lab(Habits(errors={"make_invoice": [("INTERNAL", "no")]})) as lab:
        with pytest.raises(Unavailable) as caught:
            await lab.wallet.create_invoice(SMALL)
        secret = lab.service.app.secret_key().to_hex()

        shown = repr(lab.link) + repr(vars(lab.link)) + caught.value.message + caplog.text
        assert secret not in shown


# --- where it may connect to ---


@pytest.mark.parametrize(
    ("policy", "relay"),
    [
        (OutboundPolicy(), "wss://127.0.0.1"),
        (OutboundPolicy(), "wss://[::1]:7777"),
        (OutboundPolicy(), "wss://192.168.1.7"),
        (OutboundPolicy(), "wss://169.254.169.254"),
        (OutboundPolicy(), "ws://1.1.1.1"),
        (AT_HOME, "ws://1.1.1.1"),
    ],
)
async def test_a_relay_that_is_not_allowed_is_refused(policy: OutboundPolicy, relay: str) -> None:
    with pytest.raises(BadInput) as caught:
        await check_relay(policy, relay)

    assert "relay" in caught.value.message
    assert caught.value.field == "connection"


async def test_a_relay_on_a_private_address_is_not_connected_to() -> None:
    ledger = WalletLedger(Network().node())
    async with a_relay() as relay, NwcService(relay, ledger) as service:
        _, wallet = a_wallet(service.uri, OutboundPolicy())

        with pytest.raises(Unavailable, match="not reachable from the internet"):
            await wallet.spendable_msat()
        await wallet.close()


async def through(door: RelayDoor, host: str, port: int) -> int:
    """The door's answer to a request to connect (RFC 1928)."""
    address, _, at = (await door.start()).partition(":")
    reader, writer = await asyncio.open_connection(address, int(at))
    name = host.encode()
    writer.write(b"\x05\x01\x00" + b"\x05\x01\x00\x03" + bytes([len(name)]) + name)
    writer.write(port.to_bytes(2, "big"))
    await reader.readexactly(2)
    answer = await reader.readexactly(10)
    writer.close()
    door.close()
    return answer[1]


async def test_the_door_looks_at_the_address_it_connects_to() -> None:
    """A name that was public when it was checked and is private now gains nothing."""

    async def rebound(host: str, port: int) -> list[str]:
        return ["10.0.0.1", "127.0.0.1"]

    door = RelayDoor(OutboundPolicy(), {("relay.example", 443)}, resolve=rebound)

    assert await through(door, "relay.example", 443) == 2


async def test_the_door_leads_to_the_wallets_relays_only() -> None:
    async with a_relay() as relay:
        port = int(relay.rpartition(":")[2])

        assert await through(RelayDoor(AT_HOME, {("127.0.0.1", port)}), "127.0.0.1", port) == 0
        assert await through(RelayDoor(AT_HOME, {("127.0.0.1", 9)}), "127.0.0.1", port) == 2
        assert await through(RelayDoor(AT_HOME, {("127.0.0.1", 9)}), "127.0.0.1", 9) == 4


def test_knowing_the_backend_imports_no_native_code() -> None:
    program = (
        "import sys, app.wallets.nwc_backend;"
        "print([m for m in ('nostr_sdk', 'httpx', 'bolt11') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == "[]"
