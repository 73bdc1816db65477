"""The charger's keys and values, under the names of OCPP 1.6, and what changing one does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.simulator.core.measurands import MEASURED


@dataclass(frozen=True, slots=True)
class Factory:
    """What a charger leaves the factory with; one for all chargers of a version."""

    values: Mapping[str, str]
    read_only: frozenset[str] = frozenset()
    write_only: frozenset[str] = frozenset()
    measurand_lists: frozenset[str] = frozenset()
    after_reboot: frozenset[str] = frozenset()
    """Keys whose new value holds after the next boot."""


class Configuration:
    """Keys and values, kept over resets and power losses as the standard asks."""

    def __init__(self, factory: Factory, overrides: Mapping[str, str]) -> None:
        self.factory = factory
        self._own = dict(overrides)

    def __getitem__(self, key: str) -> str:
        found = self._own.get(key)
        return self.factory.values[key] if found is None else found

    def __contains__(self, key: str) -> bool:
        return key in self._own or key in self.factory.values

    def __iter__(self) -> Iterator[str]:
        yield from self.factory.values
        yield from (key for key in self._own if key not in self.factory.values)

    def get(self, key: str, default: str = "") -> str:
        """The value of a key that not every version knows."""
        found = self._own.get(key)
        return self.factory.values.get(key, default) if found is None else found

    def number(self, key: str) -> int:
        """The value of a key that holds a whole number."""
        return int(self[key])

    def enabled(self, key: str) -> bool:
        """The value of a key that is a switch."""
        return self[key].strip().lower() == "true"

    def keep(self, key: str, value: str) -> None:
        """Set a value from inside, where the rules for outsiders do not hold."""
        self._own[key] = value

    def change(self, key: str, value: str) -> str:
        """Do what ChangeConfiguration asks; returns its status."""
        if key not in self:
            return "NotSupported"
        if key in self.factory.read_only or not self.fits(key, value):
            return "Rejected"
        self._own[key] = value
        return "RebootRequired" if key in self.factory.after_reboot else "Accepted"

    def fits(self, key: str, value: str) -> bool:
        """Whether the value is of the key's kind."""
        if key in self.factory.measurand_lists:
            return all(name.strip() in MEASURED for name in value.split(",") if name.strip())
        present = self.factory.values.get(key, "")
        if present.isdigit():
            return value.strip().isdigit()
        if present in ("true", "false"):
            return value.strip().lower() in ("true", "false")
        return True
