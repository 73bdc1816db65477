"""What the central system may ask in OCPP 1.6, one function per action, a file per profile."""

from app.simulator.v16.commands import core, firmware, lists, reservation, security, smart, trigger
from app.simulator.wire.command import Command

COMMANDS: dict[str, Command] = {
    **core.COMMANDS,
    **firmware.COMMANDS,
    **lists.COMMANDS,
    **reservation.COMMANDS,
    **security.COMMANDS,
    **smart.COMMANDS,
    **trigger.COMMANDS,
}
