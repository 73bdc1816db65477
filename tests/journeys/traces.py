"""What the spans of a charge must show, wherever the parts run."""

from __future__ import annotations

import asyncio

from tests.support.collector import Collector, Seen

PAYING = "GET /lnurl/pay/{name}/callback/{quote}"
STOPPING = "POST /s/{token}/stop"
CLAIMING = "GET /lnurl/withdraw/{token}/callback"
HANDLED = "handle TransactionStopped"
REFUNDED = "perform PayRefund"


async def all_came(collector: Collector) -> None:
    """The last spans of a charge that was paid, stopped and refunded are there."""

    def complete() -> bool:
        ends = [*collector.named(REFUNDED), *collector.named(HANDLED)]
        begins = [*collector.named(PAYING), *collector.named(STOPPING), *collector.named(CLAIMING)]
        return len(begins) >= 3 and {HANDLED, REFUNDED} <= {span.name for span in ends}

    await asyncio.to_thread(collector.waits_for, complete)


def below(collector: Collector, span: Seen, *names: str) -> list[Seen]:
    """The spans of a branch, each right below the one before."""
    found = [span]
    for name in names:
        found.append(collector.child(found[-1], name))
    return found


def assert_traced_from_the_payment_to_the_charger(collector: Collector) -> Seen:
    """The driver's request, and the transaction that the charge point told because of it."""
    paid = collector.named(PAYING)[0]
    assert paid.parent == ""
    *_, told, begun, handled = below(
        collector, paid,
        "perform AwaitPayment", "perform StartCharging", "RemoteStartTransaction",
        "StartTransaction", "handle TransactionStarted",
    )  # fmt: skip
    assert told.attributes["strom.outcome"] == "accepted"
    assert begun.attributes["rpc.method"] == "StartTransaction"
    assert {told.trace, begun.trace, handled.trace} == {paid.trace}
    below(collector, told, "POST /internal/messages", "POST /internal/messages")
    return paid


def assert_traced_from_the_button_to_the_refund(collector: Collector) -> None:
    """The stop, until its end was kept; and the refund that was claimed."""
    stopped = collector.named(STOPPING)[0]
    below(
        collector, stopped,
        "perform StopCharging", "RemoteStopTransaction", "StopTransaction", HANDLED,
    )  # fmt: skip
    _, refunded = below(collector, collector.named(CLAIMING)[0], REFUNDED)
    assert refunded.attributes["strom.outcome"] == "done"
    assert not [span.name for span in collector.spans if span.is_error]


def assert_no_secret_is_told(collector: Collector, secrets: set[str]) -> None:
    """Neither what Strom keeps for people nor their links, hashes or addresses."""
    raw = b"".join(collector.raw)
    for secret in secrets:
        assert secret.encode() not in raw, f"a secret stands in the traces: {secret[:8]}…"
    told = [str(value) for span in collector.spans for value in span.attributes.values()]
    assert not [value for value in told if "@" in value or "://" in value or "lnbc" in value]
