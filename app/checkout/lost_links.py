"""Ways back to a session's link for who paid and has lost it, or never got it.

A PIN that came as the payment's comment (LUD-12), the payment's preimage, a wallet's key that
came with the payment (LUD-18 ``auth``, LUD-04), or the owner. The last word has who paid: the
preimage and the owner replace the link, so one that got into wrong hands opens nothing any more.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from app.charging.claims import Claim, ClaimKind
from app.charging.errors import BadInput, NotAllowed, NotFound, TooMany
from app.charging.events import LinkReplaced
from app.charging.payments import payment
from app.charging.ports import Clock, Tables
from app.charging.session import PaymentState, Session
from app.checkout.finding import Finder
from app.checkout.payer_data import pin_of
from app.checkout.ports import Wallets
from app.flow import Flow
from app.records.acts import Act, Acts
from app.records.attempts import Allowance, Attempts
from app.records.drivers import DriverCharges
from app.records.payers import PIN_LIFE, Payers
from app.tokens import Signer

PIN = "pin"
PIN_TRIES = Allowance(5, timedelta(hours=1))
PIN_TRIES_EVER = Allowance(20, timedelta(days=30))
"""So that a PIN of four digits cannot be guessed in the time it lives."""
WRONG_PIN = "No charge here has this PIN."
NO_PROOF = "This proves no payment here. Please ask the owner."
_PREIMAGE = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class FoundCharge:
    """A charge of a wallet's key."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class LostLinks:
    """Finds and replaces links."""

    tables: Tables
    finder: Finder
    flow: Flow
    wallets: Wallets
    attempts: Attempts
    signer: Signer
    clock: Clock

    async def by_pin(self, name: str, host: str | None, pin: str) -> str:
        """The token of the charge at this connector whose payer chose the PIN."""
        pin = pin_of(pin)
        if not pin:
            raise BadInput("A PIN has 4 to 8 digits.", field="pin")
        tenant, charge_point, number = await self._place(name, host)
        matching = None
        for session, kept in await self._counted(tenant, charge_point, number):
            if self.signer.has_made(kept, PIN, tenant, session.id, pin):
                matching = matching or session
        if matching is None:
            raise NotAllowed(WRONG_PIN)
        return self.signer.session_token(tenant, matching.id, matching.link)

    async def by_preimage(self, name: str, host: str | None, preimage: str) -> str:
        """A new token for who knows the preimage; only where nobody but the payer learns it."""
        preimage = preimage.strip()
        if not _PREIMAGE.fullmatch(preimage):
            raise BadInput("A payment's preimage has 64 characters, 0-9 and a-f.", field="preimage")
        tenant, _, _ = await self._place(name, host)
        payment_hash = sha256(bytes.fromhex(preimage)).hexdigest()
        claim = Claim(ClaimKind.PAYMENT, payment_hash, "")
        session_id = await self.flow.sessions.holder(tenant, claim)
        stored = None
        if session_id is not None:
            stored = await self.flow.sessions.find(tenant, session_id)
        if stored is None or not await self._is_proof(tenant, stored.session, payment_hash):
            raise NotAllowed(NO_PROOF)
        return await self.renew(tenant, stored.session.id, "the payment's preimage")

    async def by_key(self, key: str) -> list[FoundCharge]:
        """The paid charges of a wallet's key, the newest first."""
        found = []
        for tenant, session_id in await DriverCharges(self.tables).of(key):
            stored = await self.flow.sessions.find(tenant, session_id)
            if stored is not None:
                session = stored.session
                token = self.signer.session_token(tenant, session_id, session.link)
                found.append(FoundCharge(token, session))
        return found

    async def renew(self, tenant: str, session_id: str, by: str) -> str:
        """A new token; those before it open nothing any more. Written down beside the ledger."""
        stored = await self.flow.sessions.find(tenant, session_id)
        if stored is None:
            raise NotFound("there is no such charge")
        now = self.clock.now()
        await Acts(self.tables).note(tenant, session_id, Act(now, by, "new link for the driver"))
        replaced = LinkReplaced(now, stored.session.link)
        after = await self.flow.record(tenant, session_id, [replaced])
        return self.signer.session_token(tenant, session_id, after.link)

    async def _place(self, name: str, host: str | None) -> tuple[str, str, int]:
        offer = await self.finder.find(name, host)
        number = offer.connector.number if offer.connector else 0
        return offer.tenant.id, offer.charge_point.id, number

    async def _counted(
        self, tenant: str, charge_point: str, number: int
    ) -> list[tuple[Session, str]]:
        """The sessions a PIN may open, with its MAC; a try is counted for each before any is
        compared. Raises ``TooMany`` when none has a try left."""
        found, refused = [], None
        for session, pin in await self._with_pin(tenant, charge_point, number):
            who = f"{tenant}|{session.id}"
            try:
                await self.attempts.take(PIN, who, PIN_TRIES)
                await self.attempts.take(f"{PIN}-ever", who, PIN_TRIES_EVER)
            except TooMany as error:
                refused = error
                continue
            found.append((session, pin))
        if not found and refused is not None:
            raise refused
        return found

    async def _with_pin(
        self, tenant: str, charge_point: str, number: int
    ) -> list[tuple[Session, str]]:
        """The newest at the connector whose payer chose a PIN, not long over."""
        payers, found = Payers(self.tables), []
        for session_id in await payers.with_pin(tenant, charge_point, number):
            stored = await self.flow.sessions.find(tenant, session_id)
            pin = (await payers.find(tenant, session_id)).pin_mac
            if stored is not None and pin and self._is_fresh(stored.session):
                found.append((stored.session, pin))
        return found

    def _is_fresh(self, session: Session) -> bool:
        ended_at = session.ended_at
        return ended_at is None or self.clock.now() - ended_at < PIN_LIFE

    async def _is_proof(self, tenant: str, session: Session, payment_hash: str) -> bool:
        known = payment(session, payment_hash)
        if known is None or known.state is not PaymentState.SETTLED:
            return False
        wallet = await self.wallets.open(tenant, session.quote.wallet_id)
        return wallet.capabilities.secret_preimage


def pin_mac(signer: Signer, tenant: str, session_id: str, pin: str) -> str:
    """What is kept of a PIN: useless without the server's key."""
    return signer.mac(PIN, tenant, session_id, pin)
