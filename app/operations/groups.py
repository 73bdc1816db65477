"""Which operations belong together, by who gives them and how often they may be told."""

from typing import Final

from app.operations.authorization import (
    CancelReservation,
    GetLocalListVersion,
    Reserve,
    SendLocalList,
)
from app.operations.certificates import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from app.operations.configuration import (
    ChangeConfiguration,
    GetConfiguration,
    SetNetworkProfile,
    SetPassword,
)
from app.operations.device import (
    ChangeAvailability,
    ClearCache,
    Reset,
    TransferData,
    Trigger,
    Unlock,
)
from app.operations.profiles import (
    ClearChargingProfile,
    GetChargingProfiles,
    GetCompositeSchedule,
    SetChargingProfile,
)
from app.operations.transactions import GetTransactionStatus, Start, Stop
from app.operations.upkeep import GetDiagnostics, GetLog, UpdateFirmware

OwnerOperation = (
    Unlock
    | ChangeAvailability
    | Reset
    | ClearCache
    | Trigger
    | TransferData
    | ChangeConfiguration
    | GetConfiguration
    | SetNetworkProfile
    | SendLocalList
    | GetLocalListVersion
    | Reserve
    | CancelReservation
    | SetChargingProfile
    | ClearChargingProfile
    | GetCompositeSchedule
    | GetChargingProfiles
    | GetDiagnostics
    | GetLog
    | UpdateFirmware
    | SendSignedCertificate
    | InstallCertificate
    | DeleteCertificate
    | GetInstalledCertificates
    | GetTransactionStatus
)
"""What an owner can have done, beside starting and stopping, which are a session's."""

GivenOperation = OwnerOperation | SetPassword
"""What is kept until the charge point has answered; passwords are made here, never given to us."""

ChargerOperation = Start | Stop | GivenOperation

ONCE: Final = (Unlock, Reset, Trigger, TransferData, GetDiagnostics, GetLog, UpdateFirmware)
"""What does something anew each time it is told: never told twice when an answer is missing."""
AT_ONCE: Final = (
    Unlock,
    Reset,
    Trigger,
    TransferData,
    ClearCache,
    GetConfiguration,
    GetCompositeSchedule,
    GetChargingProfiles,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetTransactionStatus,
    Reserve,
)
"""What nobody wants any more when the charge point comes back tomorrow."""


def name_of(operation: ChargerOperation) -> str:
    """The operation's name in rows, on the bus and in the API."""
    return str(type(operation).__struct_config__.tag)
