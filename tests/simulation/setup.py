"""What owners have set up before a run begins: written straight into the table."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from app.charging.ports import Put
from app.records import rows
from app.records.charge_points import ChargePoint, Connector, Location
from app.records.directory import ADDRESS, CHARGER_PATH, Directory
from app.records.id_tags import IdTag
from app.records.owners import Tenant
from app.records.tariffs import Tariffs
from app.records.wallets import WalletConnection
from app.settings import Settings, settings_of
from app.storage.memory import MemoryTables
from app.wallets.backend import WalletCredentials
from tests.simulation.prices import BEFORE
from tests.simulation.process import SkewedClock
from tests.simulation.scenario import Scenario

HOST = "strom.example"
KIND = "model"
"""Of wallet."""
EXPIRY_DAYS = 30
CARD = "ADAS-CARD"
PASSWORD = "correct horse"


def settings() -> Settings:
    """Those of a provider, with fewer idle rounds than in service."""
    return settings_of(
        public_base_url=f"https://{HOST}",
        fixed_rates={"EUR": Decimal(1_000_000)},
        invoice_life_s=300,
        start_s=180,
        silent_limit_s=1800,
        edge_lease_s=90,
        sweep_interval_s=5,
    )


def tenant_id(owner: int) -> str:
    return f"owner{owner:07d}"


def later_wallet(tenant: str) -> str:
    """The account of the wallet that the owner may connect later."""
    return f"{tenant}/2"


def charge_point_id(place: int) -> str:
    return f"cp{place}"


def address(place: int) -> str:
    return f"garage{place}"


async def set_up(tables: MemoryTables, clock: SkewedClock, scenario: Scenario) -> None:
    """Tenants, prices, wallets, charge points and their names."""
    for owner in range(len(scenario.owners)):
        tenant = tenant_id(owner)
        known = Tenant(
            tenant,
            "Ada",
            "active",
            "live",
            "ada@example.org",
            BEFORE,
            refund_expiry_days=EXPIRY_DAYS,
        )
        await rows.tenants(tables).add(tenant, known)
        await rows.locations(tables).add(tenant, _location())
        await rows.id_tags(tables).add(tenant, IdTag(CARD, "Ada's", BEFORE))
        await Tariffs(tables).add(tenant, scenario.prices[owner].version())
        sealed = WalletCredentials(KIND, {"of": tenant}).to_bytes()
        unit_msat = scenario.owners[owner].unit_msat
        wallet = WalletConnection(
            "w1", KIND, "Model", sealed, "active", BEFORE, smallest_unit_msat=unit_msat
        )
        await rows.wallets(tables).add(tenant, wallet)
        row = {"pk": f"T#{tenant}#", "sk": "WALLETS", "active": "w1"}
        await tables.tenant(tenant).write([Put({**row})])
    directory = Directory(tables, clock)
    for number, place in enumerate(scenario.places):
        tenant, charge_point = tenant_id(place.owner), charge_point_id(number)
        name = address(number)
        plugs = tuple(Connector(n, f"{name}-{n}") for n in range(1, place.plugs + 1))
        password = hashlib.sha256(PASSWORD.encode()).hexdigest()
        known_as = ChargePoint(
            charge_point, charge_point, name, name, "loc1", "t1", password, BEFORE, plugs
        )
        await rows.charge_points(tables).add(tenant, known_as)
        names = [(CHARGER_PATH, charge_point, charge_point)]
        names += [(ADDRESS, f"{p.name}@{HOST}", f"{charge_point}/{p.number}") for p in plugs]
        await _register(directory, tenant, names)


async def _register(
    directory: Directory, tenant: str, names: Sequence[tuple[str, str, str]]
) -> None:
    for kind, name, ref in names:
        await directory.reserve(kind, name, tenant, ref)
        await directory.confirm(kind, name, tenant, ref)


def _location() -> Location:
    return Location(
        "loc1",
        "Home",
        "Lindenstr. 1",
        "Berlin",
        "10969",
        "DE",
        Decimal("52.5"),
        Decimal("13.4"),
        "Europe/Berlin",
        "EUR",
    )
