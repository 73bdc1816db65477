"""Templates to answers. Owner's pages, provider's console and driver's pages all end here."""

import hashlib
from collections.abc import Awaitable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Response
from litestar.enums import MediaType
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER, HTTP_422_UNPROCESSABLE_ENTITY

from app.charging.errors import BadInput, Conflict, StromError
from app.portal.formats import FILTERS, duration, money
from app.portal.forms import AnyRequest, Form
from app.portal.qr import qr_svg
from app.portal.security import session_of
from app.portal.settings import PortalSettings
from app.records.views import Actor
from app.telemetry.context import note

HERE = Path(__file__).parent
STATIC = HERE / "static"
_ACTOR_KEY = "strom_actor"


class Pages:
    """Renders pages; ``settings`` and the signed-in person are known to every template."""

    def __init__(self, settings: PortalSettings) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= FILTERS
        self._environment.globals |= {
            "asset": asset,
            "duration": duration,
            "empty_form": Form({}),
            "money": money,
            "qr_svg": qr_svg,
            "settings": settings,
        }

    def text(self, template: str, **values: Any) -> str:
        """A template as text."""
        return self._environment.get_template(template).render(values)

    def render(
        self,
        request: AnyRequest,
        template: str,
        *,
        status: int = HTTP_200_OK,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response[str]:
        """A page as the answer to a request."""
        session = session_of(request)
        common: dict[str, Any] = {
            "path": request.url.path,
            "actor": request.scope["state"].get(_ACTOR_KEY),
            "flashes": session.take_flashes() if session else [],
            "csrf_token": session.csrf_token if session else "",
            "form": Form({}),
            "error": None,
        }
        html = self._environment.get_template(template).render(common | values)
        return Response(
            html, status_code=status, media_type=MediaType.HTML, headers=dict(headers or {})
        )

    def again(
        self,
        request: AnyRequest,
        template: str,
        form: Form,
        error: BadInput,
        **values: Any,
    ) -> Response[str]:
        """The same form again, with what was typed and what is wrong with it."""
        status = 409 if isinstance(error, Conflict) else HTTP_422_UNPROCESSABLE_ENTITY
        return self.render(request, template, status=status, form=form, error=error, **values)


def know_actor(request: AnyRequest, actor: Actor) -> None:
    """Let the page show who is signed in, and the log whose request it is."""
    note(tenant=actor.tenant.id)
    request.scope["state"][_ACTOR_KEY] = actor


def go(path: str) -> Redirect:
    """On to another page after a form was taken."""
    return Redirect(path, status_code=HTTP_303_SEE_OTHER)


def flash(request: AnyRequest, text: str, kind: str = "good") -> None:
    """Say something on the next page."""
    session = session_of(request)
    if session is not None:
        session.flash(text, kind)


async def do_and_go(
    request: AnyRequest,
    doing: Awaitable[object],
    done: str,
    on: str,
    *,
    back: str = "",
    refused_by: tuple[type[StromError], ...] = (Conflict,),
) -> Redirect:
    """Do it, say that it is ``done`` and go ``on``; a refusal is said instead, ``back`` where it
    was asked for, if that is another page."""
    try:
        await doing
    except refused_by as refusal:
        flash(request, refusal.message, "bad")
        return go(back or on)
    flash(request, done)
    return go(on)


def local_path(wanted: str | None, default: str = "/") -> str:
    """A path of ours to go on to, whatever a link says."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return default
    return wanted if wanted.isprintable() and "\\" not in wanted else default


@cache
def asset(name: str) -> str:
    """The URL of a static file, with its content's hash so that it may be kept for long."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


PageResponse = Response[Any]
