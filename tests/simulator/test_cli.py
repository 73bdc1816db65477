"""What a person types and reads."""

import asyncio
import signal
import sys

import pytest
from click.testing import CliRunner

from app.simulator import SimulatedCharger
from app.simulator.cli import simulate
from app.simulator.console import UnknownCommand, describe, obey
from tests.simulator.central import PASSWORD, Central


def test_help_names_the_options() -> None:
    shown = CliRunner().invoke(simulate, ["--help"])
    assert shown.exit_code == 0
    for option in (
        "--fleet",
        "--ocpp",
        "--misbehave",
        "--speed",
        "--power-w",
        "--connectors",
        "--auto-plug",
    ):
        assert option in shown.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--set", "HeartbeatIntervall=3"], "did you mean HeartbeatInterval?"),
        (["--set", "HeartbeatInterval=soon"], "cannot be soon"),
        (["--set", "TxStartPoint=EVConnected"], "no key is called TxStartPoint"),
        (["--ocpp", "3"], "'3' is not one of"),
    ],
)
def test_mistakes_are_named(options: list[str], says: str) -> None:
    shown = CliRunner().invoke(simulate, ["ws://127.0.0.1:1", "--id", "CP", *options])
    assert shown.exit_code == 2
    assert says in shown.output


async def test_commands_do_what_they_say(charger: SimulatedCharger, central: Central) -> None:
    obey(charger, "plug")
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    assert "connector 1: Charging, car at" in obey(charger, "status")
    assert "transaction 701" in obey(charger, "status")
    obey(charger, "stop 1")
    obey(charger, "unplug")
    obey(charger, "fault 1 GroundFailure")
    assert charger.status == "Faulted"
    obey(charger, "clear")
    obey(charger, "offline")
    await charger.wait_for(registered=False)
    obey(charger, "online")
    await charger.wait_for(registered=True, nothing_waiting=True)
    assert "plug" in obey(charger, "help")
    for mistake in ("dance", "plug 7", "power"):
        with pytest.raises(UnknownCommand):
            obey(charger, mistake)
    lines = [describe(entry) for entry in charger.log]
    assert "→ Heartbeat" not in lines
    assert any(line.startswith("→ StopTransaction meterStop=") for line in lines)
    assert "· connector 1: plugged in" in lines


async def test_strom_simulate_runs_until_quit(central: Central) -> None:
    """As a process of its own, told what to do over its standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from app.simulator.cli import simulate; simulate()",
        *(central.url, "--id", "CP7", "--auto-plug"),
        env={"STROM_CHARGER_PASSWORD": PASSWORD},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    await central.until(lambda: "Preparing" in str(central.received("StatusNotification")))
    output, _ = await asyncio.wait_for(process.communicate(b"status\nquit\n"), 10)
    assert process.returncode == 0
    assert "connector 1: Preparing, car at 20 %" in output.decode()


async def test_strom_simulate_runs_a_fleet_and_reports(central: Central) -> None:
    """Two processes; a signal lets all of them lose the line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from app.simulator.cli import simulate; simulate()",
        *(central.url, "--id", "F", "--fleet", "6", "--processes", "2"),
        *("--connect-within", "0.2", "--meter-values-per-s", "20"),
        env={"STROM_CHARGER_PASSWORD": PASSWORD},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    await central.until(lambda: len(central.received("MeterValues")) > 6, 30)
    shown = b""
    process.send_signal(signal.SIGUSR1)
    while b"0 of 6 online" not in shown:
        shown += await asyncio.wait_for(process.stdout.readline(), 30)
    while b"6 of 6 online" not in shown.rpartition(b"0 of 6 online")[2]:
        shown += await asyncio.wait_for(process.stdout.readline(), 30)
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert "6 of 6 chargers connected" in output.decode()
    assert "storm over after" in output.decode()
    assert ", 0 lost" in output.decode()
