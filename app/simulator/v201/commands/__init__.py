"""What the central system may ask in OCPP 2.0.1, one function per action, a file per block."""

from app.simulator.v201.commands import (
    limits,
    lists,
    provisioning,
    remote,
    reservation,
    security,
    unsupported,
    upkeep,
)
from app.simulator.wire.command import Command

COMMANDS: dict[str, Command] = {
    **limits.COMMANDS,
    **lists.COMMANDS,
    **provisioning.COMMANDS,
    **remote.COMMANDS,
    **reservation.COMMANDS,
    **security.COMMANDS,
    **unsupported.COMMANDS,
    **upkeep.COMMANDS,
}
