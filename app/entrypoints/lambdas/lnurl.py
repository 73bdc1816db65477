"""What wallets call."""

from app.bootstrap.lnurl import lnurl_alone
from app.entrypoints.http.lnurl import lnurl_app
from app.entrypoints.lambdas.starting import made, start
from app.entrypoints.lambdas.web import Front, web_handler
from app.settings import read_settings

_started = start(read_settings())
_front = Front(_started.common.base.front_key)

handler = made(web_handler(_started, lnurl_app(lnurl_alone(_started.common)), _front, "lnurl"))
"""Lambda's entry point."""
