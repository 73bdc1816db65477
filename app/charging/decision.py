"""What ``advance`` decides, and the draft in which a decision is put together."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.charging.chunks import Chunk
from app.charging.claims import Claim
from app.charging.effects import Effect
from app.charging.ledger import Account, LedgerEntry
from app.charging.session import MeterReading, Session


@dataclass(frozen=True, slots=True)
class Decision:
    """The session after an event, and all that must be saved with it in one write."""

    session: Session
    ledger_entries: tuple[LedgerEntry, ...] = ()
    effects: tuple[Effect, ...] = ()
    withdrawn_effects: tuple[Effect, ...] = ()
    claims: tuple[Claim, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    """Readings that leave the session for rows of their own."""

    @property
    def is_only_read(self) -> bool:
        """Whether nothing but what a meter shows has changed."""
        owes = self.effects or self.withdrawn_effects
        return not (owes or self.ledger_entries or self.claims)

    def then(self, later: "Decision") -> "Decision":
        """This decision and one made from its session, as one.

        An effect that was owed here and is withdrawn there was never owed; the last claim on a
        key counts.
        """
        cancelled = {e.key for e in later.withdrawn_effects} & {e.key for e in self.effects}
        claims = {(c.kind, c.key): c for c in (*self.claims, *later.claims)}
        return Decision(
            later.session,
            self.ledger_entries + later.ledger_entries,
            tuple(e for e in self.effects if e.key not in cancelled) + later.effects,
            self.withdrawn_effects
            + tuple(e for e in later.withdrawn_effects if e.key not in cancelled),
            tuple(claims.values()),
            self.chunks + later.chunks,
        )


class Draft:
    """A decision being made: the session as it changes, and what is owed so far."""

    def __init__(self, session: Session, at: datetime) -> None:
        self.session = session
        self.at = at
        self._entries: list[LedgerEntry] = []
        self._effects: list[Effect] = []
        self._withdrawn: list[Effect] = []
        self._claims: list[Claim] = []
        self._chunks: list[Chunk] = []

    def change(self, **fields: object) -> None:
        """Replace fields of the session."""
        self.session = replace(self.session, **fields)  # type: ignore[arg-type]  # names as given

    def post(self, debit: Account, credit: Account, amount_msat: int, cause: str) -> None:
        """Move money; nothing is written for an amount of zero."""
        if amount_msat == 0:
            return
        now = self.session
        entry = LedgerEntry(
            sequence=now.ledger_sequence + 1,
            debit=debit,
            credit=credit,
            amount_msat=amount_msat,
            at=self.at,
            cause=cause,
            previous_hash=now.ledger_hash,
        )
        self._entries.append(entry)
        self.change(
            balances=now.balances.after(entry),
            ledger_sequence=entry.sequence,
            ledger_hash=entry.hash,
        )

    def owe(self, effect: Effect) -> None:
        """Owe an effect."""
        self._effects.append(effect)

    def withdraw(self, effect: Effect) -> None:
        """Owe it no longer."""
        self._withdrawn.append(effect)

    def claim(self, claim: Claim) -> None:
        """Want, or give back, what only one session can have."""
        self._claims.append(claim)

    def put_away(self, readings: tuple[MeterReading, ...]) -> None:
        """Let readings leave the session."""
        chunk = Chunk(self.session.chunks + 1, self.session.last_chunk, readings)
        self._chunks.append(chunk)
        self.change(chunks=chunk.number, last_chunk=chunk.name)

    def decision(self) -> Decision:
        """The decision as it stands."""
        return Decision(
            self.session,
            tuple(self._entries),
            tuple(self._effects),
            tuple(self._withdrawn),
            tuple(self._claims),
            tuple(self._chunks),
        )
