"""What a command is: a device and a payload that has passed its schema, to an answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.simulator.wire.messages import Payload, Reply

if TYPE_CHECKING:
    from app.simulator.device import Device

Command = Callable[["Device", Payload], Reply]
