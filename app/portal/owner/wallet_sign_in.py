"""Signing in with a wallet, and linking one (LUD-04).

The challenge's secret half lies in this browser's own session cookie: whoever photographs the
code, or is sent a link by somebody, gets nowhere. The page asks again by itself.
"""

from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import Conflict, NotAllowed, NotSignedIn
from app.checkout.lnurl_codes import encode_lnurl, with_scheme
from app.linking import Challenge
from app.portal.browser_session import BrowserSession
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import PageResponse, flash, go
from app.portal.people import Me, PagesOf, Services, Visitor, ip_of
from app.portal.security import session_of

ASK_AGAIN = {"refresh": "4"}


class WalletSignInPages(Controller):
    """The door for wallets."""

    include_in_schema = False

    @get("/sign-in/wallet")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, visitor: Visitor
    ) -> PageResponse:
        """The code; once the wallet has signed, one is in."""
        if visitor is not None:
            return go("/")
        session = session_of(request)
        assert session is not None
        asked = _asked(session)
        try:
            actor = await services.wallet_login.sign_in(asked.k1, asked.secret, ip_of(request))
        except NotAllowed:  # none so far, or too old
            asked = _ask(session, services.wallet_login.ask_to_sign_in())
            actor = None
        except NotSignedIn as refusal:
            _forget(session)
            flash(request, refusal.message, "bad")
            return go("/sign-in")
        if actor is not None:
            session.sign_in(actor.tenant.id, actor.user.id, actor.user.credentials_version)
            return go("/")
        url = _url(services.settings.public_base_url, asked.k1, "login")
        return pages.render(
            request,
            "account/wallet_sign_in.html",
            headers=ASK_AGAIN,
            lnurl=encode_lnurl(url),
            scheme_url=with_scheme(url, "keyauth"),
        )


class LinkedWalletPages(Controller):
    """The wallets that sign a person in."""

    path = "/settings/wallets"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Those there are, and the code that links another."""
        session = session_of(request)
        assert session is not None
        asked = _asked(session)
        try:
            linked = await services.wallet_login.link(me, asked.k1, asked.secret)
        except NotAllowed:
            asked = _ask(session, services.wallet_login.ask_to_link())
            linked = None
        except Conflict as refusal:
            _forget(session)
            flash(request, refusal.message, "bad")
            return go("/settings/wallets")
        if linked is not None:
            _forget(session)
            flash(request, "Your wallet is linked. You can sign in with it.")
            return go("/settings/wallets")
        url = _url(services.settings.public_base_url, asked.k1, "link")
        return pages.render(
            request,
            "owner/linked_wallets.html",
            headers=ASK_AGAIN,
            linked=await services.wallet_login.linked(me),
            lnurl=encode_lnurl(url),
            scheme_url=with_scheme(url, "keyauth"),
        )

    @post("/{key:str}/unlink")
    async def unlink(
        self, request: AnyRequest, services: Services, me: Me, key: FromPath[str]
    ) -> PageResponse:
        """The wallet signs nobody in any more."""
        await read_form(request)
        await services.wallet_login.unlink(me, key)
        flash(request, "The wallet is unlinked.")
        return go("/settings/wallets")


def _asked(session: BrowserSession) -> Challenge:
    k1, _, secret = session.data.challenge.partition(".")
    return Challenge(k1, secret)


def _ask(session: BrowserSession, challenge: Challenge) -> Challenge:
    session.data.challenge = f"{challenge.k1}.{challenge.secret}"
    session.changed = True
    return challenge


def _forget(session: BrowserSession) -> None:
    session.data.challenge = ""
    session.changed = True


def _url(base_url: str, k1: str, action: str) -> str:
    """Where a wallet answers; shown as a code (LUD-01), and with a scheme beside it (LUD-17)."""
    query = urlencode({"tag": "login", "k1": k1, "action": action})
    return f"{base_url}/lnurl/auth?{query}"
