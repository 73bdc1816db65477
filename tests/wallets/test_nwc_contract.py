"""The wallet's contract over NWC, as services of different habits keep it."""

from collections.abc import AsyncIterator

import pytest

from app.charging.ports import OutgoingPaid
from app.wallets.arrivals import Untold
from tests.contracts.arrivals import ArrivalContract, WatchedLab
from tests.contracts.wallet import Lab, WalletContract, payment_hash
from tests.support.nwc_ledger import PLAIN
from tests.support.nwc_service import HOLDING, Habits
from tests.wallets.nwc_world import a_lab


class NwcContract(WalletContract):
    async def test_sending_a_refund_again_pays_once(self, lab: Lab) -> None:
        """Not promised by NIP-47 and so not declared; we look before we send all the same."""
        assert not lab.wallet.capabilities.resend_is_harmless
        await lab.has_received(sats=1000)
        refund = await lab.driver.makes_invoice(300_000)

        outcomes = [await lab.refunds(refund) for _ in range(3)]

        assert all(isinstance(outcome, OutgoingPaid) for outcome in outcomes)
        assert await lab.wallet.spendable_msat() == 700_000
        assert await lab.driver.has_received(payment_hash(refund))


class TestNip44(NwcContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        async with a_lab() as lab:
            yield lab


class TestNwcprovider(NwcContract):
    """LNbits' service: nip04 untold, no states, no code for what is not found."""

    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        async with a_lab(Habits(encryption=None), style="nwcprovider") as lab:
            yield lab


class TestTelling(ArrivalContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[WatchedLab]:
        async with a_lab(Habits(methods=PLAIN | HOLDING)) as lab:
            yield lab


class TestTellingInNip04(ArrivalContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[WatchedLab]:
        habits = Habits(methods=PLAIN | HOLDING, encryption=None, tells_in_nip04=True)
        async with a_lab(habits) as lab:
            yield lab


async def test_a_service_that_does_not_notify_is_not_watched() -> None:
    async with a_lab(Habits(tells="")) as lab:
        with pytest.raises(Untold):
            await lab.nwc.arrival("ab" * 32)
