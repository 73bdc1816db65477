"""The perform queue on AWS: SQS names what is owed to the one function that may pay."""

from dataclasses import dataclass
from math import ceil

import msgspec

from app.aws.calls import SQS, Aws
from app.records.effects import EffectRef

MOST_DELAY_S = 900
"""As SQS has it."""


@dataclass(frozen=True, slots=True)
class SqsPerformQueue:
    """The flow's ``PerformQueue``. A message names an owed effect and says nothing of it."""

    aws: Aws
    url: str

    async def put(self, ref: EffectRef) -> None:
        """Leave it; raises ``Unavailable``, then the sweep finds it."""
        body = msgspec.json.encode(ref).decode()
        await self.aws.call(SQS, "SendMessage", {"QueueUrl": self.url, "MessageBody": body})

    async def bring(self, ref: EffectRef, attempts: int, after_s: float) -> None:
        """The flow's ``Bring``: to the second, within a quarter of an hour; raises
        ``Unavailable``, then the sweep finds it."""
        told = {**msgspec.to_builtins(ref), "attempts": attempts}
        asked = {
            "QueueUrl": self.url,
            "MessageBody": msgspec.json.encode(told).decode(),
            "DelaySeconds": min(ceil(after_s), MOST_DELAY_S),
        }
        await self.aws.call(SQS, "SendMessage", asked)


class _Told(msgspec.Struct, frozen=True):
    attempts: int | None = None


def read_attempts(body: str) -> int | None:
    """After how many attempts the effect is to be performed; None: whatever they are."""
    return msgspec.json.decode(body, type=_Told).attempts


def read_ref(body: str) -> EffectRef:
    """The owed effect that a message names; raises ``ValueError`` for any other message."""
    ref = msgspec.json.decode(body, type=EffectRef)
    if not ref.pk.startswith(f"T#{ref.tenant}#"):
        raise ValueError("a message names a row outside of its tenant")
    return ref
