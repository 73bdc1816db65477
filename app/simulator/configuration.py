"""The configuration keys of the charger and what changing one does."""

from collections.abc import Iterator, Mapping

from app.simulator.samples import MEASURED

FACTORY: dict[str, str] = {
    "AllowOfflineTxForUnknownId": "false",
    "AuthorizationCacheEnabled": "false",
    "AuthorizeRemoteTxRequests": "false",
    "ClockAlignedDataInterval": "0",
    "ConnectionTimeOut": "60",
    "ConnectorPhaseRotation": "NotApplicable",
    "GetConfigurationMaxKeys": "50",
    "HeartbeatInterval": "300",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "false",
    "MeterValueSampleInterval": "60",
    "MeterValuesAlignedData": "Energy.Active.Import.Register",
    "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import,SoC",
    "NumberOfConnectors": "1",
    "ResetRetries": "1",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
    "StopTxnAlignedData": "",
    "StopTxnSampledData": "",
    "SupportedFeatureProfiles": "Core,RemoteTrigger,SmartCharging",
    "TransactionMessageAttempts": "3",
    "TransactionMessageRetryInterval": "60",
    "UnlockConnectorOnEVSideDisconnect": "true",
    "WebSocketPingInterval": "60",
    "ChargeProfileMaxStackLevel": "8",
    "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    "ChargingScheduleMaxPeriods": "24",
    "MaxChargingProfilesInstalled": "8",
}

READ_ONLY = frozenset(
    {
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "GetConfigurationMaxKeys",
        "MaxChargingProfilesInstalled",
        "NumberOfConnectors",
        "SupportedFeatureProfiles",
    }
)
MEASURAND_LISTS = frozenset(
    {"MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData"}
)


class Configuration:
    """Keys and values, kept over resets and power losses as the standard asks."""

    def __init__(self, connectors: int, overrides: Mapping[str, str]) -> None:
        self._values = {**FACTORY, "NumberOfConnectors": str(connectors), **overrides}

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def number(self, key: str) -> int:
        """The value of a key that holds a whole number."""
        return int(self._values[key])

    def enabled(self, key: str) -> bool:
        """The value of a key that is a switch."""
        return self._values[key].strip().lower() == "true"

    def keep(self, key: str, value: str) -> None:
        """Set a value from inside, where the rules for outsiders do not hold."""
        self._values[key] = value

    def change(self, key: str, value: str) -> str:
        """Do what ChangeConfiguration asks; returns its status."""
        if key not in self._values:
            return "NotSupported"
        if key in READ_ONLY or not self._fits(key, value):
            return "Rejected"
        self._values[key] = value
        return "Accepted"

    def _fits(self, key: str, value: str) -> bool:
        if key in MEASURAND_LISTS:
            return all(name.strip() in MEASURED for name in value.split(",") if name.strip())
        present = FACTORY.get(key, "")
        if present.isdigit():
            return value.strip().isdigit()
        if present in ("true", "false"):
            return value.strip().lower() in ("true", "false")
        return True
