"""How the credentials of wallets are sealed."""

from app.envelope import WALLETS, Envelope
from app.wallets.backend import WalletCredentials

PURPOSE = WALLETS


async def seal_credentials(
    envelope: Envelope, tenant: str, credentials: WalletCredentials
) -> bytes:
    """The stored form of a connection's credentials."""
    return await envelope.seal(tenant, PURPOSE, credentials.to_bytes())
