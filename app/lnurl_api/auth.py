"""Where wallets answer LNURL-auth challenges (LUD-04), whoever asked: an owner or a driver."""

from datetime import timedelta
from typing import Any, get_args

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler

from app.charging.errors import BadInput
from app.linking import Action, WalletKeys
from app.lnurl_api.answers import Answer
from app.records.attempts import Allowance, Attempts

PATH = "/lnurl/auth"
PER_IP = Allowance(60, timedelta(minutes=15))
_ACTIONS: tuple[Action, ...] = get_args(Action)


def auth_route(keys: WalletKeys) -> HTTPRouteHandler:
    """The handler; what a wallet's answer opens is up to the page that asked."""
    attempts = Attempts(keys.tables, keys.challenges.clock)

    @get(PATH)
    async def answer_challenge(request: Request[Any, Any, Any]) -> Answer:
        """A wallet has signed ``k1``."""
        query = request.query_params
        action = next((a for a in _ACTIONS if a == query.get("action", "login")), None)
        if action is None or query.get("tag") != "login":
            raise BadInput("This is not a login that we know.", field="action")
        keys.challenges.until_s(action, query.get("k1", ""))  # what is not ours costs no write
        who = request.client.host if request.client else ""
        await attempts.take("lnurl-auth", who, PER_IP)
        await keys.answer(action, query.get("k1", ""), query.get("sig", ""), query.get("key", ""))
        return {"status": "OK"}

    return answer_challenge
