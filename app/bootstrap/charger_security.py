"""How charge points show who they are: the parts behind the door, the authorities, the watch."""

from dataclasses import dataclass

from app.bootstrap import room_settings as room
from app.bootstrap.adapters import CertificateAlerts, CertificateCommands
from app.bootstrap.common import Common
from app.certificates.authorities import Authorities
from app.certificates.desk import CertificateDesk
from app.certificates.watch import CertificateWatch
from app.charge_points.access import ChargerAccess
from app.charge_points.doorkeeping import Doorkeeper
from app.charge_points.knocking import Knocking
from app.records import rows
from app.records.certificates import ChargerCertificates


@dataclass(frozen=True, slots=True)
class ChargerSecurity:
    """What lets charge points in, and what they show to be let in."""

    doorkeeper: Doorkeeper
    authorities: Authorities
    certificates: CertificateDesk
    access: ChargerAccess
    knocking: Knocking
    watch: CertificateWatch


def charger_security(common: Common) -> ChargerSecurity:
    """Every part over the same foundation."""
    base, live, passwords = common.base, common.live, common.passwords
    tables, clock = base.tables, base.clock
    kept, telling = ChargerCertificates(tables), CertificateCommands(common.commands)
    host = room.checkout_settings(base.settings).host
    authorities = Authorities(tables, base.envelope, clock, host)
    return ChargerSecurity(
        doorkeeper=Doorkeeper(
            common.directory,
            rows.tenants(tables),
            rows.charge_points(tables),
            kept,
            passwords,
            clock,
        ),
        authorities=authorities,
        certificates=CertificateDesk(tables, authorities, kept, live, base.bus, telling, clock),
        access=ChargerAccess(tables, live, passwords, clock),
        knocking=Knocking(tables, common.directory, live, clock),
        watch=CertificateWatch(tables, kept, telling, CertificateAlerts(common.alerts), clock),
    )
