"""The types that cross between the edge and the app, below both.

The edge calls the app over HTTP (JSON, by msgspec); the app reaches the edge over the command bus.
The edge has translated OCPP into these, so the app does not know which protocol spoke. Moments
are timezone-aware UTC; energy is Wh of the meter's register, power W, state of charge percent.

Routes, all on the internal surface:

=========================================  ================  ==================
``POST /internal/connect``                 ``Connect``       ``Connected``
``POST /internal/messages``                ``MessageBatch``  ``MessageResults``
``POST /internal/disconnect``              ``Disconnect``    –
``POST /internal/lease``                   ``Lease``         –
``POST /internal/watch``                   ``Watch``         ``Watching``
``POST /internal/trust``                   ``Trust``         ``Trust``
=========================================  ================  ==================
"""

from app.edge_messages.batches import ChargerMessage, MessageBatch, MessageResult, MessageResults
from app.edge_messages.bus import (
    BusMessage,
    CommandBus,
    DeadlineMoved,
    FramesWanted,
    Kick,
    ReadingsWanted,
    SessionNotice,
    Watch,
    Watching,
)
from app.edge_messages.connecting import (
    Command,
    Connect,
    Connected,
    Deadline,
    Disconnect,
    FrameLogging,
    Lease,
    Setting,
    Trust,
    Upstream,
    UpstreamTransaction,
)
from app.edge_messages.said import (
    SETTING_FAILED,
    SETTING_INTERRUPTED,
    UNKNOWN_REGISTER_WH,
    Authorize,
    Booted,
    CommandOutcome,
    ConfigurationReport,
    ConnectorStatus,
    FramesLogged,
    LastSeen,
    LoggedFrame,
    Observed,
    Reading,
    Readings,
    ReservationEnded,
    Said,
    SecurityEvent,
    SignedReading,
    SigningRequest,
    TransactionStarted,
    TransactionStopped,
    UpstreamAsks,
    UpstreamState,
    UpstreamTold,
    VendorData,
    WorkStatus,
)

__all__ = [
    "SETTING_FAILED",
    "SETTING_INTERRUPTED",
    "UNKNOWN_REGISTER_WH",
    "Authorize",
    "Booted",
    "BusMessage",
    "ChargerMessage",
    "Command",
    "CommandBus",
    "CommandOutcome",
    "ConfigurationReport",
    "Connect",
    "Connected",
    "ConnectorStatus",
    "Deadline",
    "DeadlineMoved",
    "Disconnect",
    "FrameLogging",
    "FramesLogged",
    "FramesWanted",
    "Kick",
    "LastSeen",
    "Lease",
    "LoggedFrame",
    "MessageBatch",
    "MessageResult",
    "MessageResults",
    "Observed",
    "Reading",
    "Readings",
    "ReadingsWanted",
    "ReservationEnded",
    "Said",
    "SecurityEvent",
    "SessionNotice",
    "Setting",
    "SignedReading",
    "SigningRequest",
    "TransactionStarted",
    "TransactionStopped",
    "Trust",
    "Upstream",
    "UpstreamAsks",
    "UpstreamState",
    "UpstreamTold",
    "UpstreamTransaction",
    "VendorData",
    "Watch",
    "Watching",
    "WorkStatus",
]
