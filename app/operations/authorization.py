"""Who may charge: the local list, reservations."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.operations.fields import ConnectorNumber, IdTag, Whole


class LocalListEntry(Struct, frozen=True):
    """One idTag of the local list (OCPP 1.6 §7.2). ``status`` None removes it (Differential)."""

    id_tag: IdTag
    status: Literal["Accepted", "Blocked", "Expired", "Invalid"] | None = "Accepted"
    expires_at: datetime | None = None
    parent_id_tag: Annotated[str, Meta(max_length=20)] = ""


class SendLocalList(Struct, frozen=True, tag="send_local_list"):
    """Replace or change the list for offline authorization (OCPP 1.6 §5.15)."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    update: Literal["Full", "Differential"]
    entries: Annotated[tuple[LocalListEntry, ...], Meta(max_length=10_000)] = ()


class GetLocalListVersion(Struct, frozen=True, tag="get_local_list_version"):
    """Which list it has (OCPP 1.6 §5.10); 0: none, -1: it keeps no lists."""


class Reserve(Struct, frozen=True, tag="reserve"):
    """Keep a connector for an idTag until a moment (OCPP 1.6 §5.13)."""

    reservation_id: Whole
    connector: ConnectorNumber
    id_tag: IdTag
    expires_at: datetime
    parent_id_tag: Annotated[str, Meta(max_length=20)] = ""


class CancelReservation(Struct, frozen=True, tag="cancel_reservation"):
    """Give it back (OCPP 1.6 §5.1)."""

    reservation_id: Whole
