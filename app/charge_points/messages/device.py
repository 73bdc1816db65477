"""What a charge point says of itself: which one it is, how it is configured."""

from collections.abc import Mapping

from app.charge_points.configuration import ConfigurationBook
from app.charge_points.messages.desk import Desk
from app.edge_messages import (
    SETTING_FAILED,
    SETTING_INTERRUPTED,
    Booted,
    ChargerMessage,
    ConfigurationReport,
    MessageResult,
    SigningRequest,
)
from app.records.charge_points import Connection


async def booted(desk: Desk, message: ChargerMessage, said: Booted) -> MessageResult:
    """Keep which device it is, and ask how it is configured."""
    result = await known(desk, message, said)
    if result.saved:
        book = ConfigurationBook(desk.live, desk.settings)
        await book.ask_after_boot(message.tenant, message.charge_point, said, desk.commands)
    return result


async def known(desk: Desk, message: ChargerMessage, said: Booted) -> MessageResult:
    """Keep which device it is."""
    device = Connection(
        vendor=said.vendor,
        model=said.model,
        serial=said.serial,
        firmware=said.firmware,
        booted_at=desk.clock.now(),
    )
    names = ("vendor", "model", "serial", "firmware", "booted_at")
    return await _change(desk, message, device, *names)


async def configured(
    desk: Desk, message: ChargerMessage, said: ConfigurationReport
) -> MessageResult:
    """Keep what became of the baseline; it is not sent again. What was interrupted is, once: one
    that restarts whenever it is told would never come to rest, so it is told no more."""
    connection = await desk.live.connection(message.tenant, message.charge_point)
    known, told = connection.configured, said.outcomes
    again = {key for key, outcome in told.items() if outcome == SETTING_INTERRUPTED} & known.keys()
    outcomes = known | {key: outcome for key, outcome in told.items() if key not in again}
    if any(known[key] == SETTING_INTERRUPTED for key in again):
        baseline = desk.settings.baseline_for(connection.protocol)
        left = {one.key for one in baseline if one.key not in outcomes} | again
        outcomes |= {key: SETTING_FAILED for key in left if _is_open(outcomes, key)}
    return await _change(desk, message, Connection(configured=outcomes), "configured")


def _is_open(outcomes: Mapping[str, str], key: str) -> bool:
    """Whether a setting of the baseline is still to be told."""
    return outcomes.get(key, SETTING_INTERRUPTED) == SETTING_INTERRUPTED


async def wants_certificate(
    desk: Desk, message: ChargerMessage, said: SigningRequest
) -> MessageResult:
    """Signed, kept and owed before it is answered; the certificate comes by a command."""
    is_signed = await desk.signing.requested(message.tenant, message.charge_point, said)
    return MessageResult(saved=True, accepted=is_signed)


async def _change(
    desk: Desk, message: ChargerMessage, changes: Connection, *names: str
) -> MessageResult:
    """Only the newest connection speaks for the device."""
    kept = await desk.live.change(
        message.tenant, message.charge_point, message.epoch, changes, *names
    )
    return MessageResult(saved=kept, fenced=not kept)
