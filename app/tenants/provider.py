"""The provider's side: its own people, the list of tenants, approval, suspension, invitations."""

from dataclasses import dataclass, replace
from typing import Literal

from app.charging.errors import Conflict, NotFound
from app.charging.ports import Chance, Clock, Tables
from app.records import rows
from app.records.attempts import Attempts
from app.records.directory import LOGIN, Directory
from app.records.fields import line
from app.records.ids import new_id
from app.records.owners import PROVIDER, Invitation, Tenant, User
from app.tenants.config import AccountSettings
from app.tenants.emails import normal_email
from app.tenants.passwords import Passwords, require_good
from app.tenants.ports import Letters
from app.tenants.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider's console and command line do."""

    tables: Tables
    directory: Directory
    passwords: Passwords
    tokens: Tokens
    attempts: Attempts
    letters: Letters
    settings: AccountSettings
    clock: Clock
    chance: Chance

    async def create_provider(self, email: str, name: str, password: str) -> User:
        """An account for the provider's own people; raises ``Conflict`` if the e-mail has one."""
        email = normal_email(email)
        require_good(password, email=email)
        user = User(
            id=new_id(self.chance),
            email=email,
            name=line(name, field="name", longest=80),
            password_hash=await self.passwords.hash(password),
            role="provider",
            created_at=self.clock.now(),
            confirmed=True,
        )
        await self._ensure_house()
        await self.directory.reserve(LOGIN, email, PROVIDER, user.id)
        await rows.users(self.tables).add(PROVIDER, user)
        await self.directory.confirm(LOGIN, email, PROVIDER, user.id)
        return user

    async def tenants(self) -> list[Tenant]:
        """Every tenant, the newest first."""
        listed = await rows.listings(self.tables).all(PROVIDER)
        found = [await rows.tenants(self.tables).find(each.id, each.id) for each in listed]
        return sorted(
            (tenant for tenant in found if tenant is not None),
            key=lambda tenant: tenant.created_at,
            reverse=True,
        )

    async def set_status(self, tenant_id: str, status: Literal["active", "suspended"]) -> Tenant:
        """Approve, suspend or restore a tenant, and tell its owner."""
        if await rows.listings(self.tables).find(PROVIDER, tenant_id) is None:
            raise NotFound(f"there is no tenant {tenant_id!r}")
        before = await rows.tenants(self.tables).get(tenant_id, tenant_id)
        if before.status == status:
            return before
        after = replace(before, status=status)
        await rows.tenants(self.tables).replace(tenant_id, before, after)
        letter = "approved" if status == "active" else "suspended"
        values = {"name": after.name, "url": f"{self.settings.public_base_url}/sign-in"}
        for user in await rows.users(self.tables).all(tenant_id):
            await self.letters.send(tenant_id, user.email, letter, values)
        return after

    async def invite(self, email: str) -> Invitation:
        """Send somebody a link with which they may sign up."""
        email = normal_email(email)
        if await self.directory.find(LOGIN, email) is not None:
            raise Conflict("there is an account with this e-mail address already", field="email")
        await self.attempts.take("letter", email, self.settings.letters)
        now = self.clock.now()
        invitation = Invitation(
            new_id(self.chance), email, now, expires_at=now + self.settings.invited_for
        )
        await rows.invitations(self.tables).add(PROVIDER, invitation)
        token = self.tokens.sign(
            "invitation", tenant=PROVIDER, ref=invitation.id, lasts=self.settings.invited_for
        )
        url = f"{self.settings.public_base_url}/sign-up?invitation={token}"
        await self.letters.send(PROVIDER, email, "invitation", {"url": url})
        return invitation

    async def invitations(self) -> list[Invitation]:
        """Those not used so far, the newest first."""
        found = await rows.invitations(self.tables).all(PROVIDER)
        return sorted((i for i in found if not i.used), key=lambda i: i.created_at, reverse=True)

    async def withdraw_invitation(self, invitation_id: str) -> None:
        """The link stops working."""
        await rows.invitations(self.tables).remove(PROVIDER, invitation_id)

    async def _ensure_house(self) -> None:
        """The provider's own record, which sessions of its people refer to."""
        house = Tenant(
            id=PROVIDER,
            name="Provider",
            status="active",
            mode="live",
            contact_email="",
            created_at=self.clock.now(),
        )
        try:
            await rows.tenants(self.tables).add(PROVIDER, house)
        except Conflict:
            return
