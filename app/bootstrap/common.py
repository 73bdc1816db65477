"""What every surface needs to save a session's change, and to tell of it, over a foundation."""

from dataclasses import dataclass

import msgspec

from app.bookkeeping.sealing import Sealing
from app.bootstrap import room_settings as room
from app.bootstrap.counting import CountedNotices
from app.bootstrap.foundation import Foundation
from app.charge_points.commands import Ringing
from app.charge_points.live import Live, View
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.passwords import Passwords
from app.charge_points.standing import Sight
from app.charge_points.unseen_ends import UnseenEnds
from app.charging import effects as ef
from app.charging.session import Session
from app.checkout.session_views import SessionViews
from app.flow import Flow, FlowSettings
from app.notifications.alerts import OwnerAlerts
from app.notifications.background import BackgroundMailer
from app.notifications.mail import Mailer
from app.notifications.outbox import OutboxMailer
from app.notifications.smtp import SmtpMailer
from app.records.commands import GivenCommands
from app.records.directory import Directory
from app.records.live import LiveChargers
from app.records.seals import Seals
from app.records.sessions import Sessions
from app.tokens import Signer


@dataclass(frozen=True, slots=True)
class Common:
    """What every surface needs."""

    base: Foundation
    flow: Flow
    """Performs what is done at once, by whoever decided it; the rest waits in the queue, and
    surfaces that perform it add their performers."""
    views: SessionViews
    notices: Live
    signer: Signer
    directory: Directory
    live: LiveChargers
    commands: OwnerCommands
    """Its ``followers`` are added by ``charger_answers`` where answers are told, or given up."""
    passwords: Passwords
    ringing: Ringing
    mailer: Mailer
    alerts: OwnerAlerts


def common_parts(base: Foundation) -> Common:
    """The parts, over a foundation."""
    settings, tables, clock, chance = base.settings, base.tables, base.clock, base.chance
    sessions = Sessions(tables, settings.due_shards)
    signer, live = Signer(base.server_key, base.older_server_keys), LiveChargers(tables, clock)
    views = SessionViews(tables, live, clock)
    notices = Live(tables, sessions, live, base.bus, clock, signer, _as_told(views))
    counted = CountedNotices(base.numbers, notices)
    flow = Flow(tables, sessions, clock, chance, base.queue, counted, _times(base))
    flow.tracer, flow.numbers = base.tracer, base.numbers
    commands = OwnerCommands(GivenCommands(tables), live, flow, clock, chance)
    passwords = Passwords(tables, base.envelope, commands, clock, chance)
    charger_times = room.charge_point_settings(settings)
    ringing = Ringing(live, base.bus, clock, charger_times, commands, passwords.reveal)
    ends = UnseenEnds(live, sessions, clock, charger_times, ringing.stop)
    flow.look, flow.bring = Sight(live).look, base.bring
    flow.performers = {
        ef.StartCharging: ringing.start,
        ef.StopCharging: ends.stop,
        ef.CarryOut: ringing.carry_out,
        ef.SealSession: Sealing(Seals(tables), clock).seal,
    }
    mailer = _mailer(base)
    return Common(
        base=base,
        flow=flow,
        views=views,
        notices=notices,
        signer=signer,
        directory=Directory(tables, clock),
        live=live,
        commands=commands,
        passwords=passwords,
        ringing=ringing,
        mailer=mailer,
        alerts=OwnerAlerts(tables, clock, mailer, settings.base_url),
    )


def _as_told(views: SessionViews) -> View:
    async def view(tenant: str, session: Session, version: int) -> dict[str, object]:
        seen: dict[str, object] = msgspec.to_builtins(await views.of(tenant, session, version))
        return seen

    return view


def _times(base: Foundation) -> FlowSettings:
    settings = base.settings
    return FlowSettings(
        lease_s=settings.lease_s,
        perform_timeout_s=settings.perform_timeout_s,
        at_once_grace_s=settings.redeliver_s,
    )


def _mailer(base: Foundation) -> Mailer:
    if not base.settings.smtp_host:
        return OutboxMailer(base.tables, base.clock, base.chance)
    return BackgroundMailer(SmtpMailer(room.smtp_settings(base.settings), base.clock), base.clock)
