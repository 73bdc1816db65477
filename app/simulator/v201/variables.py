"""The variables of the device model (OCPP 2.0.1 part 2, appendices), and the keys behind them.

A variable that the core knows too is kept under the core's key, which is 1.6's name.
"""

from dataclasses import dataclass

from app.simulator.core.configuration import Factory
from app.simulator.core.measurands import MEASURED

READ, BOTH, WRITE = "ReadOnly", "ReadWrite", "WriteOnly"
TX_POINTS = "ParkingBayOccupancy,EVConnected,Authorized,PowerPathClosed,EnergyTransfer,DataSigned"
ENERGY = "Energy.Active.Import.Register"
LISTED = f"{ENERGY},Power.Active.Import,SoC"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the charging station, its factory value and what it may hold."""

    component: str
    name: str
    value: str
    data_type: str = "string"
    key: str = ""
    instance: str | None = None
    mutability: str = BOTH
    unit: str | None = None
    values: str | None = None
    needs_reboot: bool = False

    @property
    def kept_as(self) -> str:
        """The key of its value."""
        return self.key or ".".join(filter(None, (self.component, self.name, self.instance)))


def _flag(component: str, name: str, value: str, key: str = "", mutability: str = BOTH) -> Variable:
    return Variable(component, name, value, "boolean", key, mutability=mutability)


def _number(  # as the table below reads best
    component: str,
    name: str,
    value: int,
    key: str = "",
    *,
    unit: str | None = None,
    instance: str | None = None,
    mutability: str = BOTH,
) -> Variable:
    return Variable(
        component, name, str(value), "integer", key, instance, mutability=mutability, unit=unit
    )


def _measurands(component: str, name: str, value: str, key: str = "") -> Variable:
    return Variable(component, name, value, "MemberList", key, values=",".join(MEASURED))


VARIABLES: tuple[Variable, ...] = (
    _number("OCPPCommCtrlr", "HeartbeatInterval", 300, "HeartbeatInterval", unit="s"),
    _number("OCPPCommCtrlr", "WebSocketPingInterval", 60, "WebSocketPingInterval", unit="s"),
    _number("OCPPCommCtrlr", "OfflineThreshold", 60, unit="s"),
    _number("OCPPCommCtrlr", "ResetRetries", 1),
    _number("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", 3),
    Variable("OCPPCommCtrlr", "NetworkConfigurationPriority", "1", "SequenceList", values="1,2"),
    Variable("OCPPCommCtrlr", "FileTransferProtocols", "HTTP,HTTPS,FTP", "MemberList",
             mutability=READ, values="HTTP,HTTPS,FTP"),
    _number("OCPPCommCtrlr", "MessageTimeout", 30, instance="Default", mutability=READ, unit="s"),
    _number("OCPPCommCtrlr", "MessageAttempts", 3, "TransactionMessageAttempts",
            instance="TransactionEvent"),
    _number("OCPPCommCtrlr", "MessageAttemptInterval", 60, "TransactionMessageRetryInterval",
            instance="TransactionEvent", unit="s"),
    _flag("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "true"),
    _flag("AuthCtrlr", "Enabled", "true"),
    _flag("AuthCtrlr", "AuthorizeRemoteStart", "false", "AuthorizeRemoteTxRequests"),
    _flag("AuthCtrlr", "LocalAuthorizeOffline", "true", "LocalAuthorizeOffline"),
    _flag("AuthCtrlr", "LocalPreAuthorize", "false", "LocalPreAuthorize"),
    _flag("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "false", "AllowOfflineTxForUnknownId"),
    _flag("AuthCacheCtrlr", "Enabled", "false", "AuthorizationCacheEnabled"),
    _flag("AuthCacheCtrlr", "Available", "true", mutability=READ),
    Variable("TxCtrlr", "TxStartPoint", "PowerPathClosed", "MemberList", "TxStartPoint",
             values=TX_POINTS),
    Variable("TxCtrlr", "TxStopPoint", "PowerPathClosed", "MemberList", "TxStopPoint",
             values=TX_POINTS),
    _number("TxCtrlr", "EVConnectionTimeOut", 60, "ConnectionTimeOut", unit="s"),
    _flag("TxCtrlr", "StopTxOnEVSideDisconnect", "true", "StopTransactionOnEVSideDisconnect"),
    _flag("TxCtrlr", "StopTxOnInvalidId", "true", "StopTransactionOnInvalidId"),
    _flag("SampledDataCtrlr", "Enabled", "true"),
    _flag("SampledDataCtrlr", "Available", "true", mutability=READ),
    _number("SampledDataCtrlr", "TxUpdatedInterval", 60, "MeterValueSampleInterval", unit="s"),
    _number("SampledDataCtrlr", "TxEndedInterval", 0, unit="s"),
    _measurands("SampledDataCtrlr", "TxStartedMeasurands", ENERGY, "TxStartedMeasurands"),
    _measurands("SampledDataCtrlr", "TxUpdatedMeasurands", LISTED, "MeterValuesSampledData"),
    _measurands("SampledDataCtrlr", "TxEndedMeasurands", ENERGY, "StopTxnSampledData"),
    _flag("AlignedDataCtrlr", "Enabled", "true"),
    _flag("AlignedDataCtrlr", "Available", "true", mutability=READ),
    _number("AlignedDataCtrlr", "Interval", 0, "ClockAlignedDataInterval", unit="s"),
    _measurands("AlignedDataCtrlr", "Measurands", ENERGY, "MeterValuesAlignedData"),
    _number("AlignedDataCtrlr", "TxEndedInterval", 0, unit="s"),
    _measurands("AlignedDataCtrlr", "TxEndedMeasurands", ENERGY),
    Variable("SecurityCtrlr", "BasicAuthPassword", "", key="AuthorizationKey", mutability=WRITE),
    Variable("SecurityCtrlr", "OrganizationName", "", key="CpoName"),
    _number("SecurityCtrlr", "SecurityProfile", 1, "SecurityProfile", mutability=READ),
    _number("SecurityCtrlr", "CertificateEntries", 0, mutability=READ),
    Variable("SecurityCtrlr", "Identity", ""),
    _flag("SecurityCtrlr", "AdditionalRootCertificateCheck", "false", mutability=READ),
    _flag("LocalAuthListCtrlr", "Enabled", "true", "LocalAuthListEnabled"),
    _flag("LocalAuthListCtrlr", "Available", "true", mutability=READ),
    _number("LocalAuthListCtrlr", "Entries", 0, mutability=READ),
    _number("LocalAuthListCtrlr", "ItemsPerMessage", 200, "SendLocalListMaxLength",
            mutability=READ),
    _number("LocalAuthListCtrlr", "BytesPerMessage", 60_000, mutability=READ),
    _flag("ReservationCtrlr", "Enabled", "true"),
    _flag("ReservationCtrlr", "Available", "true", mutability=READ),
    _flag("ReservationCtrlr", "NonEvseSpecific", "true", mutability=READ),
    _flag("SmartChargingCtrlr", "Enabled", "true"),
    _flag("SmartChargingCtrlr", "Available", "true", mutability=READ),
    _number("SmartChargingCtrlr", "ProfileStackLevel", 8, "ChargeProfileMaxStackLevel",
            mutability=READ),
    Variable("SmartChargingCtrlr", "RateUnit", "A,W", "MemberList", mutability=READ, values="A,W"),
    _number("SmartChargingCtrlr", "PeriodsPerSchedule", 24, mutability=READ),
    _number("SmartChargingCtrlr", "Entries", 8, instance="ChargingProfiles", mutability=READ),
    Variable("SmartChargingCtrlr", "LimitChangeSignificance", "1.0", "decimal"),
    _number("DeviceDataCtrlr", "ItemsPerMessage", 50, instance="GetVariables", mutability=READ),
    _number("DeviceDataCtrlr", "ItemsPerMessage", 50, instance="SetVariables", mutability=READ),
    _number("DeviceDataCtrlr", "ItemsPerMessage", 50, instance="GetReport", mutability=READ),
    _number("DeviceDataCtrlr", "BytesPerMessage", 60_000, instance="GetVariables",
            mutability=READ),
    _number("DeviceDataCtrlr", "BytesPerMessage", 60_000, instance="SetVariables",
            mutability=READ),
    _number("DeviceDataCtrlr", "BytesPerMessage", 60_000, instance="GetReport", mutability=READ),
    Variable("ClockCtrlr", "DateTime", "", "dateTime", mutability=READ),
    Variable("ClockCtrlr", "TimeSource", "Heartbeat", "SequenceList",
             values="Heartbeat,NTP,GPS,RealTimeClock"),
    Variable("ClockCtrlr", "TimeZone", "UTC", needs_reboot=True),
)  # fmt: skip

FACTORY = Factory(
    values={"NumberOfConnectors": "1", **{each.kept_as: each.value for each in VARIABLES}},
    read_only=frozenset({each.kept_as for each in VARIABLES if each.mutability == READ}),
    write_only=frozenset({each.kept_as for each in VARIABLES if each.mutability == WRITE}),
    measurand_lists=frozenset(
        {each.kept_as for each in VARIABLES if each.values == ",".join(MEASURED)}
    ),
    after_reboot=frozenset({each.kept_as for each in VARIABLES if each.needs_reboot}),
)
