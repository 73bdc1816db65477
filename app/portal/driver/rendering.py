"""Templates to answers, in the driver's language, with the headers of every page."""

from collections.abc import Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Response
from litestar.enums import MediaType
from markupsafe import Markup

from app.portal.driver.language import CATALOGUES, pick_language, translate
from app.portal.driver.numbers import Numbers
from app.portal.forms import AnyRequest
from app.portal.qr import qr_svg
from app.portal.security import page_headers
from app.portal.settings import PortalSettings

HERE = Path(__file__).parent
STATIC = HERE / "static"


class DriverPages:
    """Renders the driver's pages."""

    def __init__(self, settings: PortalSettings) -> None:
        # A page may be shown again from the browser's own store while there is no reception, but
        # it is asked about first; a session's link is nothing for search engines.
        self._headers = {
            **page_headers(settings),
            "cache-control": "private, no-cache",
            "vary": "accept-language, accept",
            "x-robots-tag": "noindex",
        }
        self._environments = {language: environment(language) for language in CATALOGUES}

    def language(self, request: AnyRequest, owners: str = "en") -> str:
        """What the driver reads: ``?lang=`` first, then the browser's wish, then the owner's."""
        wanted = request.query_params.get("lang", "")
        if wanted in CATALOGUES:
            return wanted
        return pick_language(request.headers.get("accept-language", ""), owners)

    def render(
        self,
        template: str,
        numbers: Numbers,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response[object]:
        """A page as an answer."""
        html = (
            self._environments[numbers.language].get_template(template).render(n=numbers, **values)
        )
        return Response[object](
            html,
            status_code=status,
            media_type=MediaType.HTML,
            headers={**self._headers, **(headers or {})},
        )


def as_json(content: object, status: int = 200) -> Response[object]:
    """An answer for the page's own script."""
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(content, status_code=status, media_type=MediaType.JSON, headers=headers)


def wants_html(request: AnyRequest) -> bool:
    """Whether a browser asks; wallets and our own script do not name ``text/html``."""
    return "text/html" in request.headers.get("accept", "")


@cache
def assets_path() -> str:
    """Where the static files lie, under a name that changes with any of them.

    So they may be kept for ever, and modules find each other beside themselves.
    """
    digest = sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return f"/assets/driver-{digest.hexdigest()[:12]}"


def asset(name: str) -> str:
    """The path of a static file."""
    return f"{assets_path()}/{name}"


def icon(name: str, css_class: str = "icon") -> Markup:
    """A symbol of ``static/icons.svg``; decoration, never the only sign."""
    return Markup(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    ).format(css_class, asset("icons.svg"), name)


def environment(language: str) -> Environment:
    """The templates, ready to be filled in, in a language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    said = partial(translate, language)
    made.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        said, lambda one, many, count: said(one if count == 1 else many), newstyle=True
    )
    made.globals |= {"asset": asset, "icon": icon, "qr_svg": qr_svg, "say": said}
    return made
