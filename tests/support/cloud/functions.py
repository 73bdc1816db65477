"""Functions as Lambda runs them: instances in processes of their own, an event at a time each.

Instances are forked from one process that has imported Strom, before it has threads: to import it
nine times would take a busy machine a minute. A function's own module is imported when it starts.
"""

from __future__ import annotations

import json
import os
import queue
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TextIO

from tests.support.keeper import die_with

Event = dict[str, Any]
IMPORTED = ("app.entrypoints.http", "app.entrypoints.lambdas.web", "app.entrypoints.sweeping")


class FunctionError(Exception):
    """The function has failed: what Lambda calls ``Unhandled``."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A process that waits for events, a line each."""

    events: TextIO
    answers: TextIO

    def tell(self, line: str) -> None:
        self.events.write(line + "\n")
        self.events.flush()


@dataclass(slots=True)
class Function:
    """One surface."""

    surface: str
    _all: list[Instance] = field(default_factory=list)
    _free: queue.Queue[Instance] = field(default_factory=queue.Queue)

    def fork(self, instances: int, environment: Mapping[str, str], log: TextIO) -> None:
        """While this process has no threads; they do nothing so far."""
        for name in IMPORTED:
            import_module(name)
        self._all = [_forked(self.surface, environment, log) for _ in range(instances)]

    def start(self) -> None:
        """Have all instances start."""
        for instance in self._all:
            instance.tell("start")

    def wait(self) -> None:
        """Until all have started."""
        for instance in self._all:
            if instance.answers.readline() != "ready\n":
                raise RuntimeError(f"{self.surface} did not start")
            self._free.put(instance)

    def __call__(self, event: Event, patience_s: float = 30) -> Event:
        """What an instance answers; one that has died takes no more."""
        instance = self._free.get(timeout=patience_s)
        try:
            instance.tell(json.dumps(event))
            line = instance.answers.readline()
        except OSError as error:
            raise FunctionError(self.surface) from error
        if not line:
            raise FunctionError(self.surface)
        self._free.put(instance)
        answer: Event = json.loads(line)
        return answer


def _forked(surface: str, environment: Mapping[str, str], log: TextIO) -> Instance:
    to_read, events = os.pipe()
    answers, to_write = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        die_with(parent)
        os.environ.clear()
        os.environ.update(environment)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            _serve(surface, os.fdopen(to_read), os.fdopen(to_write, "w"))
        finally:
            os._exit(1)
    os.close(to_read)
    os.close(to_write)
    return Instance(os.fdopen(events, "w"), os.fdopen(answers))


def _serve(surface: str, events: TextIO, answers: TextIO) -> None:
    events.readline()
    handler = import_module(f"app.entrypoints.lambdas.{surface}").handler
    answers.write("ready\n")
    answers.flush()
    for line in events:
        answers.write(json.dumps(handler(json.loads(line), None)) + "\n")
        answers.flush()
