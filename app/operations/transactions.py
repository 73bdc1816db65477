"""Transactions: started, stopped, asked about."""

from typing import Annotated

from msgspec import Meta, Struct

from app.operations.fields import ConnectorNumber, IdTag


class Start(Struct, frozen=True, tag="start"):
    """Start a session's transaction (OCPP 1.6 §5.11). Only its session gives it, and without a
    charging profile: see ADR 27."""

    connector: ConnectorNumber
    id_tag: IdTag


class Stop(Struct, frozen=True, tag="stop"):
    """Stop a transaction (OCPP 1.6 §5.12). ``reference``: the charge point's own name for it."""

    transaction_id: int
    reference: str = ""


class GetTransactionStatus(Struct, frozen=True, tag="get_transaction_status"):
    """Whether messages of a transaction are still queued (OCPP 2.0.1 E14)."""

    reference: Annotated[str, Meta(max_length=36)] = ""
