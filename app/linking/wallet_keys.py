"""What wallets have answered: one row per challenge, written once, gone with its time."""

from dataclasses import dataclass
from datetime import timedelta

from app.charging.errors import ConditionFailed, NotAllowed
from app.charging.ports import Absent, AtMost, Chance, Clock, Item, Put, Tables, Update
from app.linking.challenges import UNKNOWN, Action, Challenge, Challenges, Purpose
from app.linking.signatures import verify
from app.records import keys
from app.tokens import Signer

LASTS = timedelta(minutes=10)
_KIND = "k1"


@dataclass(frozen=True, slots=True)
class WalletKeys:
    """Challenges and the keys that have answered them."""

    tables: Tables
    challenges: Challenges

    @classmethod
    def over(cls, tables: Tables, signer: Signer, clock: Clock, chance: Chance) -> "WalletKeys":
        """The parts put together."""
        return cls(tables, Challenges(signer, clock, chance))

    def ask(self, purpose: Purpose, lasts: timedelta = LASTS) -> Challenge:
        """A challenge for a wallet; nothing is written."""
        return self.challenges.new(purpose, lasts)

    async def answer(self, purpose: Purpose, k1: str, signature: str, key: str) -> str:
        """A wallet has signed; raises ``NotAllowed`` or ``BadInput``. Works once per challenge."""
        until_s = self.challenges.until_s(purpose, k1)
        key = verify(k1, signature, key)
        place = keys.directory(_KIND, k1.lower())
        row: Item = {"pk": place.pk, "sk": place.sk, "key": key, "expires_at": until_s}
        try:
            await self.tables.directory().write([Put(row, Absent())])
        except ConditionFailed:
            raise NotAllowed(UNKNOWN) from None
        return key

    async def answered(self, action: Action, k1: str, secret: str) -> str | None:
        """Which key has answered the challenge of this browser; None while none has."""
        self.challenges.until_s(action, k1)
        if not self.challenges.is_asked_by(k1, secret):
            raise NotAllowed(UNKNOWN)
        found = await self.tables.directory().get(keys.directory(_KIND, k1.lower()))
        if found is None or found.get("taken"):
            return None
        return str(found["key"])

    async def take(self, action: Action, k1: str, secret: str) -> str | None:
        """The same, once: what it opens is opened for one browser at one time."""
        key = await self.answered(action, k1, secret)
        if key is None:
            return None
        place = keys.directory(_KIND, k1.lower())
        once = Update(place, add={"taken": 1}, condition=AtMost("taken", 0, {"key": key}))
        try:
            await self.tables.directory().write([once])
        except ConditionFailed:
            return None
        return key
