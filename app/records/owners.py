"""Tenants, the people who act for them, and the keys their programs use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PROVIDER = "provider0000"
"""The tenant id under which the provider's own people stand."""

TENANT_ID_LENGTH = 12
"""Opaque and of fixed length, so that no tenant's prefix is another's."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An owner of charge points, on this Strom."""

    id: str
    name: str
    status: Literal["pending", "active", "suspended"]
    mode: Literal["live", "sandbox"]
    """A sandbox tenant has the sandbox wallet, and no other."""
    contact_email: str
    created_at: datetime
    contact_phone: str = ""
    currency: str = "EUR"
    language: str = "en"
    refund_expiry_days: int = 90
    """After this an unclaimed refund is forfeited to the owner."""
    refund_reminder_days: int = 7
    """So many days before that the owner is reminded of it; 0: never."""
    silent_limit_hours: int = 24
    """A charge point silent for this long has its session settled at the last reading."""
    allows_no_password: bool = False
    """Whether charge points may connect without a password (OCPP's security profile 0)."""
    knock_code: str = ""
    """Part of the websocket URL by which new charge points may knock; empty: none may."""
    tariff_id: str = ""
    """What charge points are priced by that have no tariff of their own."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in. ``credentials_version`` grows when every session must end."""

    id: str
    email: str
    name: str
    password_hash: str
    role: Literal["owner", "provider"]
    created_at: datetime
    confirmed: bool = False
    credentials_version: int = 0


@dataclass(frozen=True, slots=True)
class LoginKey:
    """A wallet's key (LUD-04) that signs a person in, while their credentials stay the same."""

    id: str
    user: str
    created_at: datetime
    credentials_version: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key; only its SHA-256 is kept. The key itself carries tenant and id."""

    id: str
    name: str
    secret_sha256: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """Lets one person sign up where sign-up is by invitation."""

    id: str
    email: str
    created_at: datetime
    expires_at: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A line in the provider's list of tenants; the tenant's own record says the rest."""

    id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """Something the owner was told of. One a day of each kind: its id is the kind and the day."""

    id: str
    kind: str
    text: str
    at: datetime
