"""The pages of owners, provider and drivers, and the API."""

from app.bootstrap.portal import portal_alone
from app.entrypoints.http.portal import pages_app
from app.entrypoints.lambdas.starting import made, start
from app.entrypoints.lambdas.web import Front, web_handler
from app.settings import read_settings

_started = start(read_settings())
_front = Front(_started.common.base.front_key)

handler = made(web_handler(_started, pages_app(portal_alone(_started.common)), _front, "portal"))
"""Lambda's entry point."""
