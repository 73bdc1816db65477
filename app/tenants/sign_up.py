"""Becoming an owner.

Whether an e-mail has an account already is told to its mailbox alone: the answer is the same.
"""

from dataclasses import dataclass, replace
from typing import Literal

from app.charging.errors import BadInput, Conflict, NotAllowed
from app.charging.ports import Chance, Clock, Tables
from app.records import rows
from app.records.attempts import Attempts
from app.records.directory import LOGIN
from app.records.drafts import SignUpDraft
from app.records.fields import line
from app.records.ids import new_id
from app.records.owners import PROVIDER, Invitation, Tenant, User
from app.tenants.config import AccountSettings
from app.tenants.emails import normal_email
from app.tenants.founding import Founding
from app.tenants.passwords import Passwords, require_good
from app.tenants.ports import Letters
from app.tenants.recovery import Recovery
from app.tenants.tokens import UNUSABLE, Tokens


@dataclass(frozen=True, slots=True)
class SignUp:
    """Takes newcomers by the provider's policy: open, invited, or approved."""

    tables: Tables
    founding: Founding
    passwords: Passwords
    tokens: Tokens
    attempts: Attempts
    letters: Letters
    recovery: Recovery
    settings: AccountSettings
    clock: Clock
    chance: Chance

    async def sign_up(self, draft: SignUpDraft) -> None:
        """Create tenant and user, and write to them. Says the same when the e-mail is taken."""
        await self.attempts.take("sign-up", draft.ip, self.settings.sign_ups_per_ip)
        email = normal_email(draft.email)
        require_good(draft.password, email=email)
        name = line(draft.name, field="name", longest=80)
        organisation = line(draft.organisation, field="organisation", longest=80)
        invitation = await self._invitation(draft, email)
        await self.attempts.take("letter", email, self.settings.letters)
        user = User(
            id=new_id(self.chance),
            email=email,
            name=name,
            password_hash=await self.passwords.hash(draft.password),
            role="owner",
            created_at=self.clock.now(),
            confirmed=invitation is not None,
        )
        tenant = self._tenant(draft, organisation, email, invited=invitation is not None)
        await self._found(tenant, user, invitation)

    async def invited_email(self, token: str) -> str:
        """The address an invitation's link was sent to; raises ``BadInput`` if it is void."""
        return (await self._open_invitation(token)).email

    async def _found(self, tenant: Tenant, user: User, invitation: Invitation | None) -> None:
        try:
            actor = await self.founding.found(tenant, user)
        except Conflict:
            await self._tell_owner_of(user.email)
            return
        if invitation is None:
            await self.recovery.write_confirmation(actor.user, actor.tenant)
            return
        used = replace(invitation, used=True)
        await rows.invitations(self.tables).replace(PROVIDER, invitation, used)

    async def _tell_owner_of(self, email: str) -> None:
        entry = await self.founding.directory.find(LOGIN, email)
        if entry is not None:
            url = f"{self.settings.public_base_url}/sign-in"
            await self.letters.send(entry.tenant, email, "already_registered", {"url": url})

    def _tenant(self, draft: SignUpDraft, name: str, email: str, *, invited: bool) -> Tenant:
        waits = self.settings.sign_up == "approved" and draft.mode == "live" and not invited
        status: Literal["pending", "active"] = "pending" if waits else "active"
        return Tenant(
            id=self.founding.new_tenant_id(),
            name=name,
            status=status,
            mode=draft.mode,
            contact_email=email,
            created_at=self.clock.now(),
            language=draft.language,
        )

    async def _invitation(self, draft: SignUpDraft, email: str) -> Invitation | None:
        if draft.invitation:
            invitation = await self._open_invitation(draft.invitation)
            if invitation.email != email:
                raise BadInput(f"this invitation is for {invitation.email}", field="email")
            return invitation
        if self.settings.sign_up == "invited":
            raise NotAllowed("here one signs up by invitation; ask the provider for one")
        return None

    async def _open_invitation(self, token: str) -> Invitation:
        claims = self.tokens.open("invitation", token)
        found = await rows.invitations(self.tables).find(PROVIDER, claims.ref)
        if found is None or found.used or found.expires_at <= self.clock.now():
            raise BadInput(UNUSABLE)
        return found
