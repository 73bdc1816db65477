"""What edges call, by a Function URL that takes signed requests alone."""

from app.bootstrap.internal import internal_alone
from app.entrypoints.http.internal import internal_app
from app.entrypoints.lambdas.starting import made, start
from app.entrypoints.lambdas.web import Front, web_handler
from app.settings import read_settings

_started = start(read_settings())

handler = made(
    web_handler(_started, internal_app(internal_alone(_started.common)), Front(""), "internal")
)
"""Lambda's entry point."""
