"""GetCertificateChainStatus (OCPP 2.1): we ask no certificate authorities."""

from datetime import timedelta

from app.ocpp_edge import times
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory

ASK_AGAIN_AFTER = timedelta(days=1)
MAX_CERTIFICATES = 4


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Failed, for each."""
    again = times.write(context.now() + ASK_AGAIN_AFTER)
    statuses = [
        {
            "certificateHashData": asked["certificateHashData"],
            "source": asked["source"],
            "status": "Failed",
            "nextUpdate": again,
        }
        for asked in payload["certificateStatusRequests"][:MAX_CERTIFICATES]
    ]
    return Answered({"certificateStatus": statuses})
