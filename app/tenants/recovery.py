"""Confirming an e-mail address, and a new password for who forgot the old one."""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.charging.errors import BadInput, Conflict
from app.charging.ports import Tables
from app.records import rows
from app.records.attempts import Attempts
from app.records.directory import LOGIN, Directory
from app.records.owners import Tenant, User
from app.tenants.config import AccountSettings
from app.tenants.emails import normal_email
from app.tenants.passwords import Passwords, require_good
from app.tenants.ports import Letters
from app.tenants.tokens import UNUSABLE, Purpose, Tokens


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a link in the owner's mailbox can do."""

    tables: Tables
    directory: Directory
    passwords: Passwords
    tokens: Tokens
    attempts: Attempts
    letters: Letters
    settings: AccountSettings

    async def send_confirmation(self, user: User, tenant: Tenant) -> None:
        """Ask the mailbox to confirm. Limited, so that nobody's mailbox is flooded."""
        if user.confirmed:
            raise Conflict("this e-mail address is confirmed already")
        await self.attempts.take("letter", user.email, self.settings.letters)
        await self.write_confirmation(user, tenant)

    async def write_confirmation(self, user: User, tenant: Tenant) -> None:
        """The same, where the limit was counted already."""
        token = self._token("confirm", tenant.id, user, self.settings.confirm_within)
        await self.letters.send(
            tenant.id, user.email, "confirm_email", self._values(user, f"confirm-email/{token}")
        )

    async def confirm_email(self, token: str) -> User:
        """The link was followed; works once."""
        tenant, user = await self._user("confirm", token)
        if user.confirmed:
            raise Conflict("this e-mail address is confirmed already")
        confirmed = replace(user, confirmed=True)
        await rows.users(self.tables).replace(tenant, user, confirmed)
        return confirmed

    async def request_reset(self, email: str, ip: str) -> None:
        """Send a link to choose a new password, if there is such an account; says the same."""
        email = normal_email(email)
        await self.attempts.take("letter-ip", ip, self.settings.letters_per_ip)
        await self.attempts.take("letter", email, self.settings.letters)
        entry = await self.directory.find(LOGIN, email)
        if entry is None:
            return
        user = await rows.users(self.tables).get(entry.tenant, entry.ref)
        await self.letters.send(
            entry.tenant,
            email,
            "reset_password",
            self._values(user, f"reset-password/{self.reset_token(entry.tenant, user)}"),
        )

    def reset_token(self, tenant: str, user: User) -> str:
        """What the link carries; also for the command line, where no mail can be sent."""
        return self._token("reset", tenant, user, self.settings.reset_within)

    async def require_reset(self, token: str) -> None:
        """Raise ``BadInput`` before a form is shown that could not be sent."""
        await self._user("reset", token)

    async def reset_password(self, token: str, password: str) -> User:
        """Set a new password; every session ends, and the mailbox is proven too. Works once."""
        tenant, user = await self._user("reset", token)
        require_good(password, email=user.email)
        renewed = replace(
            user,
            password_hash=await self.passwords.hash(password),
            credentials_version=user.credentials_version + 1,
            confirmed=True,
        )
        try:
            await rows.users(self.tables).replace(tenant, user, renewed)
        except Conflict:
            raise BadInput(UNUSABLE) from None
        return renewed

    def _token(self, purpose: Purpose, tenant: str, user: User, lasts: timedelta) -> str:
        return self.tokens.sign(
            purpose, tenant=tenant, ref=user.id, lasts=lasts, version=user.credentials_version
        )

    async def _user(self, purpose: Purpose, token: str) -> tuple[str, User]:
        claims = self.tokens.open(purpose, token)
        user = await rows.users(self.tables).find(claims.tenant, claims.ref)
        if user is None or user.credentials_version != claims.version:
            raise BadInput(UNUSABLE)
        return claims.tenant, user

    def _values(self, user: User, path: str) -> dict[str, str]:
        return {"name": user.name, "url": f"{self.settings.public_base_url}/{path}"}
