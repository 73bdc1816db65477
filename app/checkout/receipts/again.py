"""A receipt priced again, from its tariff, rate and readings alone."""

from dataclasses import dataclass

from app.charging.errors import BadInput
from app.charging.money import Rate
from app.charging.pricing import Tariff
from app.charging.pricing.itemised import Itemised, charged_msat, itemised
from app.checkout.receipts.document import FORMAT, KNOWN_RULES, Receipt
from app.records.tariff_json import tariff_from


@dataclass(frozen=True, slots=True)
class Again:
    """What pricing again has found."""

    tariff: Tariff
    rate: Rate
    itemised: Itemised | None
    charged_msat: int
    stated_msat: int

    @property
    def agrees(self) -> bool:
        """Whether it is the same to the msat."""
        return self.charged_msat == self.stated_msat


def price_again(receipt: Receipt) -> Again:
    """Price a receipt again; raises ``BadInput`` for a format or rules that are not known here."""
    if receipt.format != FORMAT or receipt.rules not in KNOWN_RULES:
        raise BadInput(f"this Strom reads {FORMAT} by {' or '.join(KNOWN_RULES)}", field="format")
    tariff = tariff_from(receipt.tariff)
    found = itemised(tariff, receipt.readings)
    msat = 0 if found is None else charged_msat(tariff, receipt.rate, found.tally)
    return Again(tariff, receipt.rate, found, msat, receipt.charged_msat)
