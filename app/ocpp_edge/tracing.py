"""What a charge point says because of a traced command of ours: the same trace goes on.

One is made for a charge point with its first traced command, so that all the others cost nothing.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import TypeVar

from app.edge_messages import ConnectorStatus, MessageResult, Said, TransactionStarted
from app.edge_messages import TransactionStopped as Stopped
from app.operations import ChargerOperation, Start, Stop
from app.telemetry.tracing import NO_SPAN, Attributes, Span, Tracer

STATUS_WITHIN_S = 120.0
"""So long after a command the statuses of its connector are taken for what it brought about."""
MOST = 8
K = TypeVar("K")
V = TypeVar("V")


class Causes:
    """Which commands of one charge point are to be answered by what it says of itself."""

    __slots__ = ("_about", "_connectors", "_starts", "_stops", "_tracer")

    def __init__(self, tracer: Tracer, about: Attributes) -> None:
        self._tracer = tracer
        self._about = about
        self._starts: OrderedDict[str, str] = OrderedDict()
        """By idTag, in lower case."""
        self._stops: OrderedDict[int, str] = OrderedDict()
        """By transaction; of its start, then of its stop."""
        self._connectors: OrderedDict[int, tuple[str, float]] = OrderedDict()

    def expect(self, operation: ChargerOperation, traceparent: str, now: float) -> None:
        """The charge point was told to do this."""
        match operation:
            case Start(connector, id_tag):
                _keep(self._starts, id_tag.lower(), traceparent)
                _keep(self._connectors, connector, (traceparent, now + STATUS_WITHIN_S))
            case Stop(transaction_id):
                _keep(self._stops, transaction_id, traceparent)

    def begin(self, action: str, said: Said, now: float) -> Span:
        """The span of what it says now; none where it answers nothing."""
        cause = self._cause(said, now)
        if not cause:
            return NO_SPAN
        attributes: Mapping[str, str] = {"rpc.system": "ocpp", "rpc.method": action}
        span = self._tracer.begin(
            action, "server", parent=cause, attributes={**self._about, **attributes}
        )
        connector = getattr(said, "connector", 0)
        if connector and not isinstance(said, ConnectorStatus):
            _keep(self._connectors, connector, (span.traceparent, now + STATUS_WITHIN_S))
        return span

    def started(self, said: TransactionStarted, result: MessageResult) -> None:
        """Its transaction has a number: by that it will be told to be over."""
        cause = self._starts.pop(said.id_tag.lower(), "")
        if cause and result.transaction_id is not None:
            _keep(self._stops, result.transaction_id, cause)

    def _cause(self, said: Said, now: float) -> str:
        match said:
            case TransactionStarted():
                return self._starts.get(said.id_tag.lower(), "")
            case Stopped():
                return self._stops.get(said.transaction_id, "")
            case ConnectorStatus():
                cause, until = self._connectors.get(said.connector, ("", 0.0))
                return cause if now < until else ""
        return ""


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > MOST:
        kept.popitem(last=False)
