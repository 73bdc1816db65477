"""The first page: what is left to do, what goes on, what needs the owner."""

import asyncio
from dataclasses import dataclass

from litestar import Controller, get

from app.portal.forms import AnyRequest
from app.portal.owner.sessions import time_zones
from app.portal.pages import PageResponse, go
from app.portal.people import PagesOf, Services, Visitor
from app.portal.services import PortalServices
from app.records.views import Actor, SessionPage


@dataclass(frozen=True, slots=True)
class Step:
    """A step from sign-up to the first paid charge."""

    title: str
    text: str
    path: str
    done: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What the dashboard shows."""

    steps: tuple[Step, ...]
    recent: SessionPage
    refunds_owed_msat: int
    spendable_msat: int | None
    online: int
    chargers: int
    zones: dict[str, str]

    @property
    def next_step(self) -> Step | None:
        """The first step not done."""
        return next((step for step in self.steps if not step.done), None)


class DashboardPages(Controller):
    """Home."""

    include_in_schema = False

    @get("/")
    async def home(
        self, request: AnyRequest, services: Services, pages: PagesOf, visitor: Visitor
    ) -> PageResponse:
        """For whom: a stranger, the provider, an owner."""
        if visitor is None:
            return pages.render(request, "welcome.html")
        if visitor.user.role == "provider":
            return go("/provider")
        overview = await look(services, visitor)
        alerts = await services.alerts.latest(visitor.tenant.id)
        return pages.render(
            request, "owner/dashboard.html", overview=overview, zones=overview.zones, alerts=alerts
        )


async def look(services: PortalServices, actor: Actor) -> Overview:
    """Gather what the dashboard shows, side by side."""
    tenant = actor.tenant.id
    wallets, locations, tariffs, chargers, recent, owed = await asyncio.gather(
        services.wallets.all(tenant),
        services.locations.all(tenant),
        services.tariffs.all(tenant),
        services.chargers.all(tenant),
        services.sessions.page(tenant, limit=5),
        services.sessions.refunds_owed_msat(tenant),
    )
    views = await asyncio.gather(*(services.statuses.of(tenant, each) for each in chargers))
    wallet = next((each for each in wallets if each.status == "active"), None)
    first = chargers[0].id if chargers else ""
    seen = any(view.seen_at is not None for view in views)
    steps = (
        Step(
            "Confirm your e-mail address",
            "Follow the link in the mail we sent you.",
            "",
            actor.user.confirmed,
        ),
        Step(
            "Connect your wallet",
            "Payments go straight to it, and refunds come from it.",
            "/wallets",
            wallet is not None,
        ),
        Step("Add a location", "Where drivers find you.", "/locations/new", bool(locations)),
        Step("Set a price", "Per kWh, in money or in sats.", "/tariffs/new", bool(tariffs)),
        Step(
            "Add your charger",
            "You get the address and the password to enter in it.",
            "/chargers/new",
            bool(chargers),
        ),
        Step(
            "See it online",
            "Enter address and password in the charger; it connects by itself.",
            f"/chargers/{first}" if first else "",
            seen,
        ),
        Step(
            "Print the QR code",
            "Put it on the charger: drivers scan it to pay.",
            f"/chargers/{first}/print" if first else "",
            bool(recent.sessions),
        ),
    )
    return Overview(
        steps=steps,
        recent=recent,
        refunds_owed_msat=owed,
        spendable_msat=wallet.last_spendable_msat if wallet else None,
        online=sum(view.online for view in views),
        chargers=len(chargers),
        zones=time_zones(chargers, locations),
    )
