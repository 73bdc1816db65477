"""Records and views to what the API gives."""

from dataclasses import asdict

import msgspec

from app.portal.api import schemas
from app.portal.owner.charger_pages import websocket_url
from app.portal.services import PortalServices
from app.records.charge_points import ChargePoint
from app.records.views import ChargerView, CommandView, SessionDetail, SessionView, WalletProbe
from app.records.wallets import WalletConnection


def charge_point_out(
    services: PortalServices, charger: ChargePoint, view: ChargerView
) -> schemas.ChargePointOut:
    """A charge point with each plug's status."""
    host, now = services.settings.host, {each.number: each for each in view.connectors}
    plugs = []
    for plug in charger.connectors:
        seen = now.get(plug.number)
        plugs.append(
            schemas.ConnectorOut(
                number=plug.number,
                address=f"{plug.name}@{host}",
                printed_link=services.printed_link(plug.name),
                max_power_w=plug.max_power_w,
                tariff_id=plug.tariff_id,
                status=seen.status if seen else "",
                error=seen.error if seen else "",
                session_id=seen.session_id if seen else "",
            )
        )
    return schemas.ChargePointOut(
        id=charger.id,
        label=charger.label,
        address=f"{charger.name}@{host}",
        location_id=charger.location_id,
        tariff_id=charger.tariff_id,
        websocket_url=websocket_url(services, charger),
        connectors=plugs,
        created_at=charger.created_at,
        free_vend=charger.free_vend,
        local_list=charger.local_list,
    )


def status_out(
    services: PortalServices, charger: ChargePoint, view: ChargerView
) -> schemas.ChargePointStatusOut:
    """A charge point with what it was last seen doing."""
    return schemas.ChargePointStatusOut(
        charge_point=charge_point_out(services, charger, view),
        online=view.online,
        protocol=view.protocol,
        vendor=view.vendor,
        model=view.model,
        serial=view.serial,
        firmware=view.firmware,
        seen_at=view.seen_at,
        configured=dict(view.configured),
    )


def wallet_out(wallet: WalletConnection) -> schemas.WalletOut:
    """A wallet without its credentials."""
    return schemas.WalletOut(
        id=wallet.id,
        kind=wallet.kind,
        label=wallet.label,
        status=wallet.status,
        can_pay=wallet.can_pay,
        spendable_msat=wallet.last_spendable_msat,
        problem=wallet.last_problem,
        checked_at=wallet.last_checked_at,
        created_at=wallet.created_at,
    )


def probe_out(probe: WalletProbe) -> schemas.WalletProbeOut:
    """What trying a wallet showed."""
    return schemas.WalletProbeOut(
        is_usable=not probe.problems,
        problems=list(probe.problems),
        warnings=list(probe.warnings),
        spendable_msat=probe.spendable_msat,
    )


def session_out(session: SessionView) -> schemas.SessionOut:
    """A charge."""
    return msgspec.convert(asdict(session), schemas.SessionOut)


def session_detail_out(detail: SessionDetail) -> schemas.SessionDetailOut:
    """A charge with every movement of money."""
    return msgspec.convert(asdict(detail), schemas.SessionDetailOut)


def command_out(view: CommandView) -> schemas.CommandOut:
    """A command and what came of it so far."""
    return schemas.CommandOut(
        view.id, view.kind, view.connector, view.state, view.detail, view.at, view.session_id
    )
