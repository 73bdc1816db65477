"""What a charge point can be told to do, one type for each, whatever protocol it speaks.

Where OCPP 1.6 and 2.0.1 have the same thing under two names, this is 1.6's, and connector n of it
is EVSE n of 2.0.1. An operation crosses from the owner's request to the app's row and over the
command bus to the edge, whose dialect says it in OCPP's words or refuses what its version lacks.
Fields are checked where an operation is decoded; the limits are OCPP's.
"""

from app.operations.authorization import (
    CancelReservation,
    GetLocalListVersion,
    LocalListEntry,
    Reserve,
    SendLocalList,
)
from app.operations.certificates import (
    CertificateHash,
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    RootKind,
    SendSignedCertificate,
)
from app.operations.configuration import (
    SECRET_NAME,
    ChangeConfiguration,
    ConfigurationKey,
    GetConfiguration,
    SetNetworkProfile,
    SetPassword,
    names_a_secret,
)
from app.operations.device import (
    ChangeAvailability,
    ClearCache,
    Reset,
    TransferData,
    Trigger,
    Unlock,
)
from app.operations.fields import (
    ConnectorNumber,
    Count,
    IdTag,
    Location,
    OneConnector,
    Pem,
    Seconds,
    Whole,
)
from app.operations.groups import (
    AT_ONCE,
    ONCE,
    ChargerOperation,
    GivenOperation,
    OwnerOperation,
    name_of,
)
from app.operations.profiles import (
    MOST_WATTS,
    ChargingProfile,
    ChargingSchedule,
    ClearChargingProfile,
    GetChargingProfiles,
    GetCompositeSchedule,
    ProfilePurpose,
    SchedulePeriod,
    SetChargingProfile,
    require_sane,
)
from app.operations.transactions import GetTransactionStatus, Start, Stop
from app.operations.upkeep import GetDiagnostics, GetLog, UpdateFirmware

__all__ = [
    "AT_ONCE",
    "MOST_WATTS",
    "ONCE",
    "SECRET_NAME",
    "CancelReservation",
    "CertificateHash",
    "ChangeAvailability",
    "ChangeConfiguration",
    "ChargerOperation",
    "ChargingProfile",
    "ChargingSchedule",
    "ClearCache",
    "ClearChargingProfile",
    "ConfigurationKey",
    "ConnectorNumber",
    "Count",
    "DeleteCertificate",
    "GetChargingProfiles",
    "GetCompositeSchedule",
    "GetConfiguration",
    "GetDiagnostics",
    "GetInstalledCertificates",
    "GetLocalListVersion",
    "GetLog",
    "GetTransactionStatus",
    "GivenOperation",
    "IdTag",
    "InstallCertificate",
    "LocalListEntry",
    "Location",
    "OneConnector",
    "OwnerOperation",
    "Pem",
    "ProfilePurpose",
    "Reserve",
    "Reset",
    "RootKind",
    "SchedulePeriod",
    "Seconds",
    "SendLocalList",
    "SendSignedCertificate",
    "SetChargingProfile",
    "SetNetworkProfile",
    "SetPassword",
    "Start",
    "Stop",
    "TransferData",
    "Trigger",
    "Unlock",
    "UpdateFirmware",
    "Whole",
    "name_of",
    "names_a_secret",
    "require_sane",
]
