"""Calls that are answered and nothing more, each by the least that its schema asks for.

Of those with something to decide, all is declined: Strom plans no charging with the car (K15 to
K17), keeps no vehicle certificates (M), and wants no event streams, batteries or grid signals of
2.1.
"""

from collections.abc import Callable
from typing import Final

from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory

ANSWERS: Final[dict[str, Payload]] = {
    "ClearedChargingLimit": {},
    "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": {"status": "Failed"},
    "NotifyChargingLimit": {},
    "NotifyCustomerInformation": {},
    "NotifyDisplayMessages": {},
    "NotifyEVChargingNeeds": {"status": "Rejected"},
    "NotifyEVChargingSchedule": {"status": "Accepted"},
    "NotifyMonitoringReport": {},
    "PublishFirmwareStatusNotification": {},
}
ANSWERS_OF_21: Final[dict[str, Payload]] = {
    "BatterySwap": {},
    "ClosePeriodicEventStream": {},
    "NotifyDERAlarm": {},
    "NotifyDERStartStop": {},
    "NotifyPriorityCharging": {},
    "NotifySettlement": {},
    "NotifyWebPaymentStarted": {},
    "OpenPeriodicEventStream": {"status": "Rejected"},
    "PullDynamicScheduleUpdate": {"status": "Rejected"},
    "ReportDERControl": {},
}


def receiver(answer: Payload) -> Callable[[Payload, Context, Memory], Answered]:
    """A receiver that always gives this answer."""
    answered = Answered(answer)

    def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
        return answered

    return receive
