"""What edges call: charge points that connect, what they say, who watches a charge."""

from datetime import timedelta

from app.bootstrap import room_settings as room
from app.bootstrap.adapters import MeterAlerts
from app.bootstrap.charger_security import ChargerSecurity
from app.bootstrap.chargers import charger_parts, passthrough
from app.bootstrap.common import Common
from app.bootstrap.prices import Prices, prices_over
from app.charge_points.connecting import Connecting
from app.charge_points.messages import Messages
from app.charge_points.routes import Internal
from app.charge_points.signal_limits import SignalLimits
from app.records import rows


def internal_alone(common: Common) -> Internal:
    """The surface by itself."""
    return internal_parts(common, charger_parts(common).security, prices_over(common.base))


def internal_parts(common: Common, security: ChargerSecurity, prices: Prices) -> Internal:
    """The parts behind the routes."""
    base, live, flow = common.base, common.live, common.flow
    settings = room.charge_point_settings(base.settings)
    connecting = Connecting(
        security.doorkeeper,
        live,
        flow,
        base.bus,
        settings,
        common.ringing,
        security.knocking,
        passthrough(common),
    )
    limits = SignalLimits(
        base.tables,
        live,
        common.commands,
        prices.in_force,
        base.clock,
        timedelta(seconds=base.settings.signal_interval_s),
    )
    messages = Messages(
        live,
        flow,
        common.commands,
        base.clock,
        base.chance,
        settings,
        security.certificates,
        common.notices.watched,
        limits.follow,
        tell_doubt=MeterAlerts(common.alerts, rows.charge_points(base.tables)),
    )
    return Internal(
        connecting,
        messages,
        common.notices,
        live,
        security.authorities.roots_pem,
        tracer=base.tracer,
    )
