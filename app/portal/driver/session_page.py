"""``/s/{token}``: the charge as it runs, and what is left of the money. The token is the key."""

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.params import PathParameter
from litestar.response import Redirect

from app.charging.errors import StromError
from app.checkout.lnurl_codes import encode_lnurl, with_scheme
from app.checkout.view import SessionView
from app.portal.driver.amounts import Amount, amounts
from app.portal.driver.errors import message_of, status_of
from app.portal.driver.numbers import Numbers
from app.portal.driver.ports import Facts
from app.portal.driver.prices import shown_price
from app.portal.driver.rendering import as_json, wants_html
from app.portal.driver.services import Driver, FromDriver
from app.portal.driver.shown import Shown, fields, stage, tags, used_permille
from app.portal.forms import AnyRequest
from app.portal.pages import go
from app.portal.signed_file import signed_file

Token = Annotated[str, PathParameter(max_length=200)]
JSON = ".json"


@get("/s/{token:str}")
async def show_session(driver: FromDriver, request: AnyRequest, token: Token) -> Response[object]:
    """The page; with ``.json`` at the end what live notices carry."""
    if token.endswith(JSON):
        return as_json(as_notice(await driver.checkout.session(token.removesuffix(JSON))))
    return await session_response(driver, request, token, await driver.checkout.session(token))


@get("/s/{token:str}/signed-meter-values.json")
async def show_signed(driver: FromDriver, token: Token) -> Response[object]:
    """What the meter has signed, for transparency software."""
    view = await driver.checkout.session(token)
    return signed_file((await driver.facts.of(token)).signed, view.id)


def as_notice(view: SessionView) -> dict[str, object]:
    """A view as the edge sends it to watchers."""
    return {"sequence": view.sequence, "view": msgspec.to_builtins(view)}


async def answer(
    driver: Driver,
    request: AnyRequest,
    token: str,
    error: StromError | None = None,
) -> Response[object] | Redirect:
    """After a form was taken: the page anew, or why it could not be done."""
    if error is not None and not wants_html(request):
        raise error
    view = await driver.checkout.session(token)
    if not wants_html(request):
        return as_json(as_notice(view))
    if error is None:
        return go(f"/s/{token}")
    return await session_response(driver, request, token, view, error)


async def session_response(
    driver: Driver,
    request: AnyRequest,
    token: str,
    view: SessionView,
    error: StromError | None = None,
) -> Response[object]:
    """The page of a session."""
    facts = await driver.facts.of(token)
    settings = driver.settings
    language = driver.pages.language(request, facts.language)
    tariff, rate = facts.tariff, facts.rate
    numbers = Numbers(language, tariff.currency, rate.msat_per_unit, facts.time_zone)
    found = tags(view, now=driver.clock.now(), unlock_within_s=settings.unlock_within_s)
    return driver.pages.render(
        "session.html",
        numbers,
        status=status_of(error) if error else 200,
        view=view,
        facts=facts,
        price=shown_price(
            tariff,
            rate,
            numbers,
            at=driver.clock.now(),
            power_w=facts.power_w,
            started=view.started_at,
        ),
        token=token,
        shown=Shown(found),
        stage=stage(view),
        f=fields(view, numbers),
        fee_limit=_fee_limit(facts, numbers),
        fee_floor=numbers.exact_sats(facts.limits.fee_floor_msat),
        used_permille=used_permille(view),
        top_ups=_top_ups(driver, facts, view),
        lnurl=encode_lnurl(settings.withdraw_url(token)),
        scheme_url=with_scheme(settings.withdraw_url(token), "lnurlw"),
        live_url=f"{settings.live_ws_base}/live/{token}" if settings.live_ws_base else "",
        page_url=settings.session_url(token),
        unlock_within_s=settings.unlock_within_s,
        has_sandbox=driver.sandbox is not None and facts.is_sandbox,
        problem=message_of(error) if error else "",
    )


def _fee_limit(facts: Facts, numbers: Numbers) -> str:
    """In percent, without needless zeros."""
    ppm = facts.limits.fee_limit_ppm
    return numbers.plain(Decimal(ppm) / 10_000, 2 if ppm % 10_000 else 0)


def _top_ups(driver: Driver, facts: Facts, view: SessionView) -> list[Amount]:
    """Amounts to add; what is too much is refused when it is asked for."""
    return amounts(
        facts.tariff,
        facts.rate,
        driver.settings.amounts_kwh,
        tally=facts.tally,
        power_w=facts.power_w,
        min_msat=1,
        paid_msat=view.budget_msat or 0,
    )


HANDLERS = [show_session, show_signed]
