"""``strom``: the command line."""

import asyncio
import contextlib
import getpass
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from app.charging.errors import BadInput, StromError
from app.entrypoints.logs import set_up_logging
from app.settings import Settings, SettingsError, read_settings


def number(text: str) -> Decimal:
    """A number to the last digit; a ``ValueError`` is what click expects."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None


def main() -> None:
    """The console script: errors are one line, never a stack trace."""
    try:
        strom(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except (StromError, SettingsError) as error:
        place = f"{error.field}: " if isinstance(error, BadInput) and error.field else ""
        click.echo(f"strom: {place}{error}", err=True)
        sys.exit(1)


@click.group()
@click.version_option(package_name="strom")
def strom() -> None:
    """Bitcoin Lightning payments for electric-vehicle charge points."""


@strom.command()
def serve() -> None:
    """Serve owners, drivers and charge points from this process. Settings: STROM_…"""
    from app.entrypoints.serve import serve as serve_all

    settings = _settings()
    _run(serve_all(settings))


@strom.command()
def edge() -> None:
    """Hold charge points' sockets for an app elsewhere (AWS). Settings: STROM_…"""
    from app.entrypoints.edge import run_edge

    _run(run_edge(_settings()))


@strom.command()
def worker() -> None:
    """Sweep and watch for an app elsewhere (AWS). Settings: STROM_…"""
    from app.entrypoints.worker import run_worker

    _run(run_worker(_settings()))


@strom.command()
@click.option("--http-port", default=8000, show_default=True, help="where to try first")
@click.option("--edge-port", default=9000, show_default=True, help="where to try first")
@click.option("--once", is_flag=True, help="end after the paid charge instead of serving on")
def demo(http_port: int, edge_port: int, *, once: bool) -> None:
    """A whole paid charge on this machine, narrated; then keep serving until Ctrl-C."""
    from app.entrypoints.demo import run_demo

    set_up_logging("ERROR")
    _run(run_demo(http_port, edge_port, once=once))


@strom.group()
def provider() -> None:
    """The provider's own accounts."""


@provider.command()
@click.argument("email")
@click.option("--name", default="Provider", show_default=True)
def create(email: str, name: str) -> None:
    """Create an account that sees the provider's console; asks for its password."""
    from app.entrypoints.provider import create_provider

    _create(create_provider, email, name)


@strom.group()
def owner() -> None:
    """Owners' accounts, made by hand."""


@owner.command("create")
@click.argument("email")
@click.option("--name", default="Owner", show_default=True)
def create_owner(email: str, name: str) -> None:
    """Create an owner, whose e-mail needs no confirmation; asks for a password."""
    from app.entrypoints.provider import create_owner_here

    _create(create_owner_here, email, name)


@strom.command()
def health() -> None:
    """Say whether the Strom of these settings serves; ends with 1 if it does not."""
    from app.entrypoints.health import require_healthy

    require_healthy(read_settings())


@strom.command()
@click.option("--json", "is_json", is_flag=True, help="for programs")
@click.option("--try-wallets", is_flag=True, help="make an invoice of one sat in each wallet, too")
def doctor(*, is_json: bool, try_wallets: bool) -> None:
    """Look at this installation and say what to mend; ends with 1 if something is broken.

    Changes nothing, and runs whether Strom serves or not.
    """
    from app.entrypoints.doctor.examining import examine
    from app.entrypoints.doctor.telling import as_json, as_text, is_well

    set_up_logging("CRITICAL")
    found = _run(examine(tries_wallets=try_wallets))
    told = as_json(found, version("strom"), datetime.now(UTC)) if is_json else as_text(found)
    click.echo(told)
    sys.exit(0 if is_well(found) else 1)


@strom.group()
def sandbox() -> None:
    """Play money, for charge points of sandbox owners."""


@sandbox.command()
@click.argument("address")
@click.option("--sats", type=click.IntRange(min=1), required=True, help="how much to prepay")
def pay(address: str, sats: int) -> None:
    """Pay the lightning ADDRESS of a sandbox charge point; prints the session's link."""
    from app.entrypoints.sandbox_pay import sandbox_pay

    click.echo(_run(sandbox_pay(address, sats)))


@owner.command("list")
def list_owners() -> None:
    """Print every owner: id, status, e-mail, name."""
    from app.entrypoints.provider import owners_here

    for line in _run(owners_here(_settings())):
        click.echo(line)


@strom.command()
@click.argument("other_table")
@click.argument("tenant")
@click.option("--write-refunds", is_flag=True, help="what was refunded there is not owed here")
def compare(other_table: str, tenant: str, *, write_refunds: bool) -> None:
    """Say what OTHER_TABLE knows of TENANT's money and this table (STROM_TABLE) does not."""
    from app.entrypoints.books import compare_tables

    settings = _settings()
    click.echo(_run(compare_tables(settings, other_table, tenant, write_refunds=write_refunds)))


@strom.command()
@click.argument("tenant")
@click.option("--without-wallet", is_flag=True, help="do not ask the wallet")
def audit(tenant: str, *, without_wallet: bool) -> None:
    """Rebuild every balance of TENANT from its ledger and say what does not agree."""
    from app.entrypoints.books import audit_tenant

    if not _run(audit_tenant(_settings(), tenant, ask_wallets=not without_wallet)):
        sys.exit(1)


@strom.command()
@click.argument("tenant")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--month", default="", help="of this month only, like 2026-03 (UTC)")
@click.option("--items", is_flag=True, help="what was sold, item by item with VAT, instead")
def export(tenant: str, form: str, month: str, *, items: bool) -> None:
    """Print every movement of money of TENANT, for bookkeeping."""
    from app.entrypoints.books import export_items, export_tenant

    made = export_items if items else export_tenant
    click.echo(_run(made(_settings(), tenant, form, month)), nl=False)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@strom.command()
@click.argument("receipt", type=_FILE, required=False)
@click.option("--tariff", type=_FILE, help="a tariff as OCPI or Strom writes it, JSON")
@click.option("--readings", type=_FILE, help="time and register: CSV, JSON, or an OCPI CDR")
@click.option("--zone", default="", help="the place's time zone, like Europe/Berlin")
@click.option("--energy", type=number, help="instead of readings: so many kWh …")
@click.option("--power", type=number, help="… at so many kW …")
@click.option("--start", type=click.DateTime(), help="… from this moment (UTC) on")
@click.option("--rate", type=number, help="msat for one unit of the tariff's currency")
def price(
    receipt: Path | None,
    tariff: Path | None,
    readings: Path | None,
    zone: str,
    energy: Decimal | None,
    power: Decimal | None,
    start: datetime | None,
    rate: Decimal | None,
) -> None:
    """Price RECEIPT (receipt.json) again: exit code 1 where it differs, by however little.

    Or price anything: --tariff with --readings, or with --energy, --power and --start.
    """
    from app.entrypoints import price as pricing

    if receipt is not None:
        text, agrees = pricing.price_receipt(receipt)
        click.echo(text)
        sys.exit(0 if agrees else 1)
    if tariff is None:
        raise click.UsageError("give a receipt, or --tariff")
    if readings is not None:
        told = pricing.read_readings(readings)
    elif energy is not None and power is not None and start is not None:
        told = pricing.even_readings(energy, power, start.replace(tzinfo=UTC))
    else:
        raise click.UsageError("--tariff wants --readings, or --energy, --power and --start")
    click.echo(pricing.price_readings(tariff, told, zone, rate))


@strom.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="holds the passphrase")
def backup(path: Path, passphrase_file: Path | None) -> None:
    """Write everything to the encrypted file PATH while Strom serves; asks for a passphrase."""
    from app.entrypoints.keeping import given_passphrase, take_backup

    passphrase = given_passphrase(passphrase_file, confirm=True)
    click.echo(_run(take_backup(_settings(), path, passphrase)))


@strom.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="holds the passphrase")
def restore(path: Path, passphrase_file: Path | None) -> None:
    """Restore the backup PATH into an empty table (STROM_TABLE) and folder (STROM_DATA_DIR)."""
    from app.entrypoints.keeping import given_passphrase, restore_backup

    passphrase = given_passphrase(passphrase_file, confirm=False)
    click.echo(_run(restore_backup(_settings(), path, passphrase)))


@strom.command()
def migrate() -> None:
    """Bring what an older Strom wrote up to date; `strom serve` does so by itself."""
    from app.entrypoints.keeping import migrate_table

    click.echo(_run(migrate_table(_settings())))


@strom.command("accept-keys")
@click.confirmation_option(prompt="Are the old key files lost for good?")
def accept_keys() -> None:
    """Serve with the key files that are there, and new ones for those that are lost for good."""
    from app.entrypoints.keeping import accept_key_files

    click.echo(_run(accept_key_files(_settings())))


@strom.group()
def rotate() -> None:
    """New keys, where they are files. Stop Strom before, and take a backup."""


@rotate.command("server-key")
@click.option("--at-once", is_flag=True, help="the key before is known to others: void its links")
def rotate_server_key(*, at_once: bool) -> None:
    """Sign links and cookies with a new key."""
    from app.entrypoints.rotating import rotate_server_key as rotated

    click.echo(_run(rotated(_settings(), at_once=at_once)))


@rotate.command("master-key")
def rotate_master_key() -> None:
    """Seal what owners entrusted to this Strom under a new key."""
    from app.entrypoints.rotating import rotate_master_key as rotated

    click.echo(_run(rotated(_settings())))


def _create(make: Callable[..., Coroutine[Any, Any, None]], email: str, name: str) -> None:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    settings = _settings()
    _run(make(settings, email, name, password))
    click.echo(f"{email} can sign in at {settings.base_url}")


def _settings() -> Settings:
    settings = read_settings()
    set_up_logging(settings.log_level)
    return settings


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.run(work)
    return asyncio.run(work)


def _add_simulate() -> None:
    """The simulator imports a library that takes a while: only when it is asked for."""
    from app.simulator.cli import simulate

    strom.add_command(simulate)


if len(sys.argv) > 1 and sys.argv[1] in ("simulate", "--help"):
    _add_simulate()
