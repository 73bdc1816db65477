"""The services of this room, put together."""

from dataclasses import dataclass

from app.charging.ports import Chance, Clock, Tables
from app.linking import WalletKeys
from app.records.attempts import Attempts
from app.records.directory import Directory
from app.tenants.accounts import Accounts
from app.tenants.api_keys import ApiKeys
from app.tenants.config import AccountSettings
from app.tenants.founding import Founding
from app.tenants.owner_settings import OwnerSettings
from app.tenants.passwords import Passwords
from app.tenants.ports import Letters
from app.tenants.provider import Provider
from app.tenants.recovery import Recovery
from app.tenants.sandbox import Sandboxes
from app.tenants.sign_up import SignUp
from app.tenants.tokens import Tokens
from app.tenants.wallet_login import WalletLogin
from app.tokens import Signer


@dataclass(frozen=True, slots=True)
class Tenancy:
    """What this room offers."""

    sign_up: SignUp
    accounts: Accounts
    recovery: Recovery
    api_keys: ApiKeys
    settings: OwnerSettings
    provider: Provider
    sandboxes: Sandboxes
    wallet_login: WalletLogin


def build_tenancy(
    *,
    tables: Tables,
    directory: Directory,
    clock: Clock,
    chance: Chance,
    letters: Letters,
    settings: AccountSettings,
    passwords: Passwords | None = None,
) -> Tenancy:
    """Every service over the same tables, clock and letters."""
    passwords = passwords or Passwords()
    tokens = Tokens(settings.server_key, clock)
    attempts = Attempts(tables, clock)
    founding = Founding(tables, directory, clock, chance)
    recovery = Recovery(tables, directory, passwords, tokens, attempts, letters, settings)
    return Tenancy(
        sign_up=SignUp(
            tables,
            founding,
            passwords,
            tokens,
            attempts,
            letters,
            recovery,
            settings,
            clock,
            chance,
        ),
        accounts=Accounts(tables, directory, passwords, attempts, settings),
        recovery=recovery,
        api_keys=ApiKeys(tables, clock, chance),
        settings=OwnerSettings(tables),
        provider=Provider(
            tables,
            directory,
            passwords,
            tokens,
            attempts,
            letters,
            settings,
            clock,
            chance,
        ),
        sandboxes=Sandboxes(founding, passwords, clock, chance),
        wallet_login=WalletLogin(
            tables,
            directory,
            WalletKeys.over(tables, Signer(settings.server_key), clock, chance),
            attempts,
            settings,
            clock,
        ),
    )
