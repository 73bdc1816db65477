"""One process of a fleet: does its share of the plan, and says how it goes over a pipe."""

import asyncio
import gc
import itertools
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from app.simulator.charger import SimulatedCharger
from app.simulator.core.battery import Battery
from app.simulator.fleet.fleet import Fleet
from app.simulator.fleet.plan import FleetPlan, FleetState
from app.simulator.fleet.times import Times
from app.simulator.settings import SimulatorSettings

TICK_S = 0.05
TELL_EVERY_S = 1.0
ENDLESS_WH = 10**9
"""A battery that is never full, so that a measurement can be as long as it likes."""

Order = Literal["measure", "storm", "stop"]


@dataclass(slots=True)
class Outcome:
    """What one process has to report in the end."""

    answers: Times = field(default_factory=Times)
    unanswered: int = 0
    readings: int = 0
    lost_messages: int = 0
    storm_s: list[float] = field(default_factory=list)
    charger_kib: float = 0.0
    cpu_s: float = 0.0


def work(plan: FleetPlan, pipe: Connection) -> None:
    """The whole life of a process; the pipe brings orders, and takes states and the outcome."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when it is over
    try:
        import uvloop
    except ImportError:  # not on Windows
        asyncio.run(_Worker(plan, pipe).run())
    else:
        uvloop.run(_Worker(plan, pipe).run())


class _Worker:
    def __init__(self, plan: FleetPlan, pipe: Connection) -> None:
        self._plan = plan
        self._pipe = pipe
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._outcome = Outcome()
        self._measuring = False
        self._readings_answered = 0
        self._fleet = Fleet(
            plan.url,
            plan.identity,
            plan.password,
            count=plan.count,
            first=plan.first,
            credentials=plan.credentials,
            connectors=plan.connectors,
            settings=_settings(plan),
            life=plan.life,
            start_within_s=plan.connect_within_s,
            seed=plan.seed,
            measured=self._measured,
            source=plan.sources[0] if plan.sources else "",
        )

    async def run(self) -> None:
        began_cpu_s, before_kib = time.process_time(), _resident_kib()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()
        self._fleet.start()
        helpers = [asyncio.create_task(self._say_how_it_goes())]
        while (order := await self._orders.get()) != "stop":
            if order == "measure":
                gc.collect()
                kib = _resident_kib() - before_kib
                self._outcome.charger_kib = kib / len(self._fleet.chargers)
                self._measuring = True
                self._begin_charging()
                helpers.append(asyncio.create_task(self._send_readings()))
            else:
                await self._storm()
        for helper in helpers:
            helper.cancel()
        await self._drain()
        self._outcome.cpu_s = time.process_time() - began_cpu_s
        self._pipe.send(self._outcome)
        await self._fleet.close()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        order: Order = "measure"
        while order != "stop":
            try:
                order = self._pipe.recv()
            except EOFError:  # nobody is there any more
                order = "stop"
            loop.call_soon_threadsafe(self._orders.put_nowait, order)

    def _measured(self, action: str, seconds: float) -> None:
        if seconds < 0:
            self._outcome.unanswered += 1
            return
        if self._measuring:
            self._outcome.answers.add(action, seconds)
        if action == "MeterValues":
            self._readings_answered += 1

    def _begin_charging(self) -> None:
        chosen = self._fleet.chargers[: round(self._plan.charging_share * self._plan.size)]
        for charger in chosen:
            for number in charger.station.connectors:
                charger.plug_in(number, Battery(capacity_wh=ENDLESS_WH))
                charger.swipe(self._plan.id_tag, number)

    async def _send_readings(self) -> None:
        rate = self._plan.meter_values_per_s
        if not rate:
            return
        loop, turn = asyncio.get_running_loop(), self._turns()
        began, sent = loop.time(), 0
        while True:
            await asyncio.sleep(TICK_S)
            due = int((loop.time() - began) * rate)
            for charger in itertools.islice(turn, max(0, due - sent)):
                self._send_reading(charger)
            sent = max(sent, due)

    def _turns(self) -> Iterator[SimulatedCharger]:
        """The chargers in turn, those that charge if any does."""
        chargers = self._fleet.chargers
        if self._plan.charging_share:
            chargers = chargers[: max(1, round(self._plan.charging_share * self._plan.size))]
        return itertools.cycle(chargers)

    def _send_reading(self, charger: SimulatedCharger) -> None:
        for connector in charger.station.connectors.values():
            if connector.transaction:
                charger.station.transactions.send_reading(connector, "Sample.Periodic")
                self._outcome.readings += self._plan.ocpp == "1.6"
            elif charger.registered and not self._plan.charging_share:
                charger.device.send_values(connector)
                self._outcome.readings += 1

    async def _storm(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._fleet.lose_the_line()
        away = self._fleet.chargers
        while away := [charger for charger in away if not charger.registered]:
            if loop.time() - began > self._plan.connect_timeout_s:
                break
            await asyncio.sleep(TICK_S)
        self._outcome.storm_s.append(loop.time() - began)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._plan.drain_s
        while self._waiting() or self._missing():
            await asyncio.sleep(TICK_S)
            if loop.time() > until:
                break
        self._outcome.lost_messages = self._waiting() + self._missing()

    def _waiting(self) -> int:
        return sum(charger.waiting for charger in self._fleet.chargers)

    def _missing(self) -> int:
        known = self._outcome.readings - self._readings_answered
        return max(0, known - self._waiting()) if self._plan.meter_values_per_s else 0

    async def _say_how_it_goes(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            fleet = self._fleet
            state = FleetState(
                chargers=len(fleet.chargers),
                online=fleet.registered,
                statuses=dict(fleet.statuses()),
                answered=self._outcome.answers.total.count,
                unanswered=self._outcome.unanswered,
            )
            self._pipe.send(state)


def _settings(plan: FleetPlan) -> SimulatorSettings:
    own = {"WebSocketPingInterval": "0", "HeartbeatInterval": str(plan.heartbeat_s)}
    if plan.meter_values_per_s:
        own["MeterValueSampleInterval"] = "0"
    return SimulatorSettings(
        ocpp=plan.ocpp,
        power_w=plan.power_w,
        speed=plan.speed,
        ca_file=plan.ca_file,
        configuration=own,
        misbehaves=plan.misbehaves,
        answer_timeout_s=plan.answer_timeout_s,
        first_reconnect_s=plan.storm_within_s,
        boots_on_reconnect=plan.boots_on_reconnect,
        open_timeout_s=plan.connect_timeout_s,
    )


def _resident_kib() -> float:
    """Memory of this process; 0 where /proc does not tell."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0.0
    return int(statm.read_text().split()[1]) * 4.0
