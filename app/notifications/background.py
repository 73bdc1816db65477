"""Mail sent beside the request, so that nobody waits for it or learns from how long it took."""

import asyncio
import logging

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.notifications.mail import Mail, Mailer

_log = logging.getLogger(__name__)
_PAUSES_S = (5, 60)


class BackgroundMailer:
    """The ``Mailer`` port over another: answers at once, tries three times, then logs."""

    def __init__(self, mailer: Mailer, clock: Clock) -> None:
        self._mailer = mailer
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, mail: Mail) -> None:
        """Begin to send it."""
        task = asyncio.create_task(self._deliver(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, timeout_s: float = 10) -> None:
        """Wait for what is under way, then give up the rest: at shutdown."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in late:
            task.cancel()

    async def _deliver(self, mail: Mail) -> None:
        for pause_s in (*_PAUSES_S, None):
            try:
                await self._mailer.send(mail)
            except Unavailable as error:
                _log.warning("mail %r to tenant %s: %s", mail.subject, mail.tenant, error.message)
            except Exception:
                _log.exception("mail %r to tenant %s", mail.subject, mail.tenant)
                return
            else:
                return
            if pause_s is not None:
                await self._clock.sleep(pause_s)
