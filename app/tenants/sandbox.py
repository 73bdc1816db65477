"""A tenant made by this Strom's settings or command line, with no mailbox to confirm: the demo, an
owner's first minute without a wallet, the owner of an installation at home."""

from dataclasses import dataclass
from typing import Literal

from app.charging.ports import Chance, Clock
from app.records.fields import line
from app.records.ids import new_id
from app.records.owners import Tenant, User
from app.records.views import Actor
from app.tenants.emails import normal_email
from app.tenants.founding import Founding
from app.tenants.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Sandboxes:
    """Creates sandbox tenants."""

    founding: Founding
    passwords: Passwords
    clock: Clock
    chance: Chance

    async def create_sandbox_tenant(self, email: str, name: str, password: str) -> Actor:
        """A tenant with test money and a confirmed user; raises ``Conflict`` for a known e-mail."""
        return await self.create_tenant(email, name, password, mode="sandbox")

    async def create_tenant(
        self, email: str, name: str, password: str, *, mode: Literal["live", "sandbox"]
    ) -> Actor:
        """A tenant and its confirmed user; raises ``Conflict`` for a known e-mail."""
        email, now = normal_email(email), self.clock.now()
        name = line(name, field="name", longest=80)
        tenant = Tenant(
            id=self.founding.new_tenant_id(),
            name=name,
            status="active",
            mode=mode,
            contact_email=email,
            created_at=now,
        )
        user = User(
            id=new_id(self.chance),
            email=email,
            name=name,
            password_hash=await self.passwords.hash(password),
            role="owner",
            created_at=now,
            confirmed=True,
        )
        return await self.founding.found(tenant, user)
