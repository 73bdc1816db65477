"""How one charger misbehaves: where the quirks it was given take hold of its line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from app.simulator.journal import ERROR
from app.simulator.manners.payloads import TWISTS, Payload
from app.simulator.wire.messages import Refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REFUSED = frozenset({"DataTransfer", "TriggerMessage"})


class Manners:
    """The quirks of one charger; without any it behaves."""

    __slots__ = ("_delay_s", "_twists", "names")

    def __init__(
        self, names: frozenset[str] = frozenset(), *, answer_delay_s: float = 60.0
    ) -> None:
        self.names = names
        self._delay_s = answer_delay_s
        self._twists = tuple(twist for name, twist in TWISTS.items() if name in names)

    def does(self, name: str) -> bool:
        """Whether it has this quirk."""
        return name in self.names

    @property
    def answer_delay_s(self) -> float:
        """How long it thinks before it answers a command."""
        return self._delay_s if self.does("slow-answers") else 0.0

    def outgoing(self, action: str, payload: Payload) -> Payload:
        """What becomes of a request before it is sent."""
        for twist in self._twists:
            payload = twist(action, payload)
        return payload

    def frame(self, text: str) -> str:
        """What becomes of a frame before it is sent."""
        if not self.names:
            return text
        start = "\ufeff" if self.does("bom") else ""
        return f"{start}{text}\x00" if self.does("trailing-nul") else f"{start}{text}"

    def refuse(self, action: str) -> None:
        """Raises ``Refused`` for the commands that such a charger does not like."""
        if action in REFUSED and self.names & {"short-call-error", "unknown-error-code"}:
            raise Refused("NotSupported", "not today")

    def error(self, unique_id: str, code: str, text: str) -> list[Any]:
        """A CallError as this charger makes it."""
        if self.does("unknown-error-code"):
            code = "ChargerIsSulking"
        frame: list[Any] = [ERROR, unique_id, code, text]
        return frame if self.does("short-call-error") else [*frame, {}]

    def calendar(
        self, now: Callable[[], datetime], booted: Callable[[], bool]
    ) -> Callable[[], datetime]:
        """The charger's own idea of the date."""
        if not self.does("clock-1970"):
            return now
        on_since = now()

        def lost() -> datetime:
            moment = now()
            return moment if booted() else EPOCH + (moment - on_since) + timedelta(seconds=1)

        return lost
