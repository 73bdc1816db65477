"""``strom simulate``: one charger to play with, or a fleet to put load on."""

import asyncio
import contextlib
import signal
import sys
import threading

import click

from app.simulator.charger import SimulatedCharger
from app.simulator.console import UnknownCommand, describe, obey
from app.simulator.core.pace import utc_now
from app.simulator.fleet.fleet import Fleet, FleetLife
from app.simulator.journal import LogEntry
from app.simulator.settings import SimulatorSettings

REPORT_EVERY_S = 5.0


@click.command()
@click.argument("url")
@click.option("--id", "identity", required=True, help="The charger's identity; of a fleet, {id}-n.")
@click.option("--password", required=True, envvar="STROM_CHARGER_PASSWORD", help="Basic auth.")
@click.option("--count", default=1, show_default=True, help="How many chargers.")
@click.option("--connectors", default=1, show_default=True, help="Connectors of each charger.")
@click.option("--power-w", default=11_000, show_default=True, help="Power of a connector.")
@click.option("--speed", default=1.0, show_default=True, help="Energy flows so much faster.")
@click.option("--auto-plug", is_flag=True, help="A car is there (fleet: cars come and go).")
def simulate(
    url: str,
    identity: str,
    password: str,
    count: int,
    connectors: int,
    power_w: int,
    speed: float,
    auto_plug: bool,
) -> None:
    """Run simulated OCPP 1.6 chargers that connect to URL (ws:// or wss://).

    With one charger and a terminal, type help for what you can do at it.
    """
    settings = SimulatorSettings(power_w=power_w, speed=speed)
    if count > 1:
        life = FleetLife() if auto_plug else None
        fleet = Fleet(
            url,
            identity,
            password,
            count=count,
            connectors=connectors,
            settings=settings,
            life=life,
        )
        work = _run_fleet(fleet)
    else:
        charger = SimulatedCharger(
            url, identity, password, connectors=connectors, settings=settings
        )
        work = _run_one(charger, auto_plug=auto_plug)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work)


async def _run_one(charger: SimulatedCharger, *, auto_plug: bool) -> None:
    charger.journal.listeners.append(_show)
    finished = _finished_by_signal()
    async with charger:
        if auto_plug:
            for connector in charger.station.connectors:
                charger.plug_in(connector)
        if sys.stdin.isatty():
            click.echo("type help for what you can do")
        _listen(charger, finished)
        await finished.wait()


async def _run_fleet(fleet: Fleet) -> None:
    finished = _finished_by_signal()
    async with fleet:
        while not finished.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(finished.wait(), REPORT_EVERY_S)
            states = ", ".join(f"{count} {name}" for name, count in fleet.statuses().items())
            click.echo(f"{fleet.registered} of {len(fleet.chargers)} online: {states}")


def _finished_by_signal() -> asyncio.Event:
    finished = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # not on Windows
            loop.add_signal_handler(number, finished.set)
    return finished


def _listen(charger: SimulatedCharger, finished: asyncio.Event) -> None:
    """Read commands in a thread of its own: stdin cannot be awaited everywhere.

    The end of the input is not the end of the charger: it runs on without a terminal.
    """
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_do, charger, line.strip(), finished)

    threading.Thread(target=read, daemon=True).start()


def _do(charger: SimulatedCharger, line: str, finished: asyncio.Event) -> None:
    if line in ("quit", "exit"):
        finished.set()
        return
    try:
        shown = obey(charger, line)
    except UnknownCommand as error:
        shown = str(error)
    if shown:
        click.echo(shown)


def _show(entry: LogEntry) -> None:
    click.echo(f"{utc_now():%H:%M:%S} {describe(entry)}")
