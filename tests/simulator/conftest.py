import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from app.simulator import SimulatedCharger, SimulatorSettings
from tests.simulator.central import PASSWORD, Central
from tests.simulator.csms import Csms

FAST = SimulatorSettings(
    speed=3600,  # an hour of charging in a second
    timer_speed=10,
    least_sample_s=0.05,
    answer_timeout_s=0.3,
    first_reconnect_s=0.05,
    reboot_s=0.1,
    configuration={
        "ConnectionTimeOut": "3",
        "MeterValueSampleInterval": "60",
        "TransactionMessageRetryInterval": "1",
    },
)

NewCharger = Callable[..., Awaitable[SimulatedCharger]]


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    async with Central() as central:
        yield central


@pytest.fixture
async def new_charger(central: Central) -> AsyncIterator[NewCharger]:
    """Makes chargers that are registered at the central system and hurry."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(
            *, connectors: int = 1, waits: bool = True, **changes: object
        ) -> SimulatedCharger:
            charger = SimulatedCharger(
                central.url,
                "CP1",
                PASSWORD,
                connectors=connectors,
                settings=replace(FAST, **changes),  # type: ignore[arg-type]  # by name
            )
            await stack.enter_async_context(charger)
            if waits:
                await charger.wait_for(received="StatusNotification.conf", times=connectors + 1)
            return charger

        yield make


@pytest.fixture
async def charger(new_charger: NewCharger) -> SimulatedCharger:
    return await new_charger()


@pytest.fixture
async def csms(request: pytest.FixtureRequest) -> AsyncIterator[Csms]:
    """Speaks 2.0.1, or the subprotocol a test is parametrized with; every frame must validate."""
    async with Csms(getattr(request, "param", "ocpp2.0.1")) as csms:
        yield csms
        assert csms.complaints == []


NewDevice = Callable[..., Awaitable[SimulatedCharger]]


@pytest.fixture
async def new_device(csms: Csms) -> AsyncIterator[NewDevice]:
    """Makes chargers that are registered at the central system without a library."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(
            *, connectors: int = 1, waits: bool = True, **changes: object
        ) -> SimulatedCharger:
            version = csms.subprotocol.removeprefix("ocpp")
            changes = {"ocpp": version, "firmware_step_s": 0.1, **changes}
            own = {**FAST.configuration, **changes.pop("configuration", {})}  # type: ignore[dict-item]
            charger = SimulatedCharger(
                csms.url,
                "CP1",
                PASSWORD,
                connectors=connectors,
                settings=replace(FAST, configuration=own, **changes),  # type: ignore[arg-type]
            )
            await stack.enter_async_context(charger)
            if waits:
                times = connectors + (version == "1.6")
                await charger.wait_for(received="StatusNotification.conf", times=times)
            return charger

        yield make


@pytest.fixture
async def device(new_device: NewDevice) -> SimulatedCharger:
    return await new_device()
