"""Which program calls: the API key in the Authorization header."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from app.charging.errors import NotSignedIn
from app.portal.forms import AnyRequest
from app.portal.people import Services
from app.records.views import ApiActor
from app.telemetry.context import note

Caller: TypeAlias = NamedDependency[SkipValidation[ApiActor]]


async def caller(request: AnyRequest, services: Services) -> ApiActor:
    """Whose key it is; raises ``NotSignedIn``, or ``NotAllowed`` for a suspended account."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotSignedIn("give an API key: Authorization: Bearer strom_…")
    actor = await services.api_keys.check(key.strip())
    note(tenant=actor.tenant.id)
    return actor
