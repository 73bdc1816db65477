"""An effect is claimed for one attempt at a time, by a conditional write."""

from datetime import datetime

from app.charging.effects import StartCharging, StopCharging
from app.charging.ports import AtMost, Equals, Update
from app.flow.ports import Again
from app.flow.settings import FlowSettings
from app.records.codec import to_ms
from app.records.effects import OwedEffect


def is_command(owed: OwedEffect) -> bool:
    """Whether it is only handed to the bus: soon done, soon tried again."""
    return isinstance(owed.effect, StartCharging | StopCharging)


def leasing(owed: OwedEffect, now: datetime, settings: FlowSettings) -> Update:
    """Claim an effect; fails when another has it or it is owed no more."""
    now_ms = to_ms(now)
    lease_s = settings.command_lease_s if is_command(owed) else settings.lease_s
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


def postponing(owed: OwedEffect, again: Again, now: datetime) -> Update:
    """Give a leased effect back, to be looked at later; fails when the lease was lost."""
    told = {} if again.trouble is None else {"trouble": again.trouble}
    return Update(
        owed.ref.key,
        set={
            "attempts": owed.attempts + (1 if again.counted else 0),
            "leased_until_ms": 0,
            "due_at": to_ms(now) + int(again.after_s * 1000),
            **told,
        },
        condition=Equals({"attempts": owed.attempts + 1}),
    )
