"""Signing in, and who a session belongs to."""

from dataclasses import dataclass, replace

from app.charging.errors import BadInput, NotSignedIn
from app.charging.ports import Tables
from app.records import rows
from app.records.attempts import Attempts
from app.records.directory import LOGIN, Directory
from app.records.owners import User
from app.records.views import Actor
from app.tenants.config import AccountSettings
from app.tenants.emails import normal_email
from app.tenants.passwords import Passwords, require_good

WRONG = "the e-mail address or the password is wrong"


@dataclass(frozen=True, slots=True)
class Accounts:
    """People with a password."""

    tables: Tables
    directory: Directory
    passwords: Passwords
    attempts: Attempts
    settings: AccountSettings

    async def sign_in(self, email: str, password: str, ip: str) -> Actor:
        """Who this is; raises ``NotSignedIn``. As much work for an unknown address."""
        try:
            email = normal_email(email)
        except BadInput:
            raise NotSignedIn(WRONG) from None
        await self.attempts.take("sign-in-ip", ip, self.settings.sign_ins_per_ip)
        await self.attempts.take("sign-in", f"{email}|{ip}", self.settings.sign_ins)
        tenant, user = await self._find(email)
        matches = await self.passwords.matches(user.password_hash if user else None, password)
        if user is None or not matches:
            raise NotSignedIn(WRONG)
        await self.attempts.forget("sign-in", f"{email}|{ip}", self.settings.sign_ins)
        return Actor(await rows.tenants(self.tables).get(tenant, tenant), user)

    async def actor(self, tenant: str, user_id: str, version: int) -> Actor | None:
        """Whom a session's cookie names, unless the session was ended."""
        user = await rows.users(self.tables).find(tenant, user_id)
        if user is None or user.credentials_version != version:
            return None
        found = await rows.tenants(self.tables).find(tenant, tenant)
        return None if found is None else Actor(found, user)

    async def change_password(self, actor: Actor, old: str, new: str, ip: str) -> User:
        """Set another password; every other session ends."""
        who = f"{actor.user.email}|{ip}"
        await self.attempts.take("sign-in", who, self.settings.sign_ins)
        if not await self.passwords.matches(actor.user.password_hash, old):
            raise BadInput("this is not your present password", field="old_password")
        require_good(new, email=actor.user.email)
        return await self._renew(actor, password_hash=await self.passwords.hash(new))

    async def sign_out_everywhere(self, actor: Actor) -> User:
        """End every session of this person."""
        return await self._renew(actor, password_hash=actor.user.password_hash)

    async def _renew(self, actor: Actor, *, password_hash: str) -> User:
        renewed = replace(
            actor.user,
            password_hash=password_hash,
            credentials_version=actor.user.credentials_version + 1,
        )
        await rows.users(self.tables).replace(actor.tenant.id, actor.user, renewed)
        return renewed

    async def _find(self, email: str) -> tuple[str, User | None]:
        entry = await self.directory.find(LOGIN, email)
        if entry is None:
            return "", None
        return entry.tenant, await rows.users(self.tables).find(entry.tenant, entry.ref)
