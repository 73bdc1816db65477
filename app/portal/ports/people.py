"""What the pages and the API ask of other rooms about people: owners and the provider."""

from typing import Literal, Protocol

from app.linking import Challenge
from app.records.drafts import (
    SettingsDraft,
    SignUpDraft,
)
from app.records.outbox import OutboxMail
from app.records.owners import Alert, ApiKey, Invitation, LoginKey, Tenant, User
from app.records.views import (
    Actor,
    ApiActor,
    IssuedKey,
)


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
