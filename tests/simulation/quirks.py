"""How charge points differ from the standard and from each other (all of it has been seen)."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Quirks:
    """One charge point's manners."""

    clock: str = "right"
    """``right``, ``off`` (by ``clock_off_s``), ``local`` (two hours, no offset), ``unset``."""
    clock_off_s: float = 0.0
    refuses: float = 0.0
    lock_fails: float = 0.0
    begins_late: float = 0.0
    late_s: float = 0.0
    silent: float = 0.0
    """Leaves a command unanswered, though it may well do it."""
    answers_late: float = 0.0
    ignores_stop: float = 0.0
    repeats: float = 0.0
    """Sends an answered transaction message again, with a new message id."""
    tag_ending: str = ""
    lower_case_tag: bool = False
    stops_with_zero: bool = False
    """Never learns its transaction id: says 0, or -1."""
    reads_without_id: bool = False
    in_kwh: bool = False
    boots_always: bool = False
    gives_up: bool = True
    """After so many attempts a transaction message is dropped, as configured."""
    forgets_stops: float = 0.0
    """Loses a StopTransaction before it is ever sent."""
    ignores_invalid: float = 0.0
    """Goes on with a transaction that was answered Invalid."""
    wrong_registers: float = 0.0
    """Shows a counter at its end, in readings and where a charge ends."""
    sample_s: float = 60.0

    def written(self, now: datetime, since_power_s: float | None) -> str:
        """A moment as this charge point writes it; ``since_power_s`` while it has no time."""
        if since_power_s is not None:
            unset = now.replace(year=1970) + timedelta(seconds=since_power_s)
            return unset.strftime("%Y-%m-%dT%H:%M:%SZ")
        match self.clock:
            case "off":
                now += timedelta(seconds=self.clock_off_s)
            case "local":
                return (now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
        return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def draw(dice: random.Random) -> Quirks:
    """A charge point off the shelf: some quirks, rarely many."""
    quirks = Quirks(sample_s=dice.choice((5.0, 15.0, 60.0)), gives_up=dice.random() < 0.5)
    if dice.random() < 0.35:
        quirks.clock = dice.choice(("off", "local", "unset"))
        quirks.clock_off_s = dice.choice((-4000.0, -200.0, -30.0, 20.0, 200.0, 4000.0))
    for name in ("refuses", "lock_fails", "begins_late", "silent", "answers_late", "ignores_stop"):
        if dice.random() < 0.3:
            setattr(quirks, name, dice.choice((0.1, 0.6)))
    quirks.late_s = dice.choice((15.0, 60.0, 170.0, 240.0, 900.0))
    if dice.random() < 0.3:
        quirks.repeats = dice.choice((0.1, 0.4))
    if dice.random() < 0.2:
        quirks.tag_ending = "00"
    quirks.lower_case_tag = dice.random() < 0.2
    quirks.stops_with_zero = dice.random() < 0.1
    quirks.reads_without_id = dice.random() < 0.15
    quirks.in_kwh = dice.random() < 0.2
    quirks.boots_always = dice.random() < 0.2
    return quirks
