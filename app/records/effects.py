"""Owed effects as rows: found by the ``due`` index, claimed by a lease, gone when done.

A command lies in its charge point's partition, so that the connect answer finds it; every other
effect in its session's.
"""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import msgspec

from app.charging import effects as ef
from app.charging.ports import Item, Key
from app.charging.session import UNREACHED, Quote, Reach, Session
from app.records import keys
from app.records.codec import packed, unpacked
from app.records.payers import Payer

KINDS: dict[str, type[ef.Effect]] = {
    kind.__name__: kind
    for kind in (
        ef.StartCharging,
        ef.StopCharging,
        ef.CarryOut,
        ef.SettlePayment,
        ef.CancelPayment,
        ef.OfferRefund,
        ef.PayRefund,
        ef.RemindOfRefund,
        ef.AwaitPayment,
        ef.SealSession,
    )
}
PREFIX = "E#"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session begins from once its first payment is seen."""

    charge_point: str
    connector: int
    quote: Quote
    payer: Payer | None = None

    def session(self, session_id: str) -> Session:
        """The session as it begins."""
        address = self.payer.address if self.payer else ""
        reach = Reach(known=True, fixed=True) if address else UNREACHED
        return Session(session_id, self.charge_point, self.connector, self.quote, reach=reach)


@dataclass(frozen=True, slots=True)
class EffectRef:
    """Where an owed effect lies."""

    tenant: str
    pk: str
    sk: str

    @property
    def key(self) -> Key:
        """The row's key."""
        return Key(self.pk, self.sk)


@dataclass(frozen=True, slots=True)
class OwedEffect:
    """An owed effect as it is stored. ``attempts`` counts how often it was claimed before.

    ``trouble``: why it cannot be done without its owner; empty while it can. ``traceparent``: the
    span in which it came to be owed; empty where that was not traced.
    """

    ref: EffectRef
    effect: ef.Effect
    attempts: int
    leased_until_ms: int
    opening: Opening | None = None
    trouble: str = ""
    traceparent: str = ""


def ref_of(tenant: str, effect: ef.Effect) -> EffectRef:
    """Where an effect of this tenant lies."""
    if isinstance(effect, ef.Command):
        return EffectRef(tenant, keys.charge_point_pk(tenant, effect.charge_point), _sk(effect))
    return EffectRef(tenant, keys.session_pk(tenant, effect.session_id), _sk(effect))


def effect_item(
    tenant: str,
    effect: ef.Effect,
    *,
    due_ms: int,
    shards: int,
    opening: Opening | None = None,
    attempts: int = 0,
    traceparent: str = "",
) -> Item:
    """The row of an effect that begins to be owed; ``attempts``: 1 when it is tried at once."""
    ref = ref_of(tenant, effect)
    item: Item = {
        "pk": ref.pk,
        "sk": ref.sk,
        "kind": type(effect).__name__,
        "body": _json(effect),
        "attempts": attempts,
        "leased_until_ms": 0,
        "due_shard": due_shard(effect.session_id or ref.pk, shards),
        "due_at": due_ms,
    }
    if opening is not None:
        item["opening"] = packed(opening)
    if traceparent:
        item["traceparent"] = traceparent
    return item


def owed_effect(tenant: str, item: Item) -> OwedEffect:
    """The owed effect in a row."""
    opening = item.get("opening")
    return OwedEffect(
        EffectRef(tenant, str(item["pk"]), str(item["sk"])),
        msgspec.json.decode(str(item["body"]), type=KINDS[str(item["kind"])]),
        _int(item["attempts"]),
        _int(item["leased_until_ms"]),
        None if opening is None else unpacked(Opening, opening),
        str(item.get("trouble", "")),
        str(item.get("traceparent", "")),
    )


def due_shard(session_id: str, shards: int) -> str:
    """The shard of the ``due`` index in which a session and its effects lie."""
    return f"DUE#{crc32(session_id.encode()) % shards}"


def _sk(effect: ef.Effect) -> str:
    return PREFIX + effect.key


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _int(value: Any) -> int:
    return int(value)
