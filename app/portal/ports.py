"""What the pages and the API ask of other rooms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

from app.checkout.receipts import Receipt
from app.linking import Challenge
from app.operations import OwnerOperation
from app.records.charge_points import ChargePoint, Location
from app.records.diary import DiaryEntry
from app.records.drafts import (
    ChargePointChange,
    ChargePointDraft,
    IdTagDraft,
    LocationDraft,
    SettingsDraft,
    SignUpDraft,
)
from app.records.id_tags import IdTag
from app.records.owners import Alert, ApiKey, Invitation, LoginKey, Tenant, User
from app.records.reservations import Reservation
from app.records.views import (
    Actor,
    ApiActor,
    ChargerView,
    CommandView,
    IssuedCharger,
    IssuedKey,
    OutboxMail,
    SessionDetail,
    SessionPage,
    WalletKind,
    WalletProbe,
)
from app.records.wallets import WalletConnection

# --- Accounts --------------------------------------------------------------------------------


class SignUp(Protocol):
    """Takes newcomers."""

    async def sign_up(self, draft: SignUpDraft) -> None:
        """Create an account; says the same when the e-mail is taken."""
        ...

    async def invited_email(self, token: str) -> str:
        """The address an invitation was sent to; raises ``BadInput``."""
        ...


class Accounts(Protocol):
    """People with a password."""

    async def sign_in(self, email: str, password: str, ip: str) -> Actor:
        """Who this is; raises ``NotSignedIn`` or ``TooMany``."""
        ...

    async def actor(self, tenant: str, user_id: str, version: int) -> Actor | None:
        """Whom a session names, unless it was ended."""
        ...

    async def change_password(self, actor: Actor, old: str, new: str, ip: str) -> User:
        """Set another password; other sessions end."""
        ...

    async def sign_out_everywhere(self, actor: Actor) -> User:
        """End every session of this person."""
        ...


class WalletLogin(Protocol):
    """Signing in with a wallet (LUD-04)."""

    def ask_to_sign_in(self) -> Challenge:
        """A challenge for whoever is not signed in yet."""
        ...

    def ask_to_link(self) -> Challenge:
        """A challenge for who is."""
        ...

    async def sign_in(self, k1: str, secret: str, ip: str) -> Actor | None:
        """Who this is; None while no wallet has signed. Raises ``NotSignedIn``, ``NotAllowed``."""
        ...

    async def link(self, actor: Actor, k1: str, secret: str) -> LoginKey | None:
        """Link the wallet that signed; None while none has. Raises ``Conflict``, ``NotAllowed``."""
        ...

    async def linked(self, actor: Actor) -> list[LoginKey]:
        """This person's wallets."""
        ...

    async def unlink(self, actor: Actor, key: str) -> None:
        """The wallet signs nobody in any more."""
        ...


class Recovery(Protocol):
    """What a link in the owner's mailbox can do."""

    async def send_confirmation(self, user: User, tenant: Tenant) -> None:
        """Ask the mailbox to confirm, again."""
        ...

    async def confirm_email(self, token: str) -> User:
        """The link was followed."""
        ...

    async def request_reset(self, email: str, ip: str) -> None:
        """Send a link to choose a new password, if there is such an account."""
        ...

    async def require_reset(self, token: str) -> None:
        """Raise ``BadInput`` unless the token can be used."""
        ...

    async def reset_password(self, token: str, password: str) -> User:
        """Set a new password."""
        ...


class ApiKeys(Protocol):
    """Keys for programs."""

    async def issue(self, actor: Actor, name: str) -> IssuedKey:
        """A new key, its secret shown this once."""
        ...

    async def check(self, presented: str) -> ApiActor:
        """Whose key this is; raises ``NotSignedIn`` or ``NotAllowed``."""
        ...

    async def all(self, tenant: str) -> list[ApiKey]:
        """The tenant's keys."""
        ...

    async def withdraw(self, tenant: str, key_id: str) -> None:
        """The key opens nothing any more."""
        ...


class OwnerSettings(Protocol):
    """What an owner decides about themselves."""

    async def get(self, tenant: str) -> Tenant:
        """The record as it is."""
        ...

    async def change(self, tenant: str, draft: SettingsDraft) -> Tenant:
        """Keep what the owner chose."""
        ...


class Provider(Protocol):
    """What the provider's console does."""

    async def tenants(self) -> list[Tenant]:
        """Every tenant, the newest first."""
        ...

    async def set_status(self, tenant_id: str, status: Literal["active", "suspended"]) -> Tenant:
        """Approve, suspend or restore."""
        ...

    async def invite(self, email: str) -> Invitation:
        """Send a link with which one may sign up."""
        ...

    async def invitations(self) -> list[Invitation]:
        """Those not used so far."""
        ...

    async def withdraw_invitation(self, invitation_id: str) -> None:
        """The link stops working."""
        ...


class Alerts(Protocol):
    """What an owner was told of."""

    async def latest(self, tenant: str, most: int = 5) -> list[Alert]:
        """The newest first."""
        ...


class Outbox(Protocol):
    """Mail that was kept instead of sent."""

    async def mails(self, tenant: str | None = None) -> list[OutboxMail]:
        """The newest first; of one tenant, or of all."""
        ...


# --- What an owner has -----------------------------------------------------------------------


class Locations(Protocol):
    """Places with charge points."""

    async def all(self, tenant: str) -> list[Location]:
        """Every one."""
        ...

    async def get(self, tenant: str, location_id: str) -> Location:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: LocationDraft) -> Location:
        """A new one."""
        ...

    async def change(self, tenant: str, location_id: str, draft: LocationDraft) -> Location:
        """As the draft says."""
        ...

    async def remove(self, tenant: str, location_id: str) -> None:
        """Raises ``Conflict`` while it is used."""
        ...


class Chargers(Protocol):
    """Charge points as set up."""

    async def all(self, tenant: str) -> list[ChargePoint]:
        """Every one."""
        ...

    async def get(self, tenant: str, charge_point_id: str) -> ChargePoint:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: ChargePointDraft) -> IssuedCharger:
        """A new one, its password shown this once."""
        ...

    async def change(
        self, tenant: str, charge_point_id: str, change: ChargePointChange
    ) -> ChargePoint:
        """Another label, place or price."""
        ...

    async def renew_password(self, tenant: str, charge_point_id: str) -> IssuedCharger:
        """A new password, shown this once."""
        ...

    async def remove(self, tenant: str, charge_point_id: str) -> None:
        """Raises ``Conflict`` while it charges."""
        ...


class IdTags(Protocol):
    """Cards that charge at the owner's cost."""

    async def all(self, tenant: str) -> list[IdTag]:
        """Every one."""
        ...

    async def get(self, tenant: str, tag_id: str) -> IdTag:
        """One; raises ``NotFound``."""
        ...

    async def add(self, tenant: str, draft: IdTagDraft) -> IdTag:
        """A new one; raises ``BadInput`` or ``Conflict``."""
        ...

    async def change(self, tenant: str, tag_id: str, draft: IdTagDraft) -> IdTag:
        """Another label, group, end, place or status."""
        ...

    async def remove(self, tenant: str, tag_id: str) -> None:
        """Raises ``NotFound``."""
        ...


class Reservations(Protocol):
    """Connectors kept for somebody."""

    async def all(self, tenant: str, charge_point: str) -> list[Reservation]:
        """Those that hold."""
        ...

    async def reserve(
        self,
        tenant: str,
        charge_point: ChargePoint,
        connector: int,
        until: datetime,
        *,
        card: str = "",
        label: str = "",
    ) -> Reservation:
        """For a card, else for whoever has the link. Raises ``BadInput`` or ``Conflict``."""
        ...

    async def cancel(self, tenant: str, charge_point: str, connector: int) -> None:
        """Raises ``NotFound``."""
        ...


# --- What happens at them --------------------------------------------------------------------


class ChargerStatuses(Protocol):
    """What charge points were last seen doing."""

    async def of(self, tenant: str, charge_point: ChargePoint) -> ChargerView:
        """Online or not, each connector's status, what became of the configuration."""
        ...


RemoteAction = Literal["start", "stop", "unlock", "soft_reset", "hard_reset"]


class ChargerCommands(Protocol):
    """Commands an owner sends."""

    async def send(
        self, tenant: str, charge_point: ChargePoint, action: RemoteAction, connector: int
    ) -> CommandView:
        """Send one; ``connector`` is 0 for a reset. Raises ``Conflict`` where it makes no sense
        (nothing to stop, charge point offline)."""
        ...

    async def operate(
        self, tenant: str, charge_point: ChargePoint, operation: OwnerOperation
    ) -> CommandView:
        """Have any operation of OCPP carried out. Raises ``Conflict`` where it makes no sense."""
        ...

    async def told(self, tenant: str, charge_point: ChargePoint) -> list[DiaryEntry]:
        """What the charge point told of itself, the newest first."""
        ...

    async def latest(self, tenant: str, charge_point: ChargePoint) -> tuple[CommandView, ...]:
        """The last few and what came of them, the newest first."""
        ...


class SessionViews(Protocol):
    """Charges, for their owner to see."""

    async def page(self, tenant: str, *, start: str = "", limit: int = 50) -> SessionPage:
        """Some of them, the newest first."""
        ...

    async def get(self, tenant: str, session_id: str) -> SessionDetail:
        """One with every movement of money; raises ``NotFound``."""
        ...

    async def receipt(self, tenant: str, session_id: str) -> Receipt:
        """Its receipt; raises ``NotFound``, or ``Conflict`` before its end."""
        ...

    async def refunds_owed_msat(self, tenant: str) -> int:
        """What drivers have not got back so far."""
        ...


class SessionLinks(Protocol):
    """The drivers' links."""

    async def renew_link(self, tenant: str, session_id: str, by: str) -> str:
        """A new token for the driver, written down; the old one ends. Raises ``NotFound``."""
        ...


class WalletConnector(Protocol):
    """Connects wallets."""

    def kinds(self, tenant: Tenant) -> tuple[WalletKind, ...]:
        """What this tenant may connect: the sandbox wallet in a sandbox, and nowhere else."""
        ...

    async def all(self, tenant: str) -> list[WalletConnection]:
        """The connected ones, the active first."""
        ...

    async def probe(self, tenant: Tenant, kind: str, fields: Mapping[str, str]) -> WalletProbe:
        """Try one without keeping it; raises ``BadInput`` with the field."""
        ...

    async def connect(
        self, tenant: Tenant, kind: str, fields: Mapping[str, str]
    ) -> WalletConnection:
        """Try it, keep it, and put it in the place of the active one; raises ``BadInput``."""
        ...

    async def refresh(self, tenant: str, wallet_id: str) -> WalletConnection:
        """Ask it again what it holds."""
        ...


class PrintedLink(Protocol):
    """What a printed QR code says."""

    def __call__(self, name: str) -> str:
        """``https://host/c/name?lightning=LNURL1…`` for the local part of an address."""
        ...
