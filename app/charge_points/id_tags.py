"""The owner's idTags: which there are, what each may do, and the list a charge point keeps of them.

What they charge is a session like any other, that its owner stands for.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.charge_points.owner_commands import OwnerCommands
from app.charging.errors import BadInput, Conflict
from app.charging.ports import Clock, Tables
from app.operations import ChangeConfiguration, LocalListEntry, SendLocalList
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.drafts import IdTagDraft
from app.records.fields import line
from app.records.id_tags import LONGEST, IdTag, normal

SWITCHES = ("LocalAuthListEnabled", "LocalAuthorizeOffline")
"""In 2.0.1 ``LocalAuthListCtrlr.Enabled`` and ``AuthCtrlr.LocalAuthorizeOffline``."""
CACHED_FOR = timedelta(hours=12)
"""How long a charge point may accept a card from its own cache: a blocked one is out by then."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an idTag may do, in OCPP's words (OCPP 1.6 §7.2 AuthorizationStatus)."""

    status: str
    group: str = ""
    until: datetime | None = None
    known: bool = True
    """False for one that is on no list of ours, where charging is not free."""

    @property
    def accepted(self) -> bool:
        """Whether it may charge."""
        return self.status == "Accepted"


def verdict(
    tag: IdTag | None, charge_point: ChargePoint | None, charge_point_id: str, now: datetime
) -> Verdict:
    """Judge an idTag that names no session."""
    if tag is None:
        free = charge_point is not None and charge_point.free_vend
        return Verdict("Accepted") if free else Verdict("Invalid", known=False)
    if tag.status == "blocked":
        return Verdict("Blocked", tag.group)
    if tag.expires_at is not None and tag.expires_at <= now:
        return Verdict("Expired", tag.group, tag.expires_at)
    if not tag.is_for(charge_point_id):
        return Verdict("Blocked", tag.group)
    until = now + CACHED_FOR
    return Verdict("Accepted", tag.group, min(until, tag.expires_at or until))


@dataclass(frozen=True, slots=True)
class OwnTags:
    """Judges idTags when charge points ask."""

    tables: Tables
    clock: Clock

    async def verdict(self, tenant: str, charge_point: str, id_tag: str) -> Verdict:
        """What an idTag may do there; one that nobody knows may charge where charging is free."""
        found = normal(id_tag)
        tag = await rows.id_tags(self.tables).find(tenant, found) if can_be(found) else None
        station = None
        if tag is None:
            station = await rows.charge_points(self.tables).find(tenant, charge_point)
        return verdict(tag, station, charge_point, self.clock.now())


@dataclass(frozen=True, slots=True)
class IdTags:
    """The owner's side: add, change, block, and bring to the charge points' local lists."""

    tables: Tables
    clock: Clock
    commands: OwnerCommands

    async def all(self, tenant: str) -> list[IdTag]:
        """Every idTag, by label."""
        found = await rows.id_tags(self.tables).all(tenant)
        return sorted(found, key=lambda tag: (tag.label.casefold(), tag.id))

    async def get(self, tenant: str, tag_id: str) -> IdTag:
        """One; raises ``NotFound``."""
        return await rows.id_tags(self.tables).get(tenant, normal(tag_id))

    async def add(self, tenant: str, draft: IdTagDraft) -> IdTag:
        """A new one; raises ``BadInput``, or ``Conflict`` when it is there already."""
        tag_id = normal(draft.id)
        if not can_be(tag_id):
            raise BadInput(f"1 to {LONGEST} letters, digits, or _ - : . @ *", field="id")
        plain = IdTag(tag_id, "", self.clock.now())
        tag = await self._checked(tenant, plain, draft)
        try:
            await rows.id_tags(self.tables).add(tenant, tag)
        except Conflict:
            raise Conflict("this card is on your list already", field="id") from None
        await self.bring(tenant)
        return tag

    async def change(self, tenant: str, tag_id: str, draft: IdTagDraft) -> IdTag:
        """Another label, group, end, place or status."""
        before = await self.get(tenant, tag_id)
        after = await self._checked(tenant, before, draft)
        await rows.id_tags(self.tables).replace(tenant, before, after)
        await self.bring(tenant)
        return after

    async def remove(self, tenant: str, tag_id: str) -> None:
        """Take it off the list."""
        await rows.id_tags(self.tables).remove(tenant, normal(tag_id))
        await self.bring(tenant)

    async def bring(self, tenant: str) -> None:
        """Send the list anew to every charge point that keeps one."""
        stations = await rows.charge_points(self.tables).all(tenant)
        keeping = [station for station in stations if station.local_list]
        tags = await self.all(tenant) if keeping else []
        for station in keeping:
            await self._send(tenant, station, tags)

    async def keep_list(self, tenant: str, charge_point: ChargePoint) -> None:
        """Have a charge point keep the list from now on, or none, as its ``local_list`` says."""
        version, of = self._version(), charge_point.id
        told = keeping_none(version)
        if charge_point.local_list:
            told = keeping(version, await self.all(tenant), of)
        for order, operation in enumerate(told):
            await self.commands.give(tenant, of, operation, by="owner", order=order)

    async def _send(self, tenant: str, charge_point: ChargePoint, tags: list[IdTag]) -> None:
        whole = SendLocalList(self._version(), "Full", tuple(local_list(tags, charge_point.id)))
        await self.commands.give(tenant, charge_point.id, whole, by="owner")

    def _version(self) -> int:
        return int(self.clock.now().timestamp())

    async def _checked(self, tenant: str, tag: IdTag, draft: IdTagDraft) -> IdTag:
        group = normal(draft.group)
        if group and not can_be(group):
            raise BadInput(f"at most {LONGEST} letters, digits, or _ - : . @ *", field="group")
        for charge_point in draft.charge_points:
            if await rows.charge_points(self.tables).find(tenant, charge_point) is None:
                raise BadInput("choose your own charge points", field="charge_points")
        return replace(
            tag,
            label=line(draft.label, field="label", longest=60),
            status="blocked" if draft.blocked else "active",
            expires_at=draft.expires_at,
            group=group,
            charge_points=tuple(sorted(set(draft.charge_points))),
        )


def keeping(
    version: int, tags: list[IdTag], charge_point: str
) -> tuple[ChangeConfiguration | SendLocalList, ...]:
    """What a charge point is told that shall charge by the list when it is offline."""
    whole = SendLocalList(version, "Full", tuple(local_list(tags, charge_point)))
    return (*_switched("true"), whole)


def keeping_none(version: int) -> tuple[ChangeConfiguration | SendLocalList, ...]:
    """What one is told that shall do so no more. It is emptied while it takes a list: what is only
    switched off would let blocked cards in again as soon as somebody switches it on."""
    return (SendLocalList(version, "Full"), *_switched("false"))


def _switched(value: str) -> tuple[ChangeConfiguration, ...]:
    return tuple(ChangeConfiguration(key, value) for key in SWITCHES)


def local_list(tags: list[IdTag], charge_point: str) -> list[LocalListEntry]:
    """The list for a charge point: blocked cards too, so that none is taken from a cache."""
    return [
        LocalListEntry(
            tag.id,
            "Blocked" if tag.status == "blocked" else "Accepted",
            tag.expires_at,
            tag.group,
        )
        for tag in tags
        if tag.is_for(charge_point)
    ]


def can_be(tag_id: str) -> bool:
    """Whether both versions of OCPP can say it (2.0.1: identifierString)."""
    return 0 < len(tag_id) <= LONGEST and all(
        each.isascii() and (each.isalnum() or each in "*-_=:+|@.") for each in tag_id
    )
