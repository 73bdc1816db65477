"""Quotes: signed, in the callback's URL, so that a pay request writes nothing (LUD-06)."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

import msgspec

from app.charging.errors import BadInput, Conflict
from app.charging.money import MSAT_PER_SAT, Rate
from app.charging.ports import Clock
from app.charging.pricing import ALWAYS, Tariff, begun, estimated_msat
from app.checkout.availability import require_payable
from app.checkout.offers import Offer, SignedQuote
from app.checkout.settings import CheckoutSettings
from app.checkout.texts import LONGEST, component_text, price_text, sats_text, shortened
from app.checkout.tokens import opened
from app.tokens import QUOTE, Signer

EXPIRED = "This price has expired. Please scan the code again."
LEAST_MSAT = MSAT_PER_SAT
"""Below one sat Phoenix, Wallet of Satoshi and Cash App do not pay."""
_PLACE_CHARACTERS = 24
"""How much of a place's name stands in any case."""
_INTERNET_IDENTIFIER = re.compile(r"[a-z0-9._-]+@(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+")


class QuotedOffer(msgspec.Struct, frozen=True, array_like=True):
    """What a quote's token says: whom and what it is for, at which price, since when."""

    tenant: str
    charge_point: str
    connector: int
    tariff_id: str
    tariff_version: int
    rate: Rate
    at: datetime
    address: str
    text: str
    long_text: str
    tariff_digest: str = ""
    curve: str = ""
    """What a price source had told; with it the tariff is made again as it was."""

    @property
    def metadata(self) -> str:
        """The exact string that is hashed (LUD-06), the same whenever it is asked for."""
        return metadata(self.text, self.address, self.long_text)


@dataclass(frozen=True, slots=True)
class Quotes:
    """Signs quotes and opens them again."""

    signer: Signer
    clock: Clock
    settings: CheckoutSettings

    def sign(self, offer: Offer) -> SignedQuote:
        """A quote for an offer; raises what a wallet shows when it cannot be paid."""
        require_payable(offer.availability)
        assert offer.connector is not None  # what can be paid for
        assert offer.rate is not None
        now, power_w = self.clock.now(), offer.connector.max_power_w
        quoted = QuotedOffer(
            tenant=offer.tenant.id,
            charge_point=offer.charge_point.id,
            connector=offer.connector.number,
            tariff_id=offer.tariff.id,
            tariff_version=offer.tariff.version,
            rate=offer.rate,
            at=now,
            address=offer.address,
            text=_text(offer, now),
            long_text=_long_text(offer, now),
            tariff_digest=digest(offer.tariff),
            curve=offer.curve,
        )
        packed = base64.urlsafe_b64encode(msgspec.json.encode(quoted)).decode().rstrip("=")
        return SignedQuote(
            token=self.signer.token(QUOTE, packed),
            metadata=quoted.metadata,
            min_msat=self.least_msat(offer.tariff, offer.rate, now, power_w),
            max_msat=self.settings.max_msat,
            comment_chars=self.settings.comment_chars,
        )

    def open(self, token: str) -> QuotedOffer:
        """What a token says; raises ``NotFound`` when forged, ``Conflict`` when too old."""
        (packed,) = opened(self.signer, QUOTE, token, parts=1)
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        quoted = msgspec.json.decode(raw, type=QuotedOffer)
        if self.clock.now() - quoted.at > timedelta(seconds=self.settings.quote_life_s):
            raise Conflict(EXPIRED)
        return quoted

    def least_msat(self, tariff: Tariff, rate: Rate, at: datetime, power_w: int) -> int:
        """The smallest payment at a moment: whole sats that buy a little energy at the connector's
        power, the start fee included."""
        least_wh = self.settings.least_energy_wh
        cost = estimated_msat(tariff, rate, begun(at), least_wh, power_w)
        sats = (Decimal(cost) / MSAT_PER_SAT).to_integral_value(ROUND_CEILING)
        return min(max(int(sats) * MSAT_PER_SAT, LEAST_MSAT), self.settings.max_msat)


def digest(tariff: Tariff) -> str:
    """Two tariffs that are the same have the same; so do, in practice, no others."""
    return hashlib.sha256(msgspec.json.encode(tariff)).hexdigest()[:32]


def metadata(text: str, address: str = "", long_text: str = "") -> str:
    """LUD-06 metadata, with LUD-16's identifier and LUD-20's long description.

    An address with a port or an IP, as at home, is no internet identifier: wallets that keep
    addresses (LNbits 1.6) fail on it after they have asked for the invoice.
    """
    entries = [["text/plain", text]]
    if _INTERNET_IDENTIFIER.fullmatch(address):
        entries.append(["text/identifier", address])
    if long_text:
        entries.append(["text/long-desc", long_text])
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def check_amount(amount_msat: int, least_msat: int, most_msat: int, unit_msat: int) -> None:
    """Raise ``BadInput`` unless a wallet can take and we may accept exactly this amount."""
    if amount_msat < least_msat:
        raise BadInput(f"The smallest payment is {sats_text(least_msat)}.", field="amount")
    if amount_msat > most_msat:
        raise BadInput(f"The largest payment is {sats_text(most_msat)}.", field="amount")
    if amount_msat % unit_msat:
        raise BadInput("The amount must be whole sats.", field="amount")


def _text(offer: Offer, at: datetime) -> str:
    label = offer.charge_point.label
    room = LONGEST - len("Charging at : ")
    price = _price(offer, at, room - min(len(label), _PLACE_CHARACTERS))
    return f"Charging at {shortened(label, room - len(price))}: {price}"


def _price(offer: Offer, at: datetime, longest: int = 0) -> str:
    assert offer.connector is not None  # what can be paid for
    power_w = offer.connector.max_power_w
    return price_text(offer.tariff, offer.rate, at, longest=longest, power_w=power_w)


def _long_text(offer: Offer, at: datetime) -> str:
    place = offer.location
    assert offer.connector is not None
    return (
        f"{offer.charge_point.label}, connector {offer.connector.number}, {place.name}, "
        f"{place.address}, {place.postal_code} {place.city}. "
        f"Price: {_price(offer, at)}, tariff {offer.tariff.name!r}{_components(offer, at)}. "
        "You pay in advance; what is not used goes back to you from the session page that "
        "your wallet shows after the payment. If your wallet shows no link, send a comment of 4 "
        "to 8 digits: with this PIN you reach the session from the charge point's page."
    )


def _components(offer: Offer, at: datetime) -> str:
    """All of them, where the price in short does not say it all."""
    tariff = offer.tariff
    plain = all(element.restrictions == ALWAYS for element in tariff.elements)
    return "" if plain else f": {component_text(tariff, at)}"
