"""The one conditional write of a decision, and what a lost one says about claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.charging.decision import Decision
from app.charging.errors import ConditionFailed
from app.charging.events import ClaimLost
from app.charging.ports import Delete, Item, Operation
from app.records.effects import EffectRef
from app.records.sessions import Sessions, Stored, claiming


@dataclass(frozen=True, slots=True)
class Saving:
    """A decision on its way into a tenant's table."""

    tenant: str
    decision: Decision
    operations: tuple[Operation, ...]
    beforehand: tuple[Operation, ...] = ()
    """Rows that mean nothing until the operations are done: written before, one by one."""
    owed: tuple[Item, ...] = ()
    """The rows of the effects that it owes."""

    def lost_claims(self, failed: ConditionFailed, now: datetime) -> list[ClaimLost]:
        """The claims that others hold, unless the session itself had changed meanwhile."""
        if 0 in failed.failed:
            return []
        lost = {_row(self.operations[position]) for position in failed.failed}
        return [
            ClaimLost(now, claim.kind, claim.key)
            for claim in self.decision.claims
            if _row(claiming(self.tenant, claim)) in lost
        ]


def saving(
    sessions: Sessions,
    tenant: str,
    stored: Stored,
    decision: Decision,
    performed: EffectRef | None,
    owed: Sequence[Item],
) -> Saving:
    """What a decision changes, its effects ``owed``, and ``performed`` owed no more."""
    done: list[Operation] = [] if performed is None else [Delete(performed.key)]
    operations: list[Operation] = []
    before: list[Operation] = []
    if decision != Decision(stored.session):
        operations = sessions.writing(tenant, stored, decision, owed)
        before = sessions.beforehand(tenant, stored, decision)
    written = {_row(operation) for operation in operations}
    operations += [operation for operation in done if _row(operation) not in written]
    return Saving(tenant, decision, tuple(operations), tuple(before), tuple(owed))


def _row(operation: Operation) -> tuple[str, str]:
    key = operation.key
    return key.pk, key.sk
