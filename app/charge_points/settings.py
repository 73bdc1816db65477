"""Times and the baseline of the charge points' room."""

from dataclasses import dataclass

from app.edge_messages import Setting

SILENT_S = 24 * 3600

REGISTER = "Energy.Active.Import.Register"
MEASURANDS = f"{REGISTER},Power.Active.Import,SoC"


@dataclass(frozen=True, slots=True)
class ChargePointSettings:
    """All in seconds. ``redeliver_s`` is longer than the edge waits for a charge point."""

    heartbeat_interval_s: int = 300
    sample_interval_s: int = 60
    connection_timeout_s: int = 120
    """So long a charge point waits for a plug after an accepted start: below ``Limits.start_s``."""
    redeliver_s: float = 45
    redeliver_at_most_s: float = 3600
    """A stop that is never seen is rung for ever, but ever more rarely."""
    retry_offline_s: float = 20
    """How soon a start or a stop looks again whether its charge point is back."""
    wait_offline_s: float = 300
    """And what may wait for days: the connect answer carries it, this is for what falls between."""
    stranger_stop_s: float = 3
    start_s: int = 180
    """From the owner's own start to the charge: as long as a payer has."""
    silent_limit_s: int = 0
    """In the place of the owner's limit for own use; 0: theirs."""
    silent_s: int = SILENT_S
    """After so long a stranger's transaction at a charge point that is away is not followed up."""
    watched_readings_s: int = 5
    quiet_readings_s: int = 600
    """The edge holds deadlines and looks at each reading itself, so the app need not hear at once;
    a charge point that never returns has its session settled at what was told last."""
    message_attempts: int = 5
    message_retry_s: int = 30

    def baseline_for(self, protocol: str) -> tuple[Setting, ...]:
        """What a charge point is set to at its first connection, in its protocol's names."""
        return self.baseline if protocol == "ocpp1.6" else self.baseline_of_201

    @property
    def baseline(self) -> tuple[Setting, ...]:
        """What every charge point is set to at its first connection (OCPP 1.6 §9)."""
        return (
            Setting("MeterValueSampleInterval", str(self.sample_interval_s)),
            Setting("MeterValuesSampledData", MEASURANDS),
            Setting("AuthorizeRemoteTxRequests", "false"),
            Setting("ConnectionTimeOut", str(self.connection_timeout_s)),
            Setting("StopTransactionOnInvalidId", "true"),
            Setting("StopTransactionOnEVSideDisconnect", "true"),
            Setting("LocalPreAuthorize", "false"),
            Setting("TransactionMessageAttempts", str(self.message_attempts)),
            Setting("TransactionMessageRetryInterval", str(self.message_retry_s)),
        )

    @property
    def baseline_of_201(self) -> tuple[Setting, ...]:
        """The same in the variables of OCPP 2.0.1 (part 2, appendix 3); and that a transaction ends
        with its authorization or its cable, and begins and ends with the register."""
        return (
            Setting("SampledDataCtrlr.TxUpdatedInterval", str(self.sample_interval_s)),
            Setting("SampledDataCtrlr.TxUpdatedMeasurands", MEASURANDS),
            Setting("SampledDataCtrlr.TxStartedMeasurands", REGISTER),
            Setting("SampledDataCtrlr.TxEndedMeasurands", REGISTER),
            Setting("AuthCtrlr.AuthorizeRemoteStart", "false"),
            Setting("AuthCtrlr.LocalPreAuthorize", "false"),
            Setting("TxCtrlr.EVConnectionTimeOut", str(self.connection_timeout_s)),
            Setting("TxCtrlr.StopTxOnInvalidId", "true"),
            Setting("TxCtrlr.StopTxOnEVSideDisconnect", "true"),
            Setting("TxCtrlr.TxStopPoint", "EVConnected,Authorized"),
            Setting("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", str(self.message_attempts)),
            Setting(
                "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", str(self.message_retry_s)
            ),
        )
