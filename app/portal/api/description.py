"""The API's OpenAPI document, mended where the generated one says what is not so, and its page."""

from collections.abc import Iterator
from typing import Any, cast

from litestar import Litestar, Router, get
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server

from app.portal.errors import problem
from app.portal.forms import AnyRequest
from app.portal.pages import PageResponse
from app.portal.people import PagesOf
from app.portal.settings import PortalSettings

API_PATH = "/api/v1"
_METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. ``detail`` says what to do; ``field`` names the field at fault.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_ERRORS = {
    "400": "The request is malformed",
    "401": "No valid API key",
    "403": "The account is suspended, or this is not allowed",
    "404": "There is no such thing here",
    "409": "The present state forbids it",
    "422": "A value cannot be used; field names it",
    "429": "Too often; Retry-After says when again",
    "503": "A part that is needed does not answer; try again",
}


def openapi_config(settings: PortalSettings) -> OpenAPIConfig:
    """For ``/api/v1/openapi.json``."""
    return OpenAPIConfig(
        title="Strom",
        version="1",
        summary="Charge points paid by Bitcoin Lightning: the owner's API.",
        description=(
            "Money is in millisatoshi (`_msat`), energy in watt-hours (`_wh`), moments are UTC. "
            "Make a key in the portal under “API keys” and send it as "
            "`Authorization: Bearer strom_…`. Unknown fields are refused. Errors are "
            "`application/problem+json`."
        ),
        servers=[Server(url=settings.public_base_url)],
        path=API_PATH,
        render_plugins=[_MendedJson()],
        openapi_router=Router(
            API_PATH,
            route_handlers=[],
            guards=[_document_alone],
            exception_handlers={Exception: problem},
            include_in_schema=False,
        ),
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"key": []}],
        use_handler_docstrings=True,
    )


def _document_alone(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Litestar answers every unknown path beside the document with a page of its own."""
    if connection.scope["path"] != f"{API_PATH}/openapi.json":
        raise NotFoundException


class _MendedJson(JsonRenderPlugin):
    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, mended(openapi_schema))


def described(app: Litestar) -> dict[str, Any]:
    """The document of an application."""
    return mended(app.openapi_schema.to_schema())


def mended(generated: dict[str, Any]) -> dict[str, Any]:
    """The API's paths alone; errors as they are; unknown fields refused."""
    paths = {path: item for path, item in generated["paths"].items() if path.startswith(API_PATH)}
    document = {**generated, "paths": paths}
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name, schema in schemas.items():
        if name.endswith("In"):
            schema["additionalProperties"] = False
    for operation in _operations(paths):
        for status in [code for code in operation["responses"] if code >= "400"]:
            del operation["responses"][status]
        for status, description in _ERRORS.items():
            operation["responses"][status] = {
                "description": description,
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
    return document


@get("/docs", include_in_schema=False)
async def docs_page(request: AnyRequest, pages: PagesOf) -> PageResponse:
    """The document as a page, without a script from anywhere."""
    document = described(request.app)
    return pages.render(
        request,
        "api/docs.html",
        info=document["info"],
        operations=list(_shown(document)),
        schemas=document["components"]["schemas"],
    )


def _operations(paths: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in paths.values():
        for method in _METHODS:
            if method in item:
                yield cast(dict[str, Any], item[method])


def _shown(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            operation = item[method]
            yield {
                "method": method.upper(),
                "path": path,
                "tag": (operation.get("tags") or ["Other"])[0],
                "summary": operation.get("summary", ""),
                "description": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "takes": _type_name(operation.get("requestBody", {}).get("content", {})),
                "gives": _given(operation["responses"]),
            }


def _given(responses: dict[str, Any]) -> tuple[str, str]:
    status = next(code for code in sorted(responses) if code < "300")
    return status, _type_name(responses[status].get("content", {}))


def _type_name(content: dict[str, Any]) -> str:
    schema = content.get("application/json", {}).get("schema", {})
    listed = schema.get("type") == "array"
    name = str((schema["items"] if listed else schema).get("$ref", "")).rpartition("/")[2]
    return f"list of {name}" if listed else name
