"""A charge point of the model: lean, and with the manners of real ones."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from tests.simulation.charger_link import ChargerLink, NotAnswered, Payload
from tests.simulation.letters import Letter, Letters
from tests.simulation.plug import Car, Plug, Transaction
from tests.simulation.process import Process
from tests.simulation.quirks import Quirks
from tests.simulation.wire import Offline, Wire

HEARTBEAT_S = 300.0
PLUG_IN_WITHIN_S = 120.0
POWER_W = 22_000
WRONG_WH = (2**32 - 1, 2**31, 99_999_999)


class ModelCharger:
    """See the module. ``dial`` connects a wire to an edge, or raises ``Offline``."""

    def __init__(
        self,
        process: Process,
        name: str,
        quirks: Quirks,
        plugs: int,
        new_wire: Callable[[], Wire],
        dial: Callable[[Wire, str], Awaitable[None]],
        note: Callable[[str], None],
    ) -> None:
        self.process = process
        self.name = name
        self.quirks = quirks
        self.dice: random.Random = process.dice
        loop = process.loop
        self.plugs = {n: Plug(n, loop, POWER_W) for n in range(1, plugs + 1)}
        self.is_gone = False
        """The power or the network is away."""
        self.is_lost_for_ever = False
        self.stops_forgotten = 0
        self._new_wire, self._dial, self._note = new_wire, dial, note
        self._link: ChargerLink | None = None
        self._must_boot = True
        self._has_time = quirks.clock != "unset"
        self._letters = Letters(process.dice, quirks, name, note, self._started)
        process.spawn(self._live())
        process.spawn(self._letters.deliver())
        process.spawn(self._meter())

    @property
    def stops_never_told(self) -> int:
        """Ends of transactions of which nobody will ever hear."""
        return self._letters.stops_given_up + self.stops_forgotten

    @property
    def wire(self) -> Wire | None:
        """The wire it talks over."""
        return None if self._link is None else self._link.wire

    @property
    def is_stood_at(self) -> bool:
        """Whether a car stands there after its charge."""
        return any(plug.is_finished and plug.car is not None for plug in self.plugs.values())

    # --- people and troubles -------------------------------------------------------------------

    def plug_in(self, number: int, car: Car) -> bool:
        """A car comes; False when another stands there."""
        plug = self.plugs[number]
        if plug.car is not None:
            return False
        plug.meter()
        plug.car, plug.is_finished = car, False
        if plug.waits_for and self.process.loop.time() < plug.waits_until_s:
            self._begin(plug, plug.waits_for)
        self._status(plug)
        return True

    def swipe(self, number: int, car: Car, id_tag: str) -> bool:
        """Somebody charges with a card that the charge point takes; False when it is not free."""
        plug = self.plugs[number]
        if plug.waits_for or plug.is_faulted or not self.plug_in(number, car):
            return False
        if plug.transaction is None:
            self._begin(plug, id_tag)
        return True

    def unplug(self, number: int, owner: str) -> None:
        """The car leaves, if it is this one's."""
        plug = self.plugs[number]
        if plug.car is None or plug.car.owner != owner:
            return
        self._end(plug, "EVDisconnected")
        plug.meter()
        plug.car, plug.is_finished, plug.stands_for = None, False, ""
        self._status(plug)

    def lose_network(self, *, power: bool) -> None:
        """Away; with the power its transactions end as well."""
        if power:
            for plug in self.plugs.values():
                self._end(plug, "PowerLoss")
            self._must_boot = True
            self._has_time = self.quirks.clock != "unset"
        self.is_gone = True
        if self._link is not None:
            self._link.wire.cut()

    def go_dark(self) -> None:
        """Nothing gets through any more, and neither side knows."""
        if self._link is not None:
            self._link.wire.is_dark = True

    def come_back(self) -> None:
        """There again."""
        self.is_gone = False

    def fault(self, number: int, is_faulted: bool) -> None:
        """Something breaks, or works again."""
        plug = self.plugs[number]
        plug.meter()
        plug.is_faulted = is_faulted
        self._status(plug)

    def behave(self) -> None:
        """From now on it does as it should, if it is there at all."""
        quirks = self.quirks
        quirks.refuses = quirks.lock_fails = quirks.begins_late = quirks.silent = 0.0
        quirks.answers_late = quirks.ignores_stop = quirks.repeats = 0.0
        quirks.forgets_stops = quirks.ignores_invalid = 0.0
        for plug in self.plugs.values():
            self.fault(plug.number, False)
        self.is_gone = self.is_lost_for_ever
        if self._link is not None and self._link.wire.is_dark:
            self._link.wire.cut()

    # --- the connection ------------------------------------------------------------------------

    async def _live(self) -> None:
        while True:
            if not self.is_gone:
                with contextlib.suppress(Offline):
                    await self._connected()
            self._link = self._letters.link = None
            await asyncio.sleep(self.dice.uniform(1, 20))

    async def _connected(self) -> None:
        wire = self._new_wire()
        await self._dial(wire, self.name)
        link = ChargerLink(wire, self.dice, self._asked, self.process.spawn)
        talking = self.process.spawn(self._talk(link))
        try:
            await link.read()
        finally:
            talking.cancel()
            wire.cut()

    async def _talk(self, link: ChargerLink) -> None:
        unanswered = 0
        try:
            while self._must_boot or self.quirks.boots_always:
                boot = {"chargePointVendor": "Model", "chargePointModel": "M1"}
                try:
                    await link.ask("BootNotification", boot)
                except NotAnswered:
                    await asyncio.sleep(10)
                else:
                    break
            self._must_boot, self._has_time = False, True
            self._link = link
            self._letters.connected(link)
            for plug in self.plugs.values():
                self._status(plug, always=True)
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                try:
                    await link.ask("Heartbeat", {})
                    unanswered = 0
                except NotAnswered:
                    unanswered += 1
                    if unanswered == 2:
                        link.wire.cut()
        except Offline:
            return

    async def _tell(self, action: str, payload: Payload) -> None:
        """Something that may be lost."""
        if self._link is None:
            return
        try:
            await self._link.ask(action, payload)
        except (NotAnswered, Offline):
            return

    def _status(self, plug: Plug, *, always: bool = False, error: str = "") -> None:
        status = plug.status
        if status == plug.told and not always and not error:
            return
        plug.told = status
        code = error or ("GroundFailure" if plug.is_faulted else "NoError")
        said = {
            "connectorId": plug.number,
            "status": status,
            "errorCode": code,
            "timestamp": self._time(),
        }
        self.process.spawn(self._tell("StatusNotification", said))

    # --- transactions --------------------------------------------------------------------------

    def _begin(self, plug: Plug, id_tag: str) -> None:
        plug.meter()
        plug.waits_for = ""
        tag = (id_tag.lower() if self.quirks.lower_case_tag else id_tag) + self.quirks.tag_ending
        transaction = Transaction(id_tag, self._time(), plug.meter())
        plug.transaction, plug.stands_for = transaction, id_tag
        self._note(f"{self.name}/{plug.number} begins {id_tag.lower()}")
        start = {
            "connectorId": plug.number,
            "idTag": tag,
            "meterStart": transaction.meter_start_wh,
            "timestamp": transaction.started,
        }
        self._letters.post(Letter("StartTransaction", start, transaction))
        self._status(plug)

    def _end(self, plug: Plug, reason: str) -> None:
        transaction = plug.transaction
        if transaction is None:
            return
        meter_wh = plug.meter()
        transaction.is_over = True
        plug.transaction, plug.is_finished = None, plug.car is not None
        self._note(f"{self.name}/{plug.number} ends {transaction.id_tag.lower()}: {reason}")
        stop = {
            "meterStop": self._shown(meter_wh),
            "timestamp": self._time(),
            "idTag": transaction.id_tag + self.quirks.tag_ending,
            "reason": reason,
        }
        if self.dice.random() < self.quirks.forgets_stops:
            self.stops_forgotten += 1
        else:
            self._letters.post(Letter("StopTransaction", stop, transaction))
        self._status(plug)

    async def _meter(self) -> None:
        while True:
            await asyncio.sleep(self.quirks.sample_s)
            for plug in self.plugs.values():
                if plug.transaction is not None:
                    meter_wh = plug.meter()
                    values = self._values(self._shown(meter_wh))
                    letter = Letter("MeterValues", values, plug.transaction)
                    letter.payload["connectorId"] = plug.number
                    self._letters.post(letter)
                    self._status(plug)

    def _shown(self, meter_wh: int) -> int:
        """What the meter's register says."""
        wrong = self.quirks.wrong_registers
        if not wrong or self.dice.random() >= wrong:
            return meter_wh
        return self.dice.choice(WRONG_WH)

    def _values(self, meter_wh: int) -> Payload:
        sample = {"value": str(meter_wh), "unit": "Wh"}
        if self.quirks.in_kwh:
            sample = {"value": f"{meter_wh / 1000:.3f}", "unit": "kWh"}
        return {"meterValue": [{"timestamp": self._time(), "sampledValue": [sample]}]}

    def _started(self, transaction: Transaction, answer: Payload) -> None:
        transaction.id = answer["transactionId"]
        is_accepted = answer["idTagInfo"]["status"] == "Accepted"
        if is_accepted or self.dice.random() < self.quirks.ignores_invalid:
            return
        for plug in self.plugs.values():
            if plug.transaction is transaction:
                self._end(plug, "DeAuthorized")

    # --- what it is told to do -----------------------------------------------------------------

    async def _asked(self, action: str, payload: Payload) -> Payload | None:
        await asyncio.sleep(self.dice.uniform(0.01, 0.2))
        if action == "RemoteStartTransaction":
            answer = self._remote_start(payload)
        elif action == "RemoteStopTransaction":
            answer = self._remote_stop(payload)
        else:
            return {"status": "Accepted" if action == "ChangeConfiguration" else "Rejected"}
        if self.dice.random() < self.quirks.silent:
            return None
        if self.dice.random() < self.quirks.answers_late:
            await asyncio.sleep(self.dice.uniform(5, 70))
        return answer

    def _remote_start(self, payload: Payload) -> Payload:
        plug = self.plugs[payload["connectorId"]]
        busy = plug.transaction is not None or plug.is_faulted or plug.is_finished
        if busy or plug.waits_for or self.dice.random() < self.quirks.refuses:
            return {"status": "Rejected"}
        plug.waits_for = payload["idTag"]
        plug.waits_until_s = self.process.loop.time() + PLUG_IN_WITHIN_S
        self.process.spawn(self._start_soon(plug, payload["idTag"]))
        return {"status": "Accepted"}

    async def _start_soon(self, plug: Plug, id_tag: str) -> None:
        late = self.dice.random() < self.quirks.begins_late
        await asyncio.sleep(self.quirks.late_s if late else self.dice.uniform(0.1, 3))
        if plug.car is None:
            self._status(plug)
            await asyncio.sleep(max(0.0, plug.waits_until_s - self.process.loop.time()))
        if plug.waits_for != id_tag or plug.transaction is not None:
            return
        if plug.car is None or plug.is_faulted:
            plug.waits_for = ""
            self._status(plug)
        elif self.dice.random() < self.quirks.lock_fails:
            plug.waits_for = ""
            self._status(plug, error="ConnectorLockFailure")
        else:
            self._begin(plug, id_tag)

    def _remote_stop(self, payload: Payload) -> Payload:
        for plug in self.plugs.values():
            transaction = plug.transaction
            if transaction is not None and transaction.id == payload["transactionId"]:
                if self.dice.random() >= self.quirks.ignores_stop:
                    self._end(plug, "Remote")
                return {"status": "Accepted"}
        return {"status": "Rejected"}

    def _time(self) -> str:
        """The time as this charge point writes it."""
        now, passed_s = self.process.clock.now(), self.process.loop.time()
        return self.quirks.written(now, passed_s if not self._has_time else None)
