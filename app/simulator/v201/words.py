"""Small translations between the core and the words of OCPP 2.0.1."""

from datetime import datetime

from app.simulator.core.id_tags import IdInfo
from app.simulator.core.measurands import ENERGY, samples
from app.simulator.core.meter import Reading
from app.simulator.core.pace import timestamp
from app.simulator.core.profiles import ChargingProfile, read_profile
from app.simulator.wire.messages import Payload

PURPOSES = {"ChargingStationMaxProfile": "ChargePointMaxProfile"}
"""Where the core says it as 1.6 does."""

BEGIN, END = "Transaction.Begin", "Transaction.End"


def token(id_tag: str, kind: str = "") -> Payload:
    """An IdTokenType; a card's unless it is said otherwise."""
    return {"idToken": id_tag, "type": kind or "ISO14443"}


def id_info(raw: Payload) -> IdInfo:
    """What IdTokenInfo says."""
    group = raw.get("groupIdToken") or {}
    return IdInfo(str(raw.get("status", "Invalid")), group.get("idToken"))


def profile(raw: Payload) -> ChargingProfile:
    """A charging profile; of several schedules the first is followed."""
    purpose = raw["chargingProfilePurpose"]
    known = {**raw, "chargingProfilePurpose": PURPOSES.get(purpose, purpose)}
    return read_profile(
        known,
        id_key="id",
        schedule=raw["chargingSchedule"][0],
        transaction_id=raw.get("transactionId"),
    )


def moment(text: str) -> datetime:
    """A time from the central system; without an offset it is the charger's own."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.astimezone()


def meter_value(reading: Reading, measurands: str, now: datetime, context: str) -> Payload:
    """The reading as a MeterValueType, with the measurands that were configured."""
    shown = samples(reading, measurands) or samples(reading, ENERGY)
    return {
        "timestamp": timestamp(now),
        "sampledValue": [
            {
                "value": float(sample.value),
                "context": context,
                "measurand": sample.measurand,
                "unitOfMeasure": {"unit": sample.unit},
            }
            for sample in shown
        ],
    }
