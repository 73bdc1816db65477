"""What wallets call."""

from app.bootstrap.lnurl import lnurl_alone
from app.bootstrap.on_aws import front_key
from app.entrypoints.http.lnurl import lnurl_app
from app.entrypoints.lambdas.starting import start
from app.entrypoints.lambdas.web import Front, web_handler
from app.settings import read_settings

_started = start(read_settings())
_front = Front(_started.run(front_key(_started.common.base.settings)))

handler = web_handler(_started, lnurl_app(lnurl_alone(_started.common)), _front, "lnurl")
"""Lambda's entry point."""
