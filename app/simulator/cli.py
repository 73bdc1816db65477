"""``strom simulate``: one charger to play with, or a fleet to put load on."""

import asyncio
import contextlib
import signal
import sys
import threading
from difflib import get_close_matches
from typing import Any

import click

from app.simulator.charger import DIALECTS, SimulatedCharger
from app.simulator.console import UnknownCommand, describe, obey
from app.simulator.core.configuration import Configuration, Factory
from app.simulator.core.pace import utc_now
from app.simulator.fleet import FleetControl, FleetLife, FleetPlan, FleetState, run_fleet
from app.simulator.journal import LogEntry
from app.simulator.manners.catalogue import UnknownQuirk, chosen, listing
from app.simulator.settings import SimulatorSettings

EPILOGUE = """\b
One charger, plugged in, that pays no attention to standards:
  strom simulate ws://127.0.0.1:9000 --id NAME --password SECRET \\
      --auto-plug --misbehave local-time,kwh
\b
Ten thousand in two processes, a tenth of them charging, 200 readings a second:
  strom simulate ws://127.0.0.1:9000 --id FLEET --password SECRET \\
      --fleet 10000 --processes 2 --charging-share 0.1 --id-tag TAG --meter-values-per-s 200
"""


def _quirks(context: click.Context, _: click.Parameter, text: str) -> frozenset[str]:
    if text.strip() == "help":
        click.echo(listing())
        context.exit()
    try:
        return chosen(text)
    except UnknownQuirk as error:
        raise click.BadParameter(str(error)) from None


@click.command(epilog=EPILOGUE)
@click.argument("url", required=False)
@click.option("--id", "identity", default="", help="The charger's identity; of a fleet, {id}-n.")
@click.option("--password", default="", envvar="STROM_CHARGER_PASSWORD", help="Basic auth.")
@click.option(
    "--ocpp", type=click.Choice(list(DIALECTS)), default="1.6", show_default=True, help="Version."
)
@click.option("--connectors", default=1, show_default=True, help="Connectors of each charger.")
@click.option("--power-w", default=11_000, show_default=True, help="Power of a connector.")
@click.option("--speed", default=1.0, show_default=True, help="Energy flows so much faster.")
@click.option("--auto-plug", is_flag=True, help="A car is there (fleet: cars come and go).")
@click.option("--set", "keys", multiple=True, metavar="KEY=VALUE", help="A configuration key.")
@click.option(
    "--misbehave",
    "quirks",
    default="",
    metavar="NAME[,NAME…]",
    callback=_quirks,
    is_eager=True,
    help="Quirks of real chargers; help lists them.",
)
@click.option(
    "--answer-delay", default=60.0, show_default=True, help="For the quirk slow-answers, in s."
)
@click.option("--ca-file", default="", help="wss: who may have signed the server's certificate.")
@click.option("--cert", "certificate_file", default="", help="wss: the charger's certificate.")
@click.option("--key", "key_file", default="", help="wss: the key of that certificate.")
@click.option("--fleet", "--count", "count", default=1, help="How many chargers.")
@click.option("--processes", default=1, show_default=True, help="Fleet: over how many processes.")
@click.option("--connect-within", default=10.0, show_default=True, help="Fleet: in s.")
@click.option("--charging-share", default=0.0, help="Fleet: the share that charges at once.")
@click.option("--id-tag", default="", help="Fleet: the card that drivers hold to the reader.")
@click.option("--meter-values-per-s", default=0.0, help="Fleet: over all chargers.")
@click.option("--duration", type=float, help="Fleet: end after so many s, and report.")
@click.option(
    "--storm-at", "storms", type=float, multiple=True, help="Fleet: all lose the line after so s."
)
def simulate(
    url: str | None,
    identity: str,
    password: str,
    ocpp: str,
    connectors: int,
    power_w: int,
    speed: float,
    auto_plug: bool,
    keys: tuple[str, ...],
    quirks: frozenset[str],
    answer_delay: float,
    ca_file: str,
    certificate_file: str,
    key_file: str,
    count: int,
    **fleet: Any,
) -> None:
    """Run simulated chargers that connect to URL (ws:// or wss://).

    With one charger and a terminal, type help for what you can do at it. A fleet ends with a
    report on Ctrl-C or after --duration; SIGUSR1 lets all of it lose the line and come back.
    """
    if not url or not identity:
        raise click.UsageError("URL and --id say where to connect, and as which charger")
    if count > 1:
        plan = FleetPlan(
            url,
            identity,
            password,
            count=count,
            ocpp=ocpp,
            connectors=connectors,
            power_w=power_w,
            speed=speed,
            ca_file=ca_file,
            misbehaves=quirks,
            life=FleetLife(id_tag=fleet["id_tag"]) if auto_plug else None,
            processes=fleet["processes"],
            connect_within_s=fleet["connect_within"],
            charging_share=fleet["charging_share"],
            id_tag=fleet["id_tag"] or "FLEET",
            meter_values_per_s=fleet["meter_values_per_s"],
            duration_s=fleet["duration"],
            storms_at_s=fleet["storms"],
        )
        _run_fleet(plan)
        return
    settings = SimulatorSettings(
        ocpp=ocpp,
        power_w=power_w,
        speed=speed,
        misbehaves=quirks,
        answer_delay_s=answer_delay,
        ca_file=ca_file,
        certificate_file=certificate_file,
        key_file=key_file,
        configuration=_configuration(keys, DIALECTS[ocpp].factory),
    )
    charger = SimulatedCharger(url, identity, password, connectors=connectors, settings=settings)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run_one(charger, auto_plug=auto_plug))


def _configuration(keys: tuple[str, ...], factory: Factory) -> dict[str, str]:
    """The keys that were set; raises ``BadParameter`` for one that this version has not."""
    known = Configuration(factory, {})
    pairs = [key.partition("=") for key in keys]
    for name, sign, value in pairs:
        if not sign:
            raise click.BadParameter(f"{name}: a key is set as KEY=VALUE")
        if name not in known:
            near = get_close_matches(name, list(known), 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.BadParameter(f"no key is called {name}{hint}")
        if not known.fits(name, value):
            raise click.BadParameter(f"{name} cannot be {value}")
    return {name: value for name, _, value in pairs}


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


def _run_fleet(plan: FleetPlan) -> None:
    control = FleetControl()
    signal.signal(signal.SIGINT, lambda *_: control.stop())
    signal.signal(signal.SIGTERM, lambda *_: control.stop())
    if hasattr(signal, "SIGUSR1"):  # not on Windows
        signal.signal(signal.SIGUSR1, lambda *_: control.storm())
    shown: list[str] = [""]

    def tell(state: FleetState) -> None:
        states = ", ".join(f"{count} {name}" for name, count in state.statuses.items())
        line = f"{state.online} of {state.chargers} online: {states}"
        if line != shown[0]:
            click.echo(line)
        shown[0] = line

    report = run_fleet(plan, control=control, tell=tell)
    click.echo("\n".join(report.lines()))


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
