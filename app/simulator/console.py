"""A person at a simulated charger: commands typed in, one readable line for each event."""

from collections.abc import Callable
from typing import Any

from app.simulator.charger import SimulatedCharger
from app.simulator.journal import EVENT, SENT, LogEntry

HELP = """\
plug [connector]            a car arrives            unplug [connector]   it leaves
stop [connector]            press stop               swipe TAG            hold a card to the reader
fault [connector] [code]    something breaks         clear [connector]    it works again
offline                     lose the network         online               find it again
power-loss                  lose power (then online) reset                boot anew
pause / resume [connector]  the car wants no energy / wants it again
power WATTS                 what the charger gives
refuse / accept             refuse remote starts / accept them
status                      what is going on         quit                 leave"""


class UnknownCommand(Exception):
    """Nothing this console knows."""


def describe(entry: LogEntry) -> str:
    """A message or event as a line to read."""
    if entry.direction == EVENT:
        return f"· {entry.payload['text']}"
    arrow = "→" if entry.direction == SENT else "←"
    details = " ".join(f"{key}={_short(value)}" for key, value in entry.payload.items())
    return f"{arrow} {entry.action} {details}".rstrip()


def describe_charger(charger: SimulatedCharger) -> str:
    """One line for the charger and one for each connector."""
    online = "online" if charger.registered else "offline"
    lines = [f"{charger.identity}: {online}, {charger.waiting} messages waiting"]
    for number, connector in charger.station.connectors.items():
        battery, transaction = connector.battery, connector.transaction
        car = f"car at {battery.soc_percent} %" if battery else "no car"
        running = f", transaction {transaction.id}" if transaction else ""
        register_wh = charger.register_of(number)
        lines.append(
            f"  connector {number}: {charger.status_of(number)}, {car}, {register_wh} Wh{running}"
        )
    return "\n".join(lines)


def obey(charger: SimulatedCharger, line: str) -> str:
    """Do what a line says; returns what to show. Raises ``UnknownCommand``."""
    name, *words = line.split() or [""]
    if name in ("", "status"):
        return describe_charger(charger) if name else ""
    if name == "help":
        return HELP
    if name in _SIMPLE:
        _SIMPLE[name](charger)
    elif name in _AT_CONNECTOR:
        connector = _connector(charger, words)
        _AT_CONNECTOR[name](charger, connector)
    elif name == "fault":
        connector = _connector(charger, words)
        charger.fault(connector, next((word for word in words if not word.isdigit()), "OtherError"))
    elif name == "swipe" and words:
        charger.swipe(words[0])
    elif name == "power" and words and words[0].isdigit():
        charger.set_power(int(words[0]))
    else:
        raise UnknownCommand(f"{line!r} is no command; try help")
    return ""


def _connector(charger: SimulatedCharger, words: list[str]) -> int:
    number = next((int(word) for word in words if word.isdigit()), 1)
    if number not in charger.station.connectors:
        raise UnknownCommand(f"there is no connector {number}")
    return number


def _short(value: Any) -> str:
    if isinstance(value, list) and value and "sampledValue" in value[0]:
        values = value[0]["sampledValue"]
        return ", ".join(f"{item['value']} {item.get('unit', '')}".strip() for item in values)
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_SIMPLE: dict[str, Callable[[SimulatedCharger], None]] = {
    "offline": SimulatedCharger.go_offline,
    "online": SimulatedCharger.come_back,
    "power-loss": SimulatedCharger.power_loss,
    "reset": lambda charger: charger.reset(hard=True),
    "refuse": lambda charger: charger.refuse_starts(True),
    "accept": lambda charger: charger.refuse_starts(False),
}
_AT_CONNECTOR: dict[str, Callable[[SimulatedCharger, int], None]] = {
    "plug": SimulatedCharger.plug_in,
    "unplug": SimulatedCharger.unplug,
    "stop": SimulatedCharger.press_stop,
    "clear": SimulatedCharger.clear_fault,
    "pause": SimulatedCharger.car_pauses,
    "resume": SimulatedCharger.car_resumes,
}
