"""Small translations between the core and the words of OCPP 1.6."""

from datetime import datetime
from typing import Any

from app.simulator.core.id_tags import IdInfo
from app.simulator.core.profiles import ChargingProfile, read_profile
from app.simulator.wire.messages import Payload


def id_info(raw: Payload) -> IdInfo:
    """What IdTagInfo says."""
    return IdInfo(str(raw.get("status", "Invalid")), raw.get("parentIdTag"))


def profile(raw: dict[str, Any]) -> ChargingProfile:
    """A charging profile of 1.6: it has one schedule."""
    return read_profile(
        raw,
        id_key="chargingProfileId",
        schedule=raw["chargingSchedule"],
        transaction_id=raw.get("transactionId"),
    )


def moment(text: str) -> datetime:
    """A time from the central system; without an offset it is the charger's own."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.astimezone()
