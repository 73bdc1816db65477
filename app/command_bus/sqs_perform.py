"""The perform queue on AWS: SQS names what is owed to the one function that may pay."""

from dataclasses import dataclass

import msgspec

from app.aws.calls import SQS, Aws
from app.records.effects import EffectRef


@dataclass(frozen=True, slots=True)
class SqsPerformQueue:
    """The flow's ``PerformQueue``. A message names an owed effect and says nothing of it."""

    aws: Aws
    url: str

    async def put(self, ref: EffectRef) -> None:
        """Leave it; raises ``Unavailable``, then the sweep finds it."""
        body = msgspec.json.encode(ref).decode()
        await self.aws.call(SQS, "SendMessage", {"QueueUrl": self.url, "MessageBody": body})


def read_ref(body: str) -> EffectRef:
    """The owed effect that a message names; raises ``ValueError`` for any other message."""
    ref = msgspec.json.decode(body, type=EffectRef)
    if not ref.pk.startswith(f"T#{ref.tenant}#"):
        raise ValueError("a message names a row outside of its tenant")
    return ref
