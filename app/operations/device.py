"""The charge point itself: its plugs, its power button, what it should say."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.operations.fields import ConnectorNumber, OneConnector


class Unlock(Struct, frozen=True, tag="unlock"):
    """Release the cable (OCPP 1.6 §5.18)."""

    connector: OneConnector


class ChangeAvailability(Struct, frozen=True, tag="change_availability"):
    """Take a connector out of service or back (OCPP 1.6 §5.2)."""

    availability: Literal["Operative", "Inoperative"]
    connector: ConnectorNumber = 0


class Reset(Struct, frozen=True, tag="reset"):
    """Restart (OCPP 1.6 §5.14): ``Soft`` ends transactions properly first."""

    how: Literal["Soft", "Hard"] = "Soft"


class ClearCache(Struct, frozen=True, tag="clear_cache"):
    """Forget remembered authorizations (OCPP 1.6 §5.4)."""


class Trigger(Struct, frozen=True, tag="trigger"):
    """Have it send a message now (OCPP 1.6 §5.17; whitepaper: ExtendedTriggerMessage)."""

    message: Literal[
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    ]
    connector: ConnectorNumber = 0


class TransferData(Struct, frozen=True, tag="data_transfer"):
    """A vendor's own message (OCPP 1.6 §5.6)."""

    vendor_id: Annotated[str, Meta(min_length=1, max_length=255)]
    message_id: Annotated[str, Meta(max_length=50)] = ""
    data: Annotated[str, Meta(max_length=20_000)] = ""
