"""A charge point as people see it: the simulated device, in sentences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from app.simulator import SimulatedCharger, SimulatorSettings
from tests.journeys.waiting import PATIENCE_S, until

BY_HAND = SimulatorSettings(
    speed=0,
    answer_timeout_s=5,
    first_reconnect_s=0.2,
    longest_reconnect_s=0.5,
    boot_retry_s=0.5,
)
"""Energy flows only when a test says so, to the watt-hour."""


Shown = Callable[[], Awaitable[dict[str, Any]]]
"""What its owner is shown of it."""


class Charger:
    """One charge point with one plug."""

    def __init__(
        self, device: SimulatedCharger, address: str, shown: Shown, charge_point_id: str = ""
    ) -> None:
        self.device = device
        self.address = address
        self.charge_point_id = charge_point_id
        self._shown = shown

    async def __aenter__(self) -> Self:
        self.device.start()
        await self.is_free()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.device.close()

    @property
    def identity(self) -> str:
        return self.device.identity

    # --- what people do ---

    def plugs_in(self) -> None:
        self.device.plug_in()

    def unplugs(self) -> None:
        self.device.unplug()

    # --- what it does ---

    def delivers(self, energy_wh: int) -> None:
        """So much flows, and is told."""
        self.device.deliver(energy_wh)

    def refuses_starts(self) -> None:
        self.device.refuse_starts()

    def cannot_lock_the_cable(self) -> None:
        self.device.cable_does_not_lock()

    def faults(self) -> None:
        self.device.fault(error_code="GroundFailure")

    def loses_its_network(self) -> None:
        """Without a word, as when a cable is cut."""
        self.device.go_offline()

    def forgets_its_limits(self) -> None:
        """As some do that boot."""
        self.device.station.limits.clear(0, lambda _: True)

    def comes_back(self) -> None:
        self.device.come_back()

    # --- waiting for it ---

    async def is_free(self) -> None:
        """Available, and Strom knows."""
        await self._until(registered=True, status="Available")
        await self.is_seen_as("Available")

    async def was_told_to_start(self, times: int = 1) -> None:
        await self._until(received="RemoteStartTransaction", times=times)

    async def begins(self) -> None:
        """Energy flows, whoever knows."""
        await self._until(status="Charging")

    async def charges(self) -> None:
        """Energy flows in a transaction that Strom has saved and named."""
        await self._until(status="Charging", transaction_known=True)

    async def is_told_to_stop(self) -> None:
        await self._until(received="RemoteStopTransaction")

    async def has_stopped(self) -> None:
        """The end of the transaction was told, and Strom has answered."""
        await self._until(sent="StopTransaction", nothing_waiting=True)

    async def has_told_everything(self) -> None:
        await self._until(registered=True, nothing_waiting=True)

    @property
    def starts(self) -> int:
        """How many remote starts have arrived."""
        return self.device.journal.count("received", "RemoteStartTransaction")

    async def is_seen_as(self, status: str) -> None:
        """Its owner sees it online with this status of its plug."""

        def shows(found: dict[str, Any]) -> bool:
            plug = found["charge_point"]["connectors"][0]
            return bool(found["online"] and plug["status"] == status)

        await until(self._shown, shows, f"the charge point to be {status}")

    async def is_seen_offline(self) -> None:
        await until(self._shown, lambda found: not found["online"], "it to be offline")

    async def _until(self, **what: Any) -> None:
        await self.device.wait_for(timeout=PATIENCE_S, **what)
