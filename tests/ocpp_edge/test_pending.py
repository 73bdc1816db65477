"""A charge point that its owner has not accepted: it may say who it is, and nothing else."""

from __future__ import annotations

import pytest

from app.command_bus.in_process import InProcessBus
from app.edge_messages import Booted, Connected, Kick, MessageResult
from app.ocpp_edge import Edge
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import TENANT, FakeApp

BOOT = '[2,"boot","BootNotification",{"chargePointVendor":"Maker","chargePointModel":"Box"}]'
WAITS = "pending.0123"


@pytest.fixture
def app() -> FakeApp:
    pending = MessageResult(saved=True, accepted=False, pending=True)
    return FakeApp(grant=Connected(TENANT, WAITS, 1, 60, pending=True), results={Booted: pending})


async def test_its_boot_is_answered_pending_and_told(app: FakeApp, plug: Plug) -> None:
    async with plug() as charger:
        await charger.sends(BOOT)
        answer = await charger.hears()
        assert (answer[0], answer[2]["status"], answer[2]["interval"]) == (3, "Pending", 60)
    [said] = app.heard(Booted)
    assert (said.vendor, said.model) == ("Maker", "Box")


@pytest.mark.parametrize(
    "frame",
    [
        '[2,"1","Heartbeat",{}]',
        '[2,"1","DataTransfer",{"vendorId":"x"}]',
        '[2,"1","SignCertificate",{"csr":"x"}]',
        '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]',
    ],
)
async def test_everything_else_is_refused(app: FakeApp, plug: Plug, frame: str) -> None:
    async with plug() as charger:
        await charger.sends(frame)
        assert (await charger.hears())[:3] == [4, "1", "SecurityError"]
    assert app.heard() == []


async def test_what_it_must_not_lose_is_left_unanswered(app: FakeApp, plug: Plug) -> None:
    """It says so again once it is accepted; an error would make it forget, or send for ever."""
    stop = '{"transactionId":1,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z"}'
    async with plug() as charger:
        await charger.sends(f'[2,"stop","StopTransaction",{stop}]')
        await charger.sends(BOOT)
        assert (await charger.hears())[1] == "boot"
    assert len(app.heard()) == len(app.heard(Booted))


async def test_accepted_or_refused_it_is_put_out(edge: Edge, bus: InProcessBus, plug: Plug) -> None:
    async with plug() as charger:
        await bus.send("edge", Kick(TENANT, WAITS, 2))
        await charger.socket.wait_closed()
    await until(lambda: edge.connected == 0)
