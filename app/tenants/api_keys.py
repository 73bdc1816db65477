"""Keys for programs: ``strom_<tenant>_<key id>_<secret>``; only the secret's SHA-256 is kept."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from app.charging.errors import Conflict, NotAllowed, NotSignedIn
from app.charging.ports import Chance, Clock, Tables
from app.records import rows
from app.records.fields import line
from app.records.ids import new_id, new_secret
from app.records.owners import ApiKey
from app.records.views import Actor, ApiActor, IssuedKey

_SHAPE = re.compile(r"strom_([a-z0-9]{12})_([a-z2-7]{12})_([a-z2-7]{26})")
_MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Issues, checks and withdraws keys."""

    tables: Tables
    clock: Clock
    chance: Chance

    async def issue(self, actor: Actor, name: str) -> IssuedKey:
        """A new key; its secret is in the answer and nowhere else."""
        if not actor.user.confirmed:
            raise NotAllowed("confirm your e-mail address first")
        if len(await self.all(actor.tenant.id)) >= _MOST_KEYS:
            raise Conflict(f"{_MOST_KEYS} keys are the most; withdraw one first")
        secret = new_secret(self.chance)
        key = ApiKey(
            id=new_id(self.chance),
            name=line(name, field="name", longest=60),
            secret_sha256=_sha256(secret),
            created_at=self.clock.now(),
            created_by=actor.user.id,
        )
        await rows.api_keys(self.tables).add(actor.tenant.id, key)
        return IssuedKey(key, f"strom_{actor.tenant.id}_{key.id}_{secret}")

    async def check(self, presented: str) -> ApiActor:
        """Whose key this is; raises ``NotSignedIn``, or ``NotAllowed`` for a suspended tenant."""
        match = _SHAPE.fullmatch(presented)
        if match is None:
            raise NotSignedIn("this is not an API key of ours")
        tenant_id, key_id, secret = match.groups()
        key = await rows.api_keys(self.tables).find(tenant_id, key_id)
        if key is None or not hmac.compare_digest(key.secret_sha256, _sha256(secret)):
            raise NotSignedIn("this API key is not valid, or was withdrawn")
        tenant = await rows.tenants(self.tables).get(tenant_id, tenant_id)
        if tenant.status == "suspended":
            raise NotAllowed("this account is suspended; ask the provider")
        return ApiActor(tenant, key)

    async def all(self, tenant: str) -> list[ApiKey]:
        """The tenant's keys, the oldest first."""
        return sorted(await rows.api_keys(self.tables).all(tenant), key=lambda k: k.created_at)

    async def withdraw(self, tenant: str, key_id: str) -> None:
        """From now on the key opens nothing."""
        await rows.api_keys(self.tables).remove(tenant, key_id)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
