"""The contracts of wallets, on an LND stand-in whose replies fit LND's own descriptions."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.arrivals import ArrivalContract, WatchedLab
from tests.contracts.hold_wallet import HoldWalletContract
from tests.contracts.wallet import Lab, WalletContract
from tests.support.lnd_descriptions import descriptions
from tests.wallets.lnd_world import LndLab, lnd


@pytest.fixture
async def lnd_lab(tmp_path: Path) -> AsyncIterator[WatchedLab]:
    async with lnd(tmp_path) as service:
        lab = LndLab(service)
        yield lab
        await lab.wallet.close()


class TestLnd(WalletContract):
    @pytest.fixture
    async def lab(self, lnd_lab: Lab) -> Lab:
        return lnd_lab


class TestLndHolding(HoldWalletContract):
    @pytest.fixture
    async def lab(self, lnd_lab: Lab) -> Lab:
        return lnd_lab


class TestLndTelling(ArrivalContract):
    @pytest.fixture
    async def lab(self, lnd_lab: WatchedLab) -> WatchedLab:
        return lnd_lab


# --- the descriptions are held to ---


@pytest.mark.parametrize(
    "changed",
    [
        {"value_msat": 5000},
        {"value_msat": "5000.0"},
        {"r_hash": "not base64!"},
        {"state": "PAID"},
        {"paid": True},
        {"htlcs": [{"state": "LOST"}]},
        {"features": {"9": {"name": 9}}},
    ],
)
def test_a_reply_that_lnd_would_not_give_is_noticed(changed: dict[str, object]) -> None:
    reply = descriptions().message("lnrpcInvoice", state="OPEN")
    path = "/v1/invoice/{r_hash_str}"
    assert descriptions().wrong_reply("GET", path, 200, reply) == []

    assert descriptions().wrong_reply("GET", path, 200, reply | changed)


def test_a_request_that_lnd_would_not_take_is_noticed() -> None:
    wrong = descriptions().wrong_request
    assert wrong("POST", "/v2/router/send", {}, {"payment_request": "lnbc1"}) == []

    assert wrong("POST", "/v2/router/send", {}, {"payment_reqest": "lnbc1"})
    assert wrong("POST", "/v2/router/send", {}, {"fee_limit_msat": 3})
    assert wrong("GET", "/v1/channels", {"active": "true"}, None)
    assert wrong("GET", "/v1/getinfo", {}, {"x": 1})
    assert wrong("GET", "/v1/nowhere", {}, None)
