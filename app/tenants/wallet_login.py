"""Signing in with a wallet (LUD-04): a key that an owner linked stands for them.

A key is good for the ``credentials_version`` it was linked under: whoever sets a new password, or
signs out everywhere, has cut off every wallet too, also one that an intruder had linked.
"""

from dataclasses import dataclass

from app.charging.errors import Conflict, NotSignedIn
from app.charging.ports import Clock, Tables
from app.linking import Challenge, WalletKeys
from app.records import rows
from app.records.attempts import Attempts
from app.records.directory import WALLET_KEY, Directory
from app.records.owners import LoginKey
from app.records.views import Actor
from app.tenants.config import AccountSettings

UNKNOWN = "no account here is linked to this wallet; sign in by e-mail and link it in the settings"
RENEWED = "your password has changed since; sign in by e-mail and link the wallet again"
_MOST_KEYS = 5


@dataclass(frozen=True, slots=True)
class WalletLogin:
    """Links wallets and signs in with them."""

    tables: Tables
    directory: Directory
    keys: WalletKeys
    attempts: Attempts
    settings: AccountSettings
    clock: Clock

    def ask_to_sign_in(self) -> Challenge:
        """A challenge for whoever is not signed in yet."""
        return self.keys.ask("login")

    def ask_to_link(self) -> Challenge:
        """A challenge for who is."""
        return self.keys.ask("link")

    async def sign_in(self, k1: str, secret: str, ip: str) -> Actor | None:
        """Who this is; None while no wallet has signed. Raises ``NotSignedIn``, ``NotAllowed``."""
        if await self.keys.answered("login", k1, secret) is None:
            return None
        await self.attempts.take("sign-in-ip", ip, self.settings.sign_ins_per_ip)
        key = await self.keys.take("login", k1, secret)
        entry = None if key is None else await self.directory.find(WALLET_KEY, key)
        if key is None or entry is None:
            raise NotSignedIn(UNKNOWN)
        linked = await rows.login_keys(self.tables).find(entry.tenant, key)
        if linked is None:
            raise NotSignedIn(UNKNOWN)
        user = await rows.users(self.tables).find(entry.tenant, linked.user)
        if user is None or user.credentials_version != linked.credentials_version:
            raise NotSignedIn(RENEWED)
        return Actor(await rows.tenants(self.tables).get(entry.tenant, entry.tenant), user)

    async def link(self, actor: Actor, k1: str, secret: str) -> LoginKey | None:
        """Link the wallet that signed; None while none has. Raises ``Conflict``, ``NotAllowed``."""
        key = await self.keys.take("link", k1, secret)
        if key is None:
            return None
        tenant, mine = actor.tenant.id, await self.linked(actor)
        if len(mine) >= _MOST_KEYS and key not in {each.id for each in mine}:
            raise Conflict(f"{_MOST_KEYS} wallets are the most; unlink one first")
        known = await self.directory.find(WALLET_KEY, key)
        if known is not None and (known.tenant, known.ref) != (tenant, actor.user.id):
            raise Conflict("this wallet is linked to another account")
        linked = LoginKey(key, actor.user.id, self.clock.now(), actor.user.credentials_version)
        await self.directory.reserve(WALLET_KEY, key, tenant, actor.user.id)
        before = await rows.login_keys(self.tables).find(tenant, key)
        if before is None:
            await rows.login_keys(self.tables).add(tenant, linked)
        else:
            await rows.login_keys(self.tables).replace(tenant, before, linked)
        await self.directory.confirm(WALLET_KEY, key, tenant, actor.user.id)
        return linked

    async def linked(self, actor: Actor) -> list[LoginKey]:
        """This person's wallets."""
        found = await rows.login_keys(self.tables).all(actor.tenant.id)
        return [each for each in found if each.user == actor.user.id]

    async def unlink(self, actor: Actor, key: str) -> None:
        """The wallet signs nobody in any more; another's is left alone."""
        if key in {each.id for each in await self.linked(actor)}:
            await rows.login_keys(self.tables).remove(actor.tenant.id, key)
            await self.directory.release(WALLET_KEY, key, actor.tenant.id)
