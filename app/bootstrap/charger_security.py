"""How charge points show who they are: the parts behind the door, the authorities, the watch."""

from dataclasses import dataclass

from app.bootstrap.adapters import CertificateAlerts, CertificateCommands
from app.bootstrap.foundation import Foundation
from app.certificates.authorities import Authorities
from app.certificates.desk import CertificateDesk
from app.certificates.watch import CertificateWatch
from app.charge_points.access import ChargerAccess
from app.charge_points.doorkeeping import Doorkeeper
from app.charge_points.knocking import Knocking
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.passwords import Passwords
from app.notifications.alerts import OwnerAlerts
from app.operations import SendSignedCertificate, SetPassword
from app.records import rows
from app.records.certificates import ChargerCertificates
from app.records.directory import Directory
from app.records.live import LiveChargers


@dataclass(frozen=True, slots=True)
class ChargerSecurity:
    """What lets charge points in, and what they show to be let in."""

    doorkeeper: Doorkeeper
    authorities: Authorities
    certificates: CertificateDesk
    passwords: Passwords
    access: ChargerAccess
    knocking: Knocking
    watch: CertificateWatch


def charger_security(
    base: Foundation,
    directory: Directory,
    live: LiveChargers,
    commands: OwnerCommands,
    alerts: OwnerAlerts,
    host: str,
) -> ChargerSecurity:
    """Every part over the same foundation; ``commands`` tells them what charge points answered."""
    tables, clock = base.tables, base.clock
    kept = ChargerCertificates(tables)
    passwords = Passwords(tables, base.envelope, commands, clock, base.chance)
    commands.followers[SetPassword] = passwords.answered
    authorities = Authorities(tables, base.envelope, clock, host)
    telling = CertificateCommands(commands)
    desk = CertificateDesk(tables, authorities, kept, live, base.bus, telling, clock)
    commands.followers[SendSignedCertificate] = desk.answered
    return ChargerSecurity(
        doorkeeper=Doorkeeper(
            directory, rows.tenants(tables), rows.charge_points(tables), kept, passwords, clock
        ),
        authorities=authorities,
        certificates=desk,
        passwords=passwords,
        access=ChargerAccess(tables, live, passwords, clock),
        knocking=Knocking(tables, directory, live, clock),
        watch=CertificateWatch(tables, kept, telling, CertificateAlerts(alerts), clock),
    )
