"""A charge point's configuration: read, changed, and compared with what was set (drift).

What it has accepted, from us at its first connection or from its owner, is what it is wanted to
keep. It is asked again after a boot, but once a day at most or after new firmware, and only for
what was set: some charge points restart when they are asked for everything (ABB Terra).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app.charge_points.owner_commands import Follower, OwnerCommands
from app.charge_points.settings import ChargePointSettings
from app.charging.errors import BadInput, Conflict, StromError
from app.edge_messages import Booted
from app.operations import ChangeConfiguration, GetConfiguration, names_a_secret
from app.records.charge_points import Connection
from app.records.commands import GivenCommand
from app.records.configurations import (
    Configurations,
    ReadConfiguration,
    SetValue,
    WantedConfiguration,
)
from app.records.live import LiveChargers
from app.records.views import CommandView, ConfigurationView, SettingView

log = logging.getLogger(__name__)

COMPARED_EVERY = timedelta(days=1)
MOST_KEYS = 500
LONGEST_VALUE = 500
HIDDEN = "•••"
TAKEN = ("Accepted", "RebootRequired")
OURS = "strom"
LONG_AGO = datetime.fromtimestamp(0, UTC)
"""When the baseline was set: at the first connection."""


class Drifted(Protocol):
    """Somebody is told of settings that have changed by themselves."""

    async def __call__(self, tenant: str, charge_point: str, keys: Sequence[str]) -> None:
        """The keys that are new among them."""
        ...


@dataclass(frozen=True, slots=True)
class ConfigurationBook:
    """What is known and wanted; learns from every answer to a question or a change."""

    live: LiveChargers
    settings: ChargePointSettings
    drifted: Drifted | None = None

    @property
    def followers(self) -> dict[type, Follower]:
        """What learns from which operation."""
        return {GetConfiguration: self.was_read, ChangeConfiguration: self.was_set}

    @property
    def kept(self) -> Configurations:
        """The rows."""
        return Configurations(self.live.tables)

    async def was_read(self, tenant: str, charge_point: str, done: GivenCommand) -> None:
        """A charge point has told its configuration, or the part that it was asked for."""
        operation = done.carries
        if done.state != "accepted" or not isinstance(operation, GetConfiguration):
            return
        before = await self.kept.read(tenant, charge_point)
        told = {key: _shown(key, value) for key, value in list(done.results.items())[:MOST_KEYS]}
        read_only = done.read_only
        if operation.keys:
            told = before.values | told
            others = (key for key in before.read_only if key not in operation.keys)
            read_only = tuple(sorted({*others, *done.read_only}))
        after = replace(before, values=told, read_only=read_only, read_at=done.concluded_at)
        await self.kept.put_read(tenant, charge_point, after)
        if done.by == OURS and self.drifted is not None:
            wanted = await self.wanted(tenant, charge_point)
            if new := _drifted(after, wanted) - _drifted(before, wanted):
                await self.drifted(tenant, charge_point, sorted(new))

    async def was_set(self, tenant: str, charge_point: str, done: GivenCommand) -> None:
        """A change was accepted: from now on the value is wanted. A secret's is not remembered."""
        operation = done.carries
        if done.state != "accepted" or not isinstance(operation, ChangeConfiguration):
            return
        if names_a_secret(operation.key) or done.concluded_at is None:
            return
        wanted = await self.kept.wanted(tenant, charge_point)
        value = SetValue(operation.value[:LONGEST_VALUE], done.concluded_at, done.by)
        await self._want(tenant, charge_point, wanted, operation.key, value)
        known = await self.kept.read(tenant, charge_point)
        if operation.key in known.values:
            values = known.values | {operation.key: value.value}
            await self.kept.put_read(tenant, charge_point, replace(known, values=values))

    async def wanted(self, tenant: str, charge_point: str) -> dict[str, SetValue]:
        """What it should have: our baseline, as far as it took it, and what its owner has set."""
        connection = await self.live.connection(tenant, charge_point)
        set_by_owner = await self.kept.wanted(tenant, charge_point)
        return self._baseline(connection) | set_by_owner.values

    async def ask_after_boot(
        self, tenant: str, charge_point: str, said: Booted, commands: OwnerCommands
    ) -> None:
        """Compare again, if it is time. A boot is answered whatever becomes of this."""
        try:
            if await self._is_time(tenant, charge_point, said):
                wanted = tuple(await self.wanted(tenant, charge_point))[:MOST_KEYS]
                if wanted:
                    asked = GetConfiguration(wanted)
                    await commands.give(tenant, charge_point, asked, by=OURS)
        except StromError as error:
            log.info("%s is not asked for its configuration: %s", charge_point, error.message)

    async def accept(self, tenant: str, charge_point: str, key: str) -> None:
        """What the charge point has is what is wanted. Raises ``Conflict`` if it never told."""
        known = await self.kept.read(tenant, charge_point)
        if key not in known.values or known.read_at is None:
            raise Conflict("the charge point has not told this setting so far")
        wanted = await self.kept.wanted(tenant, charge_point)
        value = SetValue(known.values[key], known.read_at, "owner")
        await self._want(tenant, charge_point, wanted, key, value)

    async def _want(
        self,
        tenant: str,
        charge_point: str,
        wanted: WantedConfiguration,
        key: str,
        value: SetValue,
    ) -> None:
        values = wanted.values | {key: value}
        if len(values) <= MOST_KEYS:
            await self.kept.put_wanted(tenant, charge_point, WantedConfiguration(values))

    async def _is_time(self, tenant: str, charge_point: str, said: Booted) -> bool:
        """Asked is asked: one that restarts for it is not asked again at each boot."""
        known, now = await self.kept.read(tenant, charge_point), self.live.clock.now()
        if (
            known.asked_at is not None
            and now - known.asked_at < COMPARED_EVERY
            and known.asked_firmware == said.firmware
        ):
            return False
        if not await self.wanted(tenant, charge_point):
            return False
        asked = replace(known, asked_at=now, asked_firmware=said.firmware)
        await self.kept.put_read(tenant, charge_point, asked)
        return True

    def _baseline(self, connection: Connection) -> dict[str, SetValue]:
        """Under the names of the protocol that is spoken."""
        took = {key for key, answer in connection.configured.items() if answer in TAKEN}
        baseline = self.settings.baseline_for(connection.protocol)
        return {s.key: SetValue(s.value, LONG_AGO, OURS) for s in baseline if s.key in took}


@dataclass(frozen=True, slots=True)
class ChargerConfiguration:
    """What an owner sees of a configuration, and does about it."""

    book: ConfigurationBook
    commands: OwnerCommands

    async def of(self, tenant: str, charge_point: str) -> ConfigurationView:
        """Every key that is known, and those that are not as they were set."""
        known = await self.book.kept.read(tenant, charge_point)
        wanted = await self.book.wanted(tenant, charge_point)
        names = sorted({*known.values, *wanted}, key=str.casefold)
        settings = tuple(_setting(name, known, wanted.get(name)) for name in names)
        return ConfigurationView(known.read_at, settings)

    async def ask(self, tenant: str, charge_point: str) -> CommandView:
        """Have it tell everything. Raises ``Conflict`` when it is offline."""
        return await self._give(tenant, charge_point, GetConfiguration())

    async def set(self, tenant: str, charge_point: str, key: str, value: str) -> CommandView:
        """Change a key, now or when it is back. Raises ``BadInput``."""
        if not key or len(key) > 150:
            raise BadInput("which setting?", field="key")
        if len(value) > LONGEST_VALUE:
            raise BadInput(f"at most {LONGEST_VALUE} characters", field="value")
        known = await self.book.kept.read(tenant, charge_point)
        if key in known.read_only:
            raise BadInput("the charge point says that this cannot be changed", field="key")
        return await self._give(tenant, charge_point, ChangeConfiguration(key, value))

    async def set_again(self, tenant: str, charge_point: str, key: str) -> CommandView:
        """Set it to what it should be. Raises ``Conflict`` where nothing is wanted."""
        wanted = (await self.book.wanted(tenant, charge_point)).get(key)
        if wanted is None:
            raise Conflict("nothing was set here")
        return await self._give(tenant, charge_point, ChangeConfiguration(key, wanted.value))

    async def accept(self, tenant: str, charge_point: str, key: str) -> None:
        """Let it be as it is."""
        await self.book.accept(tenant, charge_point, key)

    async def _give(
        self, tenant: str, charge_point: str, operation: GetConfiguration | ChangeConfiguration
    ) -> CommandView:
        given = await self.commands.give(tenant, charge_point, operation, by="owner")
        return CommandView(given.id, given.name, given.state, given.at, 0, given.detail)


def _setting(name: str, known: ReadConfiguration, wanted: SetValue | None) -> SettingView:
    value = known.values.get(name)
    told_since = known.read_at is not None and wanted is not None and known.read_at >= wanted.at
    return SettingView(
        key=name,
        value=value,
        is_read_only=name in known.read_only,
        wanted=None if wanted is None else wanted.value,
        set_by="" if wanted is None else wanted.by,
        set_at=None if wanted is None or wanted.by == OURS else wanted.at,
        has_drifted=bool(
            told_since
            and wanted is not None
            and value is not None
            and _plain(value) != _plain(wanted.value)
        ),
    )


def _drifted(known: ReadConfiguration, wanted: Mapping[str, SetValue]) -> frozenset[str]:
    settings = (_setting(name, known, value) for name, value in wanted.items())
    return frozenset(setting.key for setting in settings if setting.has_drifted)


def _plain(value: str) -> str:
    """`True` is `true`, and `a, b` is `a,b`: charge points write it either way."""
    return ",".join(part.strip() for part in value.strip().casefold().split(","))


def _shown(key: str, value: object) -> str:
    return HIDDEN if names_a_secret(key) and value else str(value)[:LONGEST_VALUE]
