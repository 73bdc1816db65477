"""What an owner fills in, before it is checked and becomes a record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.charging.pricing import TariffElement
from app.charging.pricing.signals import SignalRule
from app.charging.pricing.spot import SpotRule
from app.charging.pricing.tariff import GRACE_S


@dataclass(frozen=True, slots=True)
class SignUpDraft:
    """A newcomer. ``invitation`` is the token of the link they followed, where there was one."""

    email: str
    password: str
    name: str
    organisation: str
    ip: str
    mode: Literal["live", "sandbox"] = "live"
    invitation: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    """What drivers see of an owner, and the limits the owner chose."""

    name: str
    contact_email: str
    contact_phone: str = ""
    currency: str = "EUR"
    language: str = "en"
    refund_expiry_days: int = 90
    refund_reminder_days: int = 7
    silent_limit_hours: int = 24
    allows_no_password: bool = False


@dataclass(frozen=True, slots=True)
class LocationDraft:
    """A place, as its owner describes it."""

    name: str
    address: str
    city: str
    postal_code: str
    country: str
    latitude: Decimal
    longitude: Decimal
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class TariffDraft:
    """A price, as its owner sets it.

    Either ``price_per_kwh`` and ``start_fee``, or ``elements``; with ``spot`` the elements say what
    else there is to pay. ``vat`` in percent is that of every price without one of its own.
    ``starts_at``: from then on; None: at once. An ``is_draft`` never begins.
    """

    name: str
    currency: str
    price_per_kwh: Decimal | None = None
    start_fee: Decimal = Decimal(0)
    elements: tuple[TariffElement, ...] = ()
    tax_included: bool = True
    vat: Decimal | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    grace_s: int = GRACE_S
    free: bool = False
    spot: SpotRule | None = None
    signal: SignalRule | None = None
    starts_at: datetime | None = None
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class ChargePointDraft:
    """A charge point to add. An empty ``address_name`` is derived from the label."""

    label: str
    location_id: str
    tariff_id: str
    connectors: int = 1
    address_name: str = ""
    max_power_w: int = 11_000


@dataclass(frozen=True, slots=True)
class ChargePointChange:
    """What of a charge point can change later; addresses are printed, so they stay."""

    label: str
    location_id: str
    tariff_id: str
    free_vend: bool = False
    local_list: bool = False
    connector_tariffs: Mapping[int, str] | None = None
    """Connector → tariff, where it has one of its own; None: as they are."""


@dataclass(frozen=True, slots=True)
class IdTagDraft:
    """An idTag as entered; ``id`` is not looked at when one is changed."""

    id: str
    label: str
    blocked: bool = False
    expires_at: datetime | None = None
    group: str = ""
    charge_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpstreamDraft:
    """The owner's own backend as entered. An empty password leaves the one that is kept.

    ``report_id_tag``: under which idTag our charges are told there; empty: not at all (``shared``),
    or as ``STROM`` (``mirror``).
    """

    url: str
    mode: Literal["mirror", "shared"]
    when_down: Literal["accept", "refuse"] = "refuse"
    username: str = ""
    password: str = ""
    report_id_tag: str = ""
    ca_pem: str = ""
