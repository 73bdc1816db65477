"""What lets charge points in, and what follows from what they have answered."""

from dataclasses import dataclass

from app.bootstrap import room_settings as room
from app.bootstrap.adapters import ConfigurationAlerts, LimitAlerts
from app.bootstrap.charger_security import ChargerSecurity, charger_security
from app.bootstrap.common import Common
from app.charge_points.configuration import ConfigurationBook
from app.charge_points.passthrough import Passthrough
from app.charge_points.reserving import Reserving
from app.operations import Reserve, SendSignedCertificate, SetChargingProfile, SetPassword
from app.records import rows
from app.records.reservations import Reservations


@dataclass(frozen=True, slots=True)
class Chargers:
    """The parts."""

    security: ChargerSecurity
    reserving: Reserving


def charger_parts(common: Common) -> Chargers:
    """The parts; ``common.commands`` tells them from now on what charge points answered."""
    base, commands = common.base, common.commands
    security = charger_security(common)
    reserving = Reserving(Reservations(base.tables), commands, base.clock, base.chance)
    known = rows.charge_points(base.tables)
    drifted = ConfigurationAlerts(common.alerts, known)
    book = ConfigurationBook(common.live, room.charge_point_settings(base.settings), drifted)
    commands.followers.update(book.followers)
    commands.followers[SetPassword] = common.passwords.answered
    commands.followers[SendSignedCertificate] = security.certificates.answered
    commands.followers[Reserve] = reserving.answered
    commands.followers[SetChargingProfile] = LimitAlerts(common.alerts, known).answered
    return Chargers(security, reserving)


def passthrough(common: Common) -> Passthrough:
    """The owners' own backends."""
    base = common.base
    policy = room.upstream_policy(base.settings)
    settings = room.charge_point_settings(base.settings)
    return Passthrough(
        base.tables, common.live, base.bus, base.envelope, base.clock, policy, settings
    )
