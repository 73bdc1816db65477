"""What is owed and late: effects that nobody performs, refunds that only their owner can settle."""

from app.entrypoints.doctor.findings import Finding, most, ok, problem, warning
from app.entrypoints.doctor.ground import Ground, called, of_all, owners
from app.entrypoints.sweeping import oldest_overdue_s
from app.records.refunds import Refunds

NAME, REFUNDS = "owed", "refunds"
_LOOK = "Its owner looks into the wallet's history, and says on the page Refunds what came of it."
LATE_S, VERY_LATE_S = 60, 300


async def look(ground: Ground) -> list[Finding]:
    """The oldest thing that should have been done by now."""
    flow = ground.strom.flow
    late_s = max([await oldest_overdue_s(flow, f"DUE#{n}") for n in range(flow.sessions.shards)])
    if late_s < LATE_S:
        return [ok(NAME, "Nothing is late.")]
    seen = f"Something that Strom owes is {late_s / 60:,.0f} minutes late."
    if not ground.serving.is_there:
        return [problem(NAME, seen, "It is done as soon as Strom serves again.")]
    do = "Look at Strom's log for “sweep” and “perform”; a table that cannot be written to does it."
    return [problem(NAME, seen, do) if late_s >= VERY_LATE_S else warning(NAME, seen, do)]


async def look_at_refunds(ground: Ground) -> list[Finding]:
    """Those that may have been paid, and those that nobody has claimed so far."""
    refunds = Refunds(ground.strom.flow.sessions)
    found, waiting, waiting_msat = [], 0, 0
    tenants = (await owners(ground)).tenants
    of_each = await of_all(tenants, lambda tenant: refunds.open(tenant.id))
    for tenant, lines in zip(tenants, of_each, strict=True):
        stuck = [line.session_id for line in lines if line.state == "stuck"]
        if stuck:
            seen = f"{called(tenant)} has {len(stuck)} refunds in doubt: charges {most(stuck)}."
            found.append(problem(REFUNDS, seen, _LOOK))
        owed = [line for line in lines if line.state == "owed"]
        waiting, waiting_msat = waiting + len(owed), waiting_msat + sum(o.amount_msat for o in owed)
    if not waiting:
        return found or [ok(REFUNDS, "None waits.")]
    seen = f"{waiting} wait for their drivers, {waiting_msat // 1000:,} sats in all."
    return [ok(REFUNDS, seen), *found]
