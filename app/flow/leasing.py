"""An effect is claimed for one attempt at a time, by a conditional write.

What needs no other party but the bus and the table is tried right after the decision, by whoever
made it: its row is written with this first attempt counted, so that no claim has to be written.
"""

from datetime import datetime

from app.charging.effects import Command, Effect, SealSession
from app.charging.ports import AtMost, Equals, Item, Update
from app.flow.ports import Again
from app.flow.settings import FlowSettings
from app.records.codec import to_ms
from app.records.effects import OwedEffect, effect_item
from app.telemetry.context import now_traced


def is_at_once(effect: Effect) -> bool:
    """Whether it is only handed to the bus, or kept by us: soon done, soon tried again."""
    return isinstance(effect, Command | SealSession)


def owing(tenant: str, effect: Effect, now: datetime, settings: FlowSettings, shards: int) -> Item:
    """The row of an effect that a decision owes."""
    at_once = is_at_once(effect)
    grace_s = settings.at_once_grace_s if at_once else settings.queue_grace_s
    due_ms = to_ms(now) + int(grace_s * 1000)
    return effect_item(
        tenant,
        effect,
        due_ms=due_ms,
        shards=shards,
        attempts=int(at_once),
        traceparent=now_traced(),
    )


def leasing(owed: OwedEffect, now: datetime, settings: FlowSettings) -> Update:
    """Claim an effect; fails when another has it or it is owed no more."""
    now_ms = to_ms(now)
    lease_s = settings.command_lease_s if is_at_once(owed.effect) else settings.lease_s
    until_ms = now_ms + int(lease_s * 1000)
    return Update(
        owed.ref.key,
        set={
            "attempts": owed.attempts + 1,
            "leased_until_ms": until_ms,
            "due_at": until_ms,
        },
        condition=AtMost("leased_until_ms", now_ms, {"attempts": owed.attempts}),
    )


def postponing(owed: OwedEffect, again: Again, now: datetime, grace_s: float = 0) -> Update:
    """Give a leased effect back, to be looked at later; fails when the lease was lost.

    ``grace_s``: so much later the sweep looks where somebody else should have.
    """
    told = {} if again.trouble is None else {"trouble": again.trouble}
    return Update(
        owed.ref.key,
        set={
            "attempts": owed.attempts + (1 if again.counted else 0),
            "leased_until_ms": 0,
            "due_at": to_ms(now) + int((again.after_s + grace_s) * 1000),
            **told,
        },
        condition=Equals({"attempts": owed.attempts + 1}),
    )
