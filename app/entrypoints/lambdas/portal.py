"""The pages of owners, provider and drivers, and the API."""

from app.bootstrap.on_aws import front_key
from app.bootstrap.portal import portal_alone
from app.entrypoints.http.portal import pages_app
from app.entrypoints.lambdas.starting import start
from app.entrypoints.lambdas.web import Front, web_handler
from app.settings import read_settings

_started = start(read_settings())
_front = Front(_started.run(front_key(_started.common.base.settings)))

handler = web_handler(_started, pages_app(portal_alone(_started.common)), _front, "portal")
"""Lambda's entry point."""
