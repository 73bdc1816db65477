"""Who is signed in: the dependencies of handlers."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from app.charging.errors import NotAllowed, NotSignedIn
from app.portal.forms import AnyRequest
from app.portal.pages import Pages, know_actor
from app.portal.security import session_of
from app.portal.services import PortalServices
from app.records.views import Actor

_READS = frozenset({"GET", "HEAD"})

# Litestar would try to convert what a dependency gives; these are finished values.
Services: TypeAlias = NamedDependency[SkipValidation[PortalServices]]
PagesOf: TypeAlias = NamedDependency[SkipValidation[Pages]]
Me: TypeAlias = NamedDependency[SkipValidation[Actor]]
Visitor: TypeAlias = NamedDependency[SkipValidation[Actor | None]]


async def visitor(request: AnyRequest, services: Services) -> Actor | None:
    """Whoever is signed in, or None."""
    session = session_of(request)
    if session is None or not session.is_signed_in:
        return None
    data = session.data
    actor = await services.accounts.actor(data.tenant, data.user, data.version)
    if actor is None:
        session.sign_out()
        return None
    know_actor(request, actor)
    return actor


async def person(visitor: Visitor) -> Actor:
    """Whoever is signed in; raises ``NotSignedIn``."""
    if visitor is None:
        raise NotSignedIn("please sign in")
    return visitor


async def owner(request: AnyRequest, person: Me) -> Actor:
    """An owner who is signed in; one whose tenant is suspended only looks."""
    if person.user.role != "owner":
        raise NotAllowed("this page is for owners of charge points")
    if person.tenant.status == "suspended" and request.method not in _READS:
        raise NotAllowed("this account is suspended; please ask the provider")
    return person


async def provider(person: Me) -> Actor:
    """One of the provider's people who is signed in."""
    if person.user.role != "provider":
        raise NotAllowed("this page is for the provider")
    return person


def ip_of(request: AnyRequest) -> str:
    """Where a request comes from. The server in front tells, and only that one is believed."""
    return request.client.host if request.client else "unknown"
