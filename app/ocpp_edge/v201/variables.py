"""Variables of the device model, by names an owner can write (OCPP 2.0.1 part 2, appendix 3).

``Component.Variable``, with instances in brackets and a place behind ``@``:
``OCPPCommCtrlr.MessageAttempts[TransactionEvent]``, ``EVSE@1.Power``, ``Connector@1/1.Enabled``.
The configuration keys of OCPP 1.6 §9 that live on as variables are understood too, so that an
owner, and Strom itself, can say the same to charge points of both versions.
"""

import re
from typing import Any, Final

from app.charging.errors import BadInput
from app.ocpp_edge.answers import text
from app.ocpp_edge.frames import Payload

NAME = re.compile(
    r"(?P<component>[^.\[\]@]{1,50})(?:\[(?P<of_component>[^\]]{1,50})\])?"
    r"(?:@(?P<evse>\d{1,4})(?:/(?P<connector>\d{1,4}))?)?"
    r"\.(?P<variable>[^.\[\]]{1,50})(?:\[(?P<of_variable>[^\]]{1,50})\])?"
)
KEYS_OF_16: Final = {
    "AdditionalRootCertificateCheck": "SecurityCtrlr.AdditionalRootCertificateCheck",
    "AllowOfflineTxForUnknownId": "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "AuthorizationCacheEnabled": "AuthCacheCtrlr.Enabled",
    "AuthorizationKey": "SecurityCtrlr.BasicAuthPassword",
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "CertificateSignedMaxChainSize": "SecurityCtrlr.MaxCertificateChainSize",
    "ChargeProfileMaxStackLevel": "SmartChargingCtrlr.ProfileStackLevel",
    "ChargingScheduleAllowedChargingRateUnit": "SmartChargingCtrlr.RateUnit",
    "ChargingScheduleMaxPeriods": "SmartChargingCtrlr.PeriodsPerSchedule",
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "ConnectionTimeOut": "TxCtrlr.EVConnectionTimeOut",
    "ConnectorSwitch3to1PhaseSupported": "SmartChargingCtrlr.Phases3to1",
    "CpoName": "SecurityCtrlr.OrganizationName",
    "HeartbeatInterval": "OCPPCommCtrlr.HeartbeatInterval",
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "LocalAuthListMaxLength": "LocalAuthListCtrlr.Entries",
    "LocalAuthorizeOffline": "AuthCtrlr.LocalAuthorizeOffline",
    "LocalPreAuthorize": "AuthCtrlr.LocalPreAuthorize",
    "MaxChargingProfilesInstalled": "SmartChargingCtrlr.Entries[ChargingProfiles]",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "MeterValueSampleInterval": "SampledDataCtrlr.TxUpdatedInterval",
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": "SampledDataCtrlr.TxUpdatedMeasurands",
    "ReserveConnectorZeroSupported": "ReservationCtrlr.NonEvseSpecific",
    "ResetRetries": "OCPPCommCtrlr.ResetRetries",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "SendLocalListMaxLength": "LocalAuthListCtrlr.ItemsPerMessage",
    "StopTransactionOnEVSideDisconnect": "TxCtrlr.StopTxOnEVSideDisconnect",
    "StopTransactionOnInvalidId": "TxCtrlr.StopTxOnInvalidId",
    "StopTxnAlignedData": "AlignedDataCtrlr.TxEndedMeasurands",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "TransactionMessageAttempts": "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    "TransactionMessageRetryInterval": "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "UnlockConnectorOnEVSideDisconnect": "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "WebSocketPingInterval": "OCPPCommCtrlr.WebSocketPingInterval",
}


def parsed(key: str) -> Payload:
    """The component and the variable that a key names. Raises ``BadInput``."""
    found = NAME.fullmatch(KEYS_OF_16.get(key, key))
    if found is None:
        raise BadInput(
            f"{key} is no variable of OCPP 2.0.1; write Component.Variable, with instances in []"
        )
    component: Payload = {"name": found["component"]}
    if found["of_component"]:
        component["instance"] = found["of_component"]
    if found["evse"]:
        component["evse"] = {"id": int(found["evse"])}
        if found["connector"]:
            component["evse"]["connectorId"] = int(found["connector"])
    variable: Payload = {"name": found["variable"]}
    if found["of_variable"]:
        variable["instance"] = found["of_variable"]
    return {"component": component, "variable": variable}


def written(told: Any) -> str:
    """The name of what has a component and a variable; empty where it has not."""
    if not isinstance(told, dict):
        return ""
    component, variable = _part(told, "component"), _part(told, "variable")
    if not component.get("name") or not variable.get("name"):
        return ""
    evse = _part(component, "evse")
    place = f"@{text(evse['id'])}" if "id" in evse else ""
    if place and evse.get("connectorId") is not None:
        place += f"/{text(evse['connectorId'])}"
    return f"{_named(component)}{place}.{_named(variable)}"


def _named(part: dict[str, Any]) -> str:
    instance = text(part.get("instance"))
    return text(part["name"]) + (f"[{instance}]" if instance else "")


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}
