"""What the charger has written down, sent where the central system wants it."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from app.simulator.core.pace import timestamp
from app.simulator.core.parts import Parts
from app.simulator.upkeep.transfers import TransferFailed, send

SECURITY_EVENTS = 100
SECRETS = ("AuthorizationKey", "BasicAuthPassword")
"""What is said about these stays with the charger."""


Told = Callable[[str, int | None], None]


@dataclass(frozen=True, slots=True)
class LogRequest:
    """One upload as it was ordered."""

    location: str
    name: str
    security: bool = False
    request_id: int | None = None
    failed: str = "UploadFailure"
    """What a failure is called: 1.6's diagnostics have a word of their own."""

    retries: int = 0
    retry_interval_s: int = 0


class Logs:
    """The diagnostics log and the security log; at most one upload at a time."""

    def __init__(self, parts: Parts, identity: str, told: Told) -> None:
        self._parts = parts
        self._identity = identity
        self._told = told
        self._running: asyncio.Task[None] | None = None
        self.status = "Idle"
        self.request_id: int | None = None
        self.security_events: deque[str] = deque(maxlen=SECURITY_EVENTS)

    @property
    def busy(self) -> bool:
        """Whether an upload is under way."""
        return self._running is not None and not self._running.done()

    def name(self, kind: str) -> str:
        """A file name for a log taken now."""
        return f"{self._identity}-{kind}-{self._parts.now():%Y%m%d%H%M%S}.log"[:255]

    def begin(self, request: LogRequest) -> None:
        """Start an upload; one that is under way is given up for it."""
        if self._running:
            self._running.cancel()
        self.request_id = request.request_id
        self._running = self._parts.tasks.spawn(self._upload(request))

    async def _upload(self, request: LogRequest) -> None:
        content = self._content(request.security)
        self._tell("Uploading", request)
        for attempt in range(request.retries + 1):
            wait_s = request.retry_interval_s if attempt else self._parts.settings.firmware_step_s
            await asyncio.sleep(self._parts.pace.timer_s(wait_s))
            try:
                await send(request.location, request.name, content)
            except TransferFailed as reason:
                self._parts.journal.note(f"log was not taken: {reason}")
            else:
                self._tell("Uploaded", request)
                break
        else:
            self._tell(request.failed, request)
        self.status, self.request_id = "Idle", None

    def _content(self, security: bool) -> bytes:
        if security:
            return "\n".join(self.security_events).encode()
        lines = [
            f"{entry.direction} {entry.action} {entry.payload}"
            for entry in self._parts.journal.entries
            if not any(secret in str(entry.payload) for secret in SECRETS)
        ]
        return "\n".join([f"{self._identity} {timestamp(self._parts.now())}", *lines]).encode()

    def _tell(self, status: str, request: LogRequest) -> None:
        self.status = status
        self._parts.journal.note(f"log: {status}")
        self._told(status, request.request_id)
