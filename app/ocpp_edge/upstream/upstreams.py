"""The links of one edge: begun with a charge point's connection, ended with it.

What a backend does not know yet waits here while the charge point is away; the transactions among
it are in the app's table too, for when this edge does not come back.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from typing import NamedTuple

from app.charging.ports import Chance, Clock
from app.edge_messages import Connected, Upstream
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.upstream.backlog import Backlog, Room
from app.ocpp_edge.upstream.door import Door
from app.ocpp_edge.upstream.link import Link
from app.ocpp_edge.upstream.passthrough import Passthrough
from app.ocpp_edge.upstream.ports import App, Charged, Kept
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.speech import speech_of
from app.ocpp_edge.upstream.told import ToldTransactions
from app.ocpp_edge.upstream.transactions import Ground
from app.ocpp_edge.upstream.wishes import Wishes
from app.ocpp_edge.validation import Schemas, schema_folder

log = logging.getLogger(__name__)

Key = tuple[str, str]


class Links(NamedTuple):
    """The links of an edge at a moment. ``lost``: messages that were let go so far."""

    up: int = 0
    down: int = 0
    waiting: int = 0
    """Messages for backends, also of charge points that are away."""
    waiting_bytes: int = 0
    lost: int = 0


class Upstreams:
    """Makes a `Passthrough` for each charge point that has an upstream."""

    def __init__(
        self,
        alarms: Alarms,
        clock: Clock,
        chance: Chance,
        settings: UpstreamSettings,
    ) -> None:
        self._alarms = alarms
        self._clock = clock
        self._chance = chance
        self._settings = settings
        self._room = Room(settings.max_all_queued_bytes)
        self._door: Door | None = None
        self._schemas: dict[str, Schemas] = {}
        self._open: dict[Key, tuple[Passthrough, Kept, asyncio.Task[None]]] = {}
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._ending: set[asyncio.Task[None]] = set()

    def counted(self) -> Links:
        """How the links do, all together."""
        passed = [passthrough for passthrough, _, _ in self._open.values()]
        kept = (*(kept for _, kept, _ in self._open.values()), *self._kept.values())
        return Links(
            up=sum(each.is_up for each in passed),
            down=sum(not each.is_up for each in passed),
            waiting=sum(len(each.backlog) for each in kept),
            waiting_bytes=self._room.used_bytes,
            lost=self._room.lost,
        )

    def attach(
        self, grant: Connected, upstream: Upstream, protocol: str, charger: Charged, app: App
    ) -> Passthrough:
        """Begin to serve a charge point together with its backend."""
        key = (grant.tenant, grant.charge_point)
        if key in self._open:
            self.detach(key, self._open[key][0])  # an older connection of the same
        kept = self._kept.pop(key, None)
        if kept is None or (kept.url, kept.protocol) != (upstream.url, protocol):
            if kept is not None:
                kept.backlog.close()
            most = self._settings.max_queued, self._settings.max_queued_bytes
            backlog = Backlog(*most, self._room)
            kept = Kept(upstream.url, protocol, backlog, ToldTransactions(), {})
        speech = speech_of(protocol)
        schemas = self._schemas_in(speech.schemas)
        ground = Ground(
            upstream,
            kept,
            charger,
            app,
            self._alarms,
            self._clock,
            self._settings,
            schemas,
            is_up=lambda: link.is_open,
            put=lambda message: passthrough.put(message),
        )
        passthrough = Passthrough(ground, speech)
        terms = speech.terms(upstream, kept.told, kept.wanted)
        wishes = Wishes(upstream, charger, terms, app.ask, self._alarms, self._settings, schemas)
        link = Link(
            upstream,
            protocol,
            kept.backlog,
            self._the_door(),
            self._settings,
            self._clock,
            self._chance,
            passthrough,
            wishes.hear,
        )
        passthrough.speak(link, grant)
        task = asyncio.get_running_loop().create_task(link.run())
        self._open[key] = (passthrough, kept, task)
        return passthrough

    def detach(self, key: Key, passthrough: Passthrough) -> None:
        """The charge point's connection is gone; so is its link, but not what is owed."""
        found = self._open.get(key)
        passthrough.close()
        if found is None or found[0] is not passthrough:
            return
        _, kept, task = self._open.pop(key)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.cancel()
        self._kept[key] = kept
        while len(self._kept) > self._settings.max_kept:
            self._kept.popitem(last=False)[1].backlog.close()

    async def close(self) -> None:
        """End every link."""
        for key, (passthrough, _, _) in tuple(self._open.items()):
            self.detach(key, passthrough)
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _the_door(self) -> Door:
        if self._door is None:
            self._door = Door(self._settings)
        return self._door

    def _schemas_in(self, version: str) -> Schemas:
        if version not in self._schemas:
            self._schemas[version] = Schemas(schema_folder(version), Counter())
        return self._schemas[version]
