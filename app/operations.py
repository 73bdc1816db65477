"""What a charge point can be told to do, one type for each, whatever protocol it speaks.

Where OCPP 1.6 and 2.0.1 have the same thing under two names, this is 1.6's, and connector n of it
is EVSE n of 2.0.1. An operation crosses from the owner's request to the app's row and over the
command bus to the edge, whose dialect says it in OCPP's words or refuses what its version lacks.
Fields are checked where an operation is decoded; the limits are OCPP's.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

ConnectorNumber = Annotated[int, Meta(ge=0, le=1000)]
"""0: the charge point as a whole."""
OneConnector = Annotated[int, Meta(ge=1, le=1000)]
IdTag = Annotated[str, Meta(min_length=1, max_length=20)]
"""OCPP 1.6 §7.28 IdToken: CiString20."""
Location = Annotated[str, Meta(min_length=1, max_length=512, pattern="^[a-zA-Z]+://[^ ]+$")]
"""A URL the charge point sends to or fetches from."""
Pem = Annotated[str, Meta(min_length=1, max_length=10_000)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Seconds = Annotated[int, Meta(ge=0, le=7 * 86_400)]
Whole = Annotated[int, Meta(ge=0, le=2**31 - 1)]


MOST_WATTS = 10_000_000


def require_sane(limit: Decimal) -> None:
    """A power or a current that a charge point could be told; raises `ValueError`."""
    if not limit.is_finite() or not 0 <= limit <= MOST_WATTS:
        raise ValueError(f"a limit is a number from 0 to {MOST_WATTS:,}")


# --- Charging profiles -----------------------------------------------------------------------


class SchedulePeriod(Struct, frozen=True):
    """From this second of the schedule on, at most so much (OCPP 1.6 §7.14)."""

    start_s: Whole
    limit: Decimal
    phases: Annotated[int, Meta(ge=1, le=3)] | None = None

    def __post_init__(self) -> None:
        require_sane(self.limit)


class ChargingSchedule(Struct, frozen=True):
    """OCPP 1.6 §7.13. ``limit`` of the periods is in ``unit``: watt or ampere per phase."""

    unit: Literal["W", "A"]
    periods: Annotated[tuple[SchedulePeriod, ...], Meta(min_length=1, max_length=1024)]
    duration_s: Whole | None = None
    starts_at: datetime | None = None
    min_charging_rate: Decimal | None = None

    def __post_init__(self) -> None:
        if self.min_charging_rate is not None:
            require_sane(self.min_charging_rate)


ProfilePurpose = Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]


class ChargingProfile(Struct, frozen=True):
    """OCPP 1.6 §7.8."""

    id: Whole
    stack_level: Annotated[int, Meta(ge=0, le=1000)]
    purpose: ProfilePurpose
    kind: Literal["Absolute", "Recurring", "Relative"]
    schedule: ChargingSchedule
    recurrency: Literal["Daily", "Weekly"] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: int | None = None
    reference: str = ""
    """The transaction's name in 2.0.1."""


# --- Charging --------------------------------------------------------------------------------


class Start(Struct, frozen=True, tag="start"):
    """Start a session's transaction (OCPP 1.6 §5.11). Only its session gives it, and without a
    charging profile: see ADR 27."""

    connector: ConnectorNumber
    id_tag: IdTag


class Stop(Struct, frozen=True, tag="stop"):
    """Stop a transaction (OCPP 1.6 §5.12). ``reference``: the charge point's own name for it."""

    transaction_id: int
    reference: str = ""


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


# --- Configuration ---------------------------------------------------------------------------

ConfigurationKey = Annotated[str, Meta(min_length=1, max_length=150)]
"""50 characters in 1.6; ``Component[instance].Variable[instance]`` in 2.0.1."""


class ChangeConfiguration(Struct, frozen=True, tag="change_configuration"):
    """Set one key (OCPP 1.6 §5.3; 2.0.1 B05 SetVariables)."""

    key: ConfigurationKey
    value: Annotated[str, Meta(max_length=2500)]


class GetConfiguration(Struct, frozen=True, tag="get_configuration"):
    """Read keys, all where none is named (OCPP 1.6 §5.8; 2.0.1 B06, B07)."""

    keys: Annotated[tuple[ConfigurationKey, ...], Meta(max_length=500)] = ()


class SetNetworkProfile(Struct, frozen=True, tag="set_network_profile"):
    """Where and how to connect (OCPP 2.0.1 B09)."""

    slot: Annotated[int, Meta(ge=0, le=100)]
    url: Location
    security_profile: Annotated[int, Meta(ge=0, le=3)]
    message_timeout_s: Annotated[int, Meta(ge=1, le=600)] = 60
    interface: Literal[
        "Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3"
    ] = "Wired0"


# --- Local list ------------------------------------------------------------------------------


class LocalListEntry(Struct, frozen=True):
    """One idTag of the local list (OCPP 1.6 §7.2). ``status`` None removes it (Differential)."""

    id_tag: IdTag
    status: Literal["Accepted", "Blocked", "Expired", "Invalid"] | None = "Accepted"
    expires_at: datetime | None = None
    parent_id_tag: Annotated[str, Meta(max_length=20)] = ""


class SendLocalList(Struct, frozen=True, tag="send_local_list"):
    """Replace or change the list for offline authorization (OCPP 1.6 §5.15)."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    update: Literal["Full", "Differential"]
    entries: Annotated[tuple[LocalListEntry, ...], Meta(max_length=10_000)] = ()


class GetLocalListVersion(Struct, frozen=True, tag="get_local_list_version"):
    """Which list it has (OCPP 1.6 §5.10); 0: none, -1: it keeps no lists."""


# --- Reservation -----------------------------------------------------------------------------


class Reserve(Struct, frozen=True, tag="reserve"):
    """Keep a connector for an idTag until a moment (OCPP 1.6 §5.13)."""

    reservation_id: Whole
    connector: ConnectorNumber
    id_tag: IdTag
    expires_at: datetime
    parent_id_tag: Annotated[str, Meta(max_length=20)] = ""


class CancelReservation(Struct, frozen=True, tag="cancel_reservation"):
    """Give it back (OCPP 1.6 §5.1)."""

    reservation_id: Whole


# --- Smart charging --------------------------------------------------------------------------


class SetChargingProfile(Struct, frozen=True, tag="set_charging_profile"):
    """Limit what may flow (OCPP 1.6 §5.16)."""

    connector: ConnectorNumber
    profile: ChargingProfile


class ClearChargingProfile(Struct, frozen=True, tag="clear_charging_profile"):
    """Remove the profiles that match all that is given (OCPP 1.6 §5.5)."""

    profile_id: Whole | None = None
    connector: ConnectorNumber | None = None
    purpose: ProfilePurpose | None = None
    stack_level: Annotated[int, Meta(ge=0, le=1000)] | None = None


class GetCompositeSchedule(Struct, frozen=True, tag="get_composite_schedule"):
    """What all profiles together allow (OCPP 1.6 §5.7)."""

    connector: ConnectorNumber
    duration_s: Annotated[int, Meta(ge=1, le=7 * 86_400)]
    unit: Literal["W", "A"] | None = None


class GetChargingProfiles(Struct, frozen=True, tag="get_charging_profiles"):
    """Which profiles it has (OCPP 2.0.1 K09)."""

    request_id: Whole
    connector: ConnectorNumber | None = None


# --- Firmware and logs -----------------------------------------------------------------------


class GetDiagnostics(Struct, frozen=True, tag="get_diagnostics"):
    """Have diagnostics uploaded (OCPP 1.6 §5.9)."""

    location: Location
    since: datetime | None = None
    until: datetime | None = None
    retries: Count | None = None
    retry_interval_s: Seconds | None = None


class GetLog(Struct, frozen=True, tag="get_log"):
    """Have a log uploaded (whitepaper §4.4; 2.0.1 N01)."""

    log: Literal["DiagnosticsLog", "SecurityLog"]
    request_id: Whole
    location: Location
    since: datetime | None = None
    until: datetime | None = None
    retries: Count | None = None
    retry_interval_s: Seconds | None = None


class UpdateFirmware(Struct, frozen=True, tag="update_firmware"):
    """Have firmware fetched and installed (OCPP 1.6 §5.19; signed: whitepaper §4.9, 2.0.1 L01).

    With a ``signing_certificate`` and ``signature`` the charge point checks where it comes from.
    """

    location: Location
    retrieve_at: datetime
    request_id: Whole = 0
    install_at: datetime | None = None
    signing_certificate: Annotated[str, Meta(max_length=5500)] = ""
    signature: Annotated[str, Meta(max_length=800)] = ""
    retries: Count | None = None
    retry_interval_s: Seconds | None = None

    @property
    def is_signed(self) -> bool:
        """Whether the charge point can check who made it."""
        return bool(self.signing_certificate and self.signature)


# --- Certificates ----------------------------------------------------------------------------


class SendSignedCertificate(Struct, frozen=True, tag="certificate_signed"):
    """The answer to SignCertificate, leaf first (whitepaper §4.1 CertificateSigned; 2.0.1 A02)."""

    chain: Pem
    certificate_type: Literal["ChargingStationCertificate", "V2GCertificate"] = (
        "ChargingStationCertificate"
    )


RootKind = Literal[
    "CentralSystemRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
]
"""The first is 2.0.1's ``CSMSRootCertificate``; the last two cannot be said in 1.6."""


class InstallCertificate(Struct, frozen=True, tag="install_certificate"):
    """Trust a root from now on (whitepaper §4.6)."""

    kind: RootKind
    certificate: Annotated[str, Meta(min_length=1, max_length=5500)]


class CertificateHash(Struct, frozen=True):
    """Which certificate (whitepaper §6.1 CertificateHashData)."""

    algorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuer_name_hash: Annotated[str, Meta(min_length=1, max_length=128)]
    issuer_key_hash: Annotated[str, Meta(min_length=1, max_length=128)]
    serial_number: Annotated[str, Meta(min_length=1, max_length=40)]


class DeleteCertificate(Struct, frozen=True, tag="delete_certificate"):
    """Trust it no longer (whitepaper §4.2)."""

    certificate: CertificateHash


class GetInstalledCertificates(Struct, frozen=True, tag="get_installed_certificates"):
    """Which roots it trusts (whitepaper §4.5 GetInstalledCertificateIds)."""

    kind: RootKind


class GetTransactionStatus(Struct, frozen=True, tag="get_transaction_status"):
    """Whether messages of a transaction are still queued (OCPP 2.0.1 E14)."""

    reference: Annotated[str, Meta(max_length=36)] = ""


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


class SetPassword(Struct, frozen=True, tag="set_password"):
    """Have it sign in by another password from now on (whitepaper §2.2; 2.0.1 A01).

    Rows hold it ``sealed``, in hex; it is opened on its way to the edge, and lies nowhere as it is.
    """

    password: Annotated[str, Meta(max_length=40)] = ""
    sealed: str = ""


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


SECRET_NAME: Final = re.compile(
    "password|passwd|passphrase|secret|authorizationkey|privatekey|simpin", re.IGNORECASE
)


def name_of(operation: ChargerOperation) -> str:
    """The operation's name in rows, on the bus and in the API."""
    return str(type(operation).__struct_config__.tag)


def names_a_secret(name: str) -> bool:
    """Whether what goes by this name, of a key or a field, is a password or the like."""
    return SECRET_NAME.search(name) is not None
