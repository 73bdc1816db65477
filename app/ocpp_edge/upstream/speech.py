"""What differs between the versions of OCPP that a link speaks: framing and names, nothing else."""

from collections.abc import Callable
from typing import Final, NamedTuple

from app.edge_messages import Booted
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.upstream import v16, v201
from app.ocpp_edge.upstream.terms import Terms
from app.ocpp_edge.upstream.transactions import Transactions

OCPP_16: Final = "ocpp1.6"
CONNECTORS_OF_AN_EVSE: Final = 100


class Speech(NamedTuple):
    """One version."""

    schemas: str
    """Its folder in the `ocpp` package."""
    boot_of: Callable[[Booted | None], Payload | None]
    """BootNotification as the app remembers it."""
    plug_of: Callable[[Payload], int | None]
    """What a StatusNotification is about, as one number."""
    transactions: type[Transactions]
    terms: type[Terms]


def _connector(payload: Payload) -> int | None:
    number = payload.get("connectorId")
    return number if type(number) is int else None


def _connector_of_evse(payload: Payload) -> int | None:
    evse, number = payload.get("evseId"), payload.get("connectorId", 0)
    if type(evse) is not int or type(number) is not int:
        return None
    return evse * CONNECTORS_OF_AN_EVSE + number


IN_16: Final = Speech("v16", v16.boot_of, _connector, v16.NumberedTransactions, v16.TermsOf16)
IN_201: Final = Speech(
    "v201", v201.boot_of, _connector_of_evse, v201.NamedTransactions, v201.TermsOf201
)
IN_21: Final = IN_201._replace(schemas="v21")


def speech_of(protocol: str) -> Speech:
    """By the subprotocol that the charge point speaks."""
    if protocol == OCPP_16:
        return IN_16
    return IN_21 if protocol == "ocpp2.1" else IN_201
