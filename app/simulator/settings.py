"""How one simulated charger is built, and how it misbehaves when it is told to."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """What does not change while the charger runs."""

    ocpp: str = "1.6"
    """The version it speaks: 1.6, 2.0.1, or 2.1 with the messages of 2.0.1."""

    power_w: int = 11_000
    phases: int = 3
    voltage_v: int = 230
    register_wh: int = 1_000
    """Where the energy register of every connector starts; a real one never starts at 0."""

    battery_wh: int = 60_000
    soc_percent: int = 20
    """The car that ``plug_in`` brings unless it is given another."""

    speed: float = 1.0
    """How much faster than the wall clock energy flows; sampling keeps up with it."""

    timer_speed: float = 1.0
    """How much faster the charger's own timers run: heartbeat, ConnectionTimeOut, retries."""

    least_sample_s: float = 0.2
    """However fast energy flows, readings are at least so far apart."""

    shows_nominal_power: bool = False
    """Report ``power_w`` although energy flows ``speed`` times faster.

    By default power and register agree, as a central system that predicts from power needs.
    """

    vendor: str = "Strom"
    model: str = "Simulator"
    serial: str = "SIM-1"
    firmware: str = "1.0"

    answer_timeout_s: float = 30.0
    open_timeout_s: float = 20.0
    first_reconnect_s: float = 1.0
    longest_reconnect_s: float = 60.0
    boot_retry_s: float = 10.0
    """When the answer to BootNotification is missing or names no interval."""

    reboot_s: float = 1.0
    boots_on_reconnect: bool = False
    """Some chargers boot after every lost connection; the standard asks only for changes."""

    restarts_when_finishing: bool = False
    """Whether a remote start is accepted before the car of the last one was unplugged."""

    misbehaves: frozenset[str] = frozenset()
    """Names of ``app.simulator.manners.catalogue``."""

    answer_delay_s: float = 60.0
    """How late a charger with ``slow-answers`` answers."""

    ca_file: str = ""
    """Who may have signed the central system's certificate; empty: the system's authorities."""

    certificate_file: str = ""
    key_file: str = ""
    """The charger's own certificate, for security profile 3."""

    firmware_step_s: float = 2.0
    """How long each step of a firmware update or an upload takes at least."""

    configuration: Mapping[str, str] = field(default_factory=dict)
    """Configuration keys that differ from the factory's."""

    log_length: int = 10_000
    """How many messages ``log`` remembers; 0 saves a fleet the memory and the time."""


@dataclass(slots=True)
class Behaviour:
    """Faults a test or a person switches on and off while the charger runs."""

    refuses_starts: bool = False
    never_answers: bool = False
    cable_does_not_lock: bool = False
    lock_is_jammed: bool = False
    start_delay_s: float = 0.0
    ignored_stops: int = 0
