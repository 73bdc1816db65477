"""What the charge points' handlers share: gathering what a page shows."""

import asyncio
from dataclasses import dataclass
from typing import Any

from app.portal.forms import AnyRequest
from app.portal.pages import PageResponse, Pages
from app.portal.services import PortalServices
from app.records.charge_points import ChargePoint
from app.records.views import Actor, IssuedCharger


@dataclass(frozen=True, slots=True)
class Sticker:
    """What is printed for one address; number 0 stands for the whole charge point."""

    number: int
    address: str
    link: str
    max_power_w: int


def stickers(services: PortalServices, charger: ChargePoint) -> list[Sticker]:
    """One per connector."""
    host = services.settings.host
    return [
        Sticker(
            plug.number, f"{plug.name}@{host}", services.printed_link(plug.name), plug.max_power_w
        )
        for plug in charger.connectors
    ]


def websocket_url(services: PortalServices, charger: ChargePoint) -> str:
    """What is entered in the charge point."""
    return f"{services.settings.charger_ws_base_url}/{charger.path}"


def certificate_url(services: PortalServices, charger: ChargePoint) -> str:
    """The same once it has a certificate, where that is elsewhere; else empty."""
    settings = services.settings
    base_url = settings.certificate_ws_base_url
    if base_url in ("", settings.charger_ws_base_url):
        return ""
    return f"{base_url}/{charger.path}"


async def choices(services: PortalServices, me: Actor) -> dict[str, Any]:
    """The places and prices a form offers, and the owner's usual price, if there is one."""
    locations, tariffs, owner = await asyncio.gather(
        services.locations.all(me.tenant.id),
        services.tariffs.all(me.tenant.id),
        services.owner_settings.get(me.tenant.id),
    )
    return {
        "locations": locations,
        "tariffs": [tariff for tariff in tariffs if tariff.state == "in_force"],
        "usual": _by_id(tariffs, owner.tariff_id),
    }


async def charger_page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    charger_id: str,
    template: str,
) -> PageResponse:
    """One charge point with its status, place, price and last commands."""
    tenant = me.tenant.id
    charger = await services.chargers.get(tenant, charger_id)
    view, commands, lists = await asyncio.gather(
        services.statuses.of(tenant, charger),
        services.commands.latest(tenant, charger),
        choices(services, me),
    )
    return pages.render(
        request,
        template,
        charger=charger,
        view=view,
        by_number={each.number: each for each in view.connectors},
        commands=commands,
        address=f"{charger.name}@{services.settings.host}",
        stickers=stickers(services, charger),
        websocket_url=websocket_url(services, charger),
        location=_by_id(lists["locations"], charger.location_id),
        tariff=_by_id(lists["tariffs"], charger.tariff_id) or lists["usual"],
        tariffs={tariff.id: tariff for tariff in lists["tariffs"]},
    )


def issued_page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    issued: IssuedCharger,
    *,
    status: int,
) -> PageResponse:
    """The page that shows a password once."""
    return pages.render(
        request,
        "owner/charger_issued.html",
        status=status,
        charger=issued.charge_point,
        password=issued.password,
        is_new=status == 201,
        websocket_url=websocket_url(services, issued.charge_point),
        ws_base_url=services.settings.charger_ws_base_url,
    )


def _by_id(records: object, record_id: str) -> object | None:
    assert isinstance(records, list)
    return next((record for record in records if record.id == record_id), None)
