"""What a charge point says, kept before it is answered; one file per kind of message."""

from dataclasses import dataclass
from typing import assert_never

from app.charge_points.messages import (
    device,
    frames,
    knocks,
    metering,
    outcomes,
    quality,
    status,
    told,
    transactions,
    upstream,
)
from app.charge_points.messages.desk import Desk
from app.edge_messages import (
    Authorize,
    Booted,
    ChargerMessage,
    CommandOutcome,
    ConfigurationReport,
    ConnectorStatus,
    FramesLogged,
    LastSeen,
    MessageResult,
    Observed,
    Readings,
    ReservationEnded,
    SecurityEvent,
    SigningRequest,
    TransactionStarted,
    TransactionStopped,
    UpstreamAsks,
    UpstreamState,
    UpstreamTold,
    VendorData,
    WorkStatus,
)
from app.records.newcomers import is_pending


@dataclass(frozen=True, slots=True)
class Messages(Desk):
    """Takes what charge points say to where it belongs."""

    async def take(self, message: ChargerMessage) -> MessageResult:
        """Keep one message; the result says what the edge answers."""
        said = message.said
        if is_pending(message.charge_point):
            return await knocks.told(self, message)
        match said:
            case Booted():
                return await device.booted(self, message, said)
            case ConfigurationReport():
                return await device.configured(self, message, said)
            case ConnectorStatus():
                return await status.changed(self, message, said)
            case Readings():
                return await metering.read(self, message, said)
            case LastSeen():
                return await status.last_seen(self, message, said)
            case Authorize():
                return await transactions.authorize(self, message, said)
            case TransactionStarted():
                return await transactions.started(self, message, said)
            case TransactionStopped():
                return await transactions.stopped(self, message, said)
            case CommandOutcome():
                return await outcomes.told(self, message, said)
            case WorkStatus() | SecurityEvent() | VendorData():
                return await told.kept(self, message, said)
            case ReservationEnded():
                return await told.reservation_ended(self, message, said)
            case SigningRequest():
                return await device.wants_certificate(self, message, said)
            case Observed():
                return await quality.observed(self, message, said)
            case FramesLogged():
                return await frames.logged(self, message, said)
            case UpstreamAsks():
                return await upstream.may(self, message, said)
            case UpstreamTold():
                return await upstream.taken(self, message, said)
            case UpstreamState():
                return await upstream.does(self, message, said)
        assert_never(said)
