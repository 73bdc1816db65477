"""What a person, a test or a script can do at the charger."""

from app.simulator.core.battery import Battery
from app.simulator.core.connector import Connector
from app.simulator.core.parts import Parts
from app.simulator.core.station import Station
from app.simulator.wire.uplink import Uplink


class Actions:
    """Plugs, buttons, faults and bad manners. Connectors are counted from 1."""

    station: Station
    _parts: Parts
    _uplink: Uplink

    def plug_in(self, connector: int = 1, battery: Battery | None = None) -> None:
        """A car arrives, with the battery of the settings or another."""
        self.station.plug_in(self._at(connector), battery)

    def unplug(self, connector: int = 1) -> None:
        """The car leaves."""
        self.station.unplug(self._at(connector))

    def press_stop(self, connector: int = 1) -> None:
        """Somebody presses stop on the charger."""
        self.station.press_stop(self._at(connector))

    def swipe(self, id_tag: str, connector: int = 1) -> None:
        """Somebody holds a card to the reader; charging begins if it is good and a car is there."""
        self._parts.tasks.spawn(self.station.starts.swipe(self._at(connector), id_tag))

    def car_pauses(self, connector: int = 1) -> None:
        """The car asks for no more energy for now."""
        self.station.car_pauses(self._at(connector), True)

    def car_resumes(self, connector: int = 1) -> None:
        """The car asks for energy again."""
        self.station.car_pauses(self._at(connector), False)

    # --- what can break ---

    def fault(self, connector: int = 1, error_code: str = "InternalError") -> None:
        """Something breaks at a connector."""
        self.station.fault(self._at(connector), error_code)

    def clear_fault(self, connector: int = 1) -> None:
        """It works again."""
        self.station.clear_fault(self._at(connector))

    def go_offline(self) -> None:
        """The network is gone, without a word; what happens is remembered for later."""
        self._parts.journal.note("network lost")
        self._uplink.drop(stay_away=True)

    def come_back(self) -> None:
        """The network, or the power, is there again."""
        self._uplink.come_back()

    def power_loss(self) -> None:
        """The power fails: transactions end, and the charger boots after ``come_back``."""
        self._parts.journal.note("power lost")
        self.station.end_all("PowerLoss")
        self._uplink.must_boot, self._uplink.boot_reason = True, "PowerUp"
        self._uplink.drop(stay_away=True)

    # --- how it can misbehave ---

    def refuse_starts(self, refuses: bool = True) -> None:
        """Answer every remote start with Rejected."""
        self._parts.behaviour.refuses_starts = refuses

    def never_answer(self, silent: bool = True) -> None:
        """Leave everything the central system asks unanswered, though the heart beats."""
        self._parts.behaviour.never_answers = silent

    def cable_does_not_lock(self, fails: bool = True) -> None:
        """Accept a start, then find that the cable cannot be locked: no transaction."""
        self._parts.behaviour.cable_does_not_lock = fails

    def lock_is_jammed(self, jammed: bool = True) -> None:
        """Fail to unlock."""
        self._parts.behaviour.lock_is_jammed = jammed

    def late_start(self, delay_s: float) -> None:
        """Accept starts, and begin only so much later."""
        self._parts.behaviour.start_delay_s = delay_s

    def keeps_running(self, times: int = 1) -> None:
        """Accept the next remote stops and do nothing."""
        self._parts.behaviour.ignored_stops = times

    # --- energy ---

    def set_power(self, power_w: int, connector: int = 1) -> None:
        """From now on the connector can give so much; 0 suspends."""
        self.station.set_power(self._at(connector), power_w)

    def deliver(self, energy_wh: int, connector: int = 1) -> None:
        """Let an exact amount flow at once and send the reading; with ``speed=0`` all there is."""
        place = self._at(connector)
        if place.battery and place.transaction:
            self.station.metering.catch_up(place)
            place.meter.deliver(energy_wh, place.battery)
            self.station.transactions.send_reading(place, "Sample.Periodic")
            self.station.refresh(place)

    def _at(self, connector: int) -> Connector:
        return self.station.connectors[connector]
