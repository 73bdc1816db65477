"""The configuration keys of OCPP 1.6 §9 and of the security whitepaper."""

from app.simulator.core.configuration import Factory

FACTORY = Factory(
    values={
        "AllowOfflineTxForUnknownId": "false",
        "AuthorizationCacheEnabled": "false",
        "AuthorizeRemoteTxRequests": "false",
        "ClockAlignedDataInterval": "0",
        "ConnectionTimeOut": "60",
        "ConnectorPhaseRotation": "NotApplicable",
        "GetConfigurationMaxKeys": "60",
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
        "SupportedFeatureProfiles": (
            "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging"
        ),
        "SupportedFileTransferProtocols": "HTTP,HTTPS,FTP",
        "TransactionMessageAttempts": "3",
        "TransactionMessageRetryInterval": "60",
        "UnlockConnectorOnEVSideDisconnect": "true",
        "WebSocketPingInterval": "60",
        "LocalAuthListEnabled": "true",
        "LocalAuthListMaxLength": "1000",
        "SendLocalListMaxLength": "200",
        "ReserveConnectorZeroSupported": "true",
        "ChargeProfileMaxStackLevel": "8",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
        "ChargingScheduleMaxPeriods": "24",
        "MaxChargingProfilesInstalled": "8",
        "AdditionalRootCertificateCheck": "false",
        "AuthorizationKey": "",
        "CertificateSignedMaxChainSize": "10000",
        "CertificateStoreMaxLength": "20",
        "CpoName": "",
        "SecurityProfile": "1",
    },
    read_only=frozenset(
        {
            "AdditionalRootCertificateCheck",
            "CertificateSignedMaxChainSize",
            "CertificateStoreMaxLength",
            "ChargeProfileMaxStackLevel",
            "ChargingScheduleAllowedChargingRateUnit",
            "ChargingScheduleMaxPeriods",
            "GetConfigurationMaxKeys",
            "LocalAuthListMaxLength",
            "MaxChargingProfilesInstalled",
            "NumberOfConnectors",
            "ReserveConnectorZeroSupported",
            "SendLocalListMaxLength",
            "SupportedFeatureProfiles",
            "SupportedFileTransferProtocols",
        }
    ),
    write_only=frozenset({"AuthorizationKey"}),
    measurand_lists=frozenset(
        {
            "MeterValuesSampledData",
            "MeterValuesAlignedData",
            "StopTxnSampledData",
            "StopTxnAlignedData",
        }
    ),
    after_reboot=frozenset({"SecurityProfile"}),
)
