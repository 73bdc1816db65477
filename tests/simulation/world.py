"""A run's world: processes, models and people, made from a scenario."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import httpx

from app.bootstrap.composition import Strom
from app.charge_points.routes import Internal
from app.charging.ports import Operation, WalletCapabilities
from app.checkout.service import Checkout
from app.settings import Settings
from app.storage.memory import MemoryTables
from tests.simulation import address_servers, setup
from tests.simulation.app_process import AppProcess
from tests.simulation.bus import Post, ProcessBus, ProcessQueue
from tests.simulation.charger import ModelCharger
from tests.simulation.checks import Checks, Violation
from tests.simulation.drivers import Driver
from tests.simulation.edge_process import EdgeProcess
from tests.simulation.faults import Trouble
from tests.simulation.lightning import Lightning
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.owners import Owner
from tests.simulation.process import Lost, Process, SkewedClock
from tests.simulation.scenario import OwnerWallet, Scenario
from tests.simulation.tables import ProcessTables
from tests.simulation.town import StrangerWon, Town
from tests.simulation.wallet import WalletService
from tests.simulation.wire import Offline, Wire

T = TypeVar("T")


class World:
    """Everything there is in one run. ``wrongs`` is what must not have happened."""

    def __init__(
        self, loop: VirtualLoop, scenario: Scenario, settings: Settings, without: frozenset[str]
    ) -> None:
        self.loop = loop
        self.scenario = scenario
        self.settings = settings
        self.seed = str(scenario.seed)
        self.trace: list[str] = []
        self.wrongs: list[str] = []
        self.went_wrong = asyncio.Event()
        self.clock = SkewedClock(loop)
        self.trouble = Trouble(scenario.rates, without=without)
        self.tables = MemoryTables()
        self.checks = Checks()
        self.post = Post()
        self.network = Network(self._dice("network"), self.trouble)
        self.lightning = Lightning(loop, self._dice("lightning"))
        self.services = dict(self._services())
        """By the name of the account, which for an owner's first wallet is the tenant's."""
        self._births = 0
        self.apps: list[AppProcess] = []
        self.edges: list[EdgeProcess] = []
        self.drivers: dict[str, Driver] = {}
        self.people = self.process("people")
        names = [setup.address(n) for n in range(len(scenario.places))]
        self.town = Town(self.lightning, [], names)
        self.owners = {
            setup.tenant_id(n): self._owner(setup.tenant_id(n)) for n in range(len(scenario.owners))
        }

    # --- processes -----------------------------------------------------------------------------

    def process(self, name: str, *, skew_s: float = 0.0) -> Process:
        """A new process."""
        return Process(name, self.loop, self.seed, self.defect, skew_s=skew_s)

    def start_app(self, which: int) -> None:
        """An app process in this place; the table is all that it knows of those before it."""
        process = self._born(f"app{which}", which)
        tables = ProcessTables(process, self.tables, self.trouble, self.committed)
        bus = ProcessBus(process, self.post, self.trouble)
        queue = ProcessQueue(process, self.trouble)
        app = AppProcess(process, self.settings, tables, bus, queue, self._internet(process))
        self.apps[which : which + 1] = [app]

    def start_edge(self, which: int) -> None:
        """An edge process in this place."""
        process = self._born(f"edge{which}", which + 4)
        bus = ProcessBus(process, self.post, self.trouble)
        edge = EdgeProcess(process, self.settings, self.ask_internal, bus)
        self.edges[which : which + 1] = [edge]

    def start_charger(self, number: int) -> None:
        """A charge point is put on the wall."""
        place = self.scenario.places[number]
        process = self.process(f"charger{number}")
        charger = ModelCharger(
            process,
            setup.charge_point_id(number),
            place.quirks,
            place.plugs,
            lambda: Wire(self.loop, process.dice, self.trouble),
            self.dial,
            self.note,
        )
        self.town.chargers.append(charger)

    def driver(self, name: str) -> Driver:
        """Somebody new."""
        process = self.process(name)
        driver = Driver(name, process, self.town, self.ask_strom, self.note)
        self.drivers[name] = driver
        return driver

    def wallets(self, tenant: str) -> dict[str, WalletService]:
        """Those of one owner."""
        names = (tenant, setup.later_wallet(tenant))
        return {name: self.services[name] for name in names}

    # --- the ways between them -------------------------------------------------------------------

    async def dial(self, wire: Wire, path: str) -> None:
        """A charge point connects to whichever edge the load balancer has."""
        alive = [edge for edge in self.edges if edge.process.alive]
        if not alive:
            raise Offline("no edge is there")
        edge = wire.dice.choice(alive)
        await edge.dial(wire, f"/ocpp/{path}", setup.PASSWORD)

    async def ask_internal(self, work: Callable[[Internal], Awaitable[T]], timeout_s: float) -> T:
        """An edge asks an app."""
        app = self._some_app()
        return await self.network.ask(
            app.process, lambda: work(app.strom.internal), timeout_s=timeout_s
        )

    async def ask_checkout(self, work: Callable[[Checkout], Awaitable[T]], timeout_s: float) -> T:
        """A wallet or a browser asks an app."""
        return await self.ask_strom(lambda strom: work(strom.checkout), timeout_s)

    async def ask_strom(self, work: Callable[[Strom], Awaitable[T]], timeout_s: float) -> T:
        """Somebody asks an app for whatever it can do."""
        app = self._some_app()
        return await self.network.ask(app.process, lambda: work(app.strom), timeout_s=timeout_s)

    def edge_of(self, charger: ModelCharger) -> int | None:
        """Which edge has this charge point on a wire."""
        end = None if charger.wire is None else charger.wire.edge_end
        for which, edge in enumerate(self.edges):
            if edge.process.alive and end in edge.server.connections:
                return which
        return None

    # --- what is heard ---------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """One line of the trace."""
        self.trace.append(f"{self.loop.time():10.3f} {text}")

    def committed(self, who: str, operations: Sequence[Operation]) -> None:
        """The table has changed."""
        self.note(f"{who} writes {_named(operations)}")
        try:
            self.checks.written(operations)
        except Violation as violation:
            self.wrong(str(violation))
        if not self.lightning.adds_up:
            self.wrong("money was made or lost in the model itself")

    def defect(self, who: str, error: BaseException) -> None:
        """A task ended with what nobody expected."""
        if isinstance(error, StrangerWon | Violation):
            self.wrong(str(error))
        elif isinstance(error, Exception):
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.wrong(f"{who}: {type(error).__name__}: {error} ({where.name}:{where.lineno})")

    def wrong(self, text: str) -> None:
        """Something that must not be."""
        self.note(f"WRONG {text}")
        self.wrongs.append(text)
        self.went_wrong.set()

    # --- inside ----------------------------------------------------------------------------------

    def _owner(self, tenant: str) -> Owner:
        process = self.process(f"owner of {tenant}")
        wallets = self.wallets(tenant)
        return Owner(tenant, process, self.town, wallets, self.ask_strom, self.note)

    def _internet(self, process: Process) -> httpx.AsyncClient:
        return address_servers.client(process, self.town, self.trouble)

    def _some_app(self) -> AppProcess:
        alive = [app for app in self.apps if app.process.alive]
        if not alive:
            raise Lost("no app is there")
        return alive[self._balancing.randrange(len(alive))]

    @property
    def _balancing(self) -> random.Random:
        return self.network._dice

    def _born(self, name: str, skew: int) -> Process:
        self._births += 1
        self.note(f"{name} starts")
        return self.process(f"{name}.{self._births}", skew_s=self.scenario.skews_s[skew])

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{name}")

    def _services(self) -> Iterator[tuple[str, WalletService]]:
        for number, wallet in enumerate(self.scenario.owners):
            yield self._service(setup.tenant_id(number), f"wallet{number}", wallet)
        for number, wallet in enumerate(self.scenario.later_wallets):
            name = setup.later_wallet(setup.tenant_id(number))
            yield self._service(name, f"later{number}", wallet)

    def _service(self, name: str, seed: str, wallet: OwnerWallet) -> tuple[str, WalletService]:
        self.lightning.open_account(name, wallet.sats * 1000)
        can = WalletCapabilities(
            can_pay=True,
            hold_invoices=wallet.hold_invoices,
            smallest_unit_msat=wallet.unit_msat,
            resend_is_harmless=wallet.resend_is_harmless,
            secret_preimage=True,
        )
        return name, WalletService(
            name, self.lightning, self.trouble, self.loop, self._dice(seed), can, self._ring
        )

    def _ring(self, url: str) -> None:
        """A wallet calls a webhook."""
        token = url.rsplit("/", 1)[1]

        async def call() -> None:
            try:
                await self.ask_checkout(lambda checkout: checkout.webhook(token), 30.0)
            except Lost:
                return

        self.people.spawn(call())


def _named(operations: Sequence[Operation]) -> str:
    return ", ".join(_short(o) for o in operations)


def _short(operation: Any) -> str:
    kind = type(operation).__name__[0].lower()
    pk = operation.key.pk.split("#", 2)[-1]
    return f"{kind} {pk} {operation.key.sk}"


async def until(moment_s: float) -> None:
    """Wait until a moment of the run."""
    left_s = moment_s - asyncio.get_running_loop().time()
    if left_s > 0:
        await asyncio.sleep(left_s)
