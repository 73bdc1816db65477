"""What every kind of message is kept with, and what several of them need to find."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.charge_points.clocks import lag_s, trusted_readings
from app.charge_points.deadlines import deadline_of, next_readings_in_s
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.settings import ChargePointSettings
from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.events import MeterRead
from app.charging.ports import Chance, Clock
from app.charging.session import Session
from app.edge_messages import MessageResult, Reading, SigningRequest
from app.flow import Flow
from app.records.live import LiveChargers
from app.records.signed_readings import SignedReadings, SignedValue

ID_LENGTH = 16


class Signing(Protocol):
    """Signs certificates of charge points."""

    async def requested(self, tenant: str, charge_point_id: str, said: SigningRequest) -> bool:
        """Sign what a charge point asks for and owe it; False when it must not be signed."""
        ...


Watched = Callable[[str, str], bool]
"""Whether a browser follows a session: tenant, session."""


def unwatched(_tenant: str, _session_id: str) -> bool:
    """Nobody follows anything."""
    return False


Follow = Callable[[str, Session], Awaitable[int | None]]
"""Looks whether a charge's limit is another now: tenant, session. Gives within how many seconds it
wants to look again; None: never."""


async def unlimited(_tenant: str, _session: Session) -> None:
    """Nothing follows a signal."""


TellDoubt = Callable[[str, str, int], Awaitable[None]]
"""Tells the owner of a final register that was not believed: tenant, charge point, Wh."""


async def untold(_tenant: str, _charge_point: str, _register_wh: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that messages are kept with."""

    live: LiveChargers
    flow: Flow
    commands: OwnerCommands
    clock: Clock
    chance: Chance
    settings: ChargePointSettings
    signing: Signing
    watched: Watched = unwatched
    follow: Follow = unlimited
    tell_doubt: TellDoubt = untold

    async def named_by(self, tenant: str, charge_point: str, id_tag: str) -> Session | None:
        """The session that an idTag names; some chargers append to it, or change its case."""
        session_id = id_tag.strip().lower()[:ID_LENGTH]
        if len(session_id) < ID_LENGTH or not session_id.isascii() or not session_id.isalnum():
            return None
        stored = await self.flow.sessions.find(tenant, session_id)
        if stored is None or stored.session.charge_point != charge_point:
            return None
        return stored.session

    async def holder(self, tenant: str, charge_point: str, connector: int) -> str | None:
        """The session that has the connector."""
        claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
        return await self.flow.sessions.holder(tenant, claim)

    async def keep_signed(
        self, tenant: str, session_id: str, signed: tuple[SignedValue, ...]
    ) -> None:
        """What the meter has signed is kept word for word."""
        await SignedReadings(self.live.tables).add(tenant, session_id, signed)

    def meter_reads(
        self, transaction_id: int, readings: tuple[Reading, ...], now: datetime
    ) -> list[MeterRead]:
        """Readings as events, in order."""
        return [
            MeterRead(at, transaction_id, r.energy_wh, r.power_w, r.soc_percent, lag_s(at, now))
            for at, r in trusted_readings(readings, now)
        ]

    def answer(
        self,
        tenant: str,
        session: Session,
        *,
        accepted: bool = True,
        transaction_id: int | None = None,
        within_s: int | None = None,
        noticed: tuple[str, ...] = (),
    ) -> MessageResult:
        """Saved; with the session's deadline, and when it is to be heard of next: ``within_s``
        at the latest."""
        deadline = deadline_of(session)
        return MessageResult(
            saved=True,
            accepted=accepted,
            transaction_id=transaction_id,
            deadlines=() if deadline is None else (deadline,),
            noticed=noticed,
            next_readings_in_s=next_readings_in_s(
                session,
                deadline,
                self.clock.now(),
                self.settings,
                watched=self.watched(tenant, session.id),
                within_s=within_s,
            ),
        )
