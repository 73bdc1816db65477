"""Whether the world finds us where it is told to: pages, lightning addresses, charge points."""

import secrets
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground, owners

WEB, LNURL, EDGE = "public address", "lightning address", "charge points' address"
SOON = timedelta(days=14)
_TIMEOUT_S = 8
_FROM_INSIDE = (
    "If it works from a phone that is not on your network, your router does not lead you back to "
    "yourself, and all is well."
)
_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "ocpp1.6",
}


async def look_at_web(ground: Ground) -> list[Finding]:
    """Our sign-in page, at the address that drivers and owners are given."""
    settings = ground.settings
    url = settings.base_url
    if not settings.is_public:
        seen = f"{url} is this machine alone: no wallet elsewhere can pay here."
        return [warning(WEB, seen, "Set STROM_PUBLIC_BASE_URL once others are to pay.")]
    if _is_onion(url):
        return [ok(WEB, f"{url} is an onion service; look at it with Tor Browser.")]
    try:
        async with _client() as http:
            answer = await http.get(f"{url}/sign-in")
    except (httpx.HTTPError, OSError) as error:
        return [_unreachable(WEB, url, error)]
    if answer.status_code != 200 or "Strom" not in answer.text:
        seen = f"{url} answers {answer.status_code}, and not with Strom's pages."
        do = f"Have your proxy pass everything on to {settings.host}:{settings.http_port}."
        return [problem(WEB, seen, do)]
    return [ok(WEB, f"{url} shows Strom's pages."), *_ending(WEB, url, answer, ground.clock.now())]


async def look_at_lnurl(ground: Ground) -> list[Finding]:
    """What a wallet asks of one charge point's lightning address (LUD-16)."""
    settings = ground.settings
    if _is_onion(settings.base_url):
        return []
    name = await a_name(ground)
    if not name:
        return []
    url = f"{settings.base_url}/.well-known/lnurlp/{name}"
    try:
        async with _client() as http:
            answer = await http.get(url)
            told = answer.json()
    except (httpx.HTTPError, OSError):
        return []  # told with the pages
    except ValueError:
        told = None
    if not isinstance(told, dict) or not {"tag", "status"} & set(told):
        seen = f"{url} answers {answer.status_code}, and nothing that a wallet understands."
        do = "Have your proxy pass /.well-known/lnurlp/ on to Strom."
        return [problem(LNURL, seen, do)]
    callback = str(told.get("callback", settings.base_url))
    if not callback.startswith(f"{settings.base_url}/") and callback != settings.base_url:
        seen = f"{url} is answered by another Strom, which sends wallets to {callback[:80]}."
        return [
            problem(LNURL, seen, "Give this one that STROM_PUBLIC_BASE_URL, or stop the other.")
        ]
    if told.get("status") == "ERROR":
        return [ok(LNURL, f"{name} answers wallets, for now with: {told.get('reason', '')}")]
    return [ok(LNURL, f"{name} offers itself to wallets.")]


async def a_name(ground: Ground) -> str:
    """The local part of some charge point's address; empty without one."""
    known = (await owners(ground)).charge_points.values()
    return next((each.name for some in known for each in some if each.name), "")


async def look_at_edge(ground: Ground) -> list[Finding]:
    """A charge point that nobody knows knocks; the edge itself must say that it does not."""
    settings = ground.settings
    urls = dict.fromkeys((settings.charger_url, settings.live_url))
    if not (ground.serving.is_there or settings.charger_base_url):
        return []  # this machine's own, and told already
    return [each for url in urls for each in await _knock(ground, url)]


async def _knock(ground: Ground, url: str) -> list[Finding]:
    if _is_onion(url):
        return []
    knocked = f"{url.replace('ws', 'http', 1)}/doctor-{secrets.token_hex(6)}"
    key = secrets.token_urlsafe(16)[:22] + "=="
    try:
        async with _client() as http:
            headers = {**_UPGRADE, "Sec-WebSocket-Key": key}
            answer = await http.get(knocked, headers=headers)
    except (httpx.HTTPError, OSError) as error:
        return [_unreachable(EDGE, url, error)]
    status, seen = answer.status_code, f"{url} answers a charge point with {answer.status_code}"
    if status == 401 and 'realm="Strom"' in answer.headers.get("www-authenticate", ""):
        fine = ok(EDGE, f"{url} is answered by Strom's edge.")
        return [fine, *_ending(EDGE, url, answer, ground.clock.now())]
    if status in (429, 503) and "retry-after" in answer.headers:
        do = "Strom cannot ask its table or is stopping: see the table; charge points come again."
        return [problem(EDGE, f"{seen} and has it come again later.", do)]
    if status == 426:
        do = "Have your proxy pass on the headers Connection and Upgrade (websocket)."
        return [problem(EDGE, f"{seen}: the proxy made a plain request of it.", do)]
    do = f"Have your proxy pass websockets on to {_edge_of(ground)}, Authorization header and all."
    return [problem(EDGE, f"{seen}, which is not Strom's edge.", do)]


def _edge_of(ground: Ground) -> str:
    return f"{ground.settings.host}:{ground.settings.edge_port}"


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False)


def _is_onion(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith(".onion")


def _unreachable(check: str, url: str, error: Exception) -> Finding:
    why = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in why:
        reason = why.partition("certificate verify failed: ")[2].partition(" (")[0] or why
        seen = f"{url} shows a certificate that nobody believes ({reason})."
        do = "Renew it, or have one made for this name; wallets and charge points refuse it."
        return problem(check, seen, do)
    if isinstance(error, httpx.TimeoutException):
        return problem(check, f"{url} does not answer.", f"{_OPEN_PORTS} {_FROM_INSIDE}")
    if any(words in why for words in ("Name or service", "nodename", "No address", "resolution")):
        host = urlsplit(url).hostname
        return problem(check, f"The name {host} is not found.", "Have its DNS point to you.")
    seen = f"{url} cannot be reached ({why[:100] or type(error).__name__})."
    return problem(check, seen, f"{_OPEN_PORTS} {_FROM_INSIDE}")


_OPEN_PORTS = "Is Strom running, is the proxy, and does the router pass the port on?"


def _ending(check: str, url: str, answer: httpx.Response, now: datetime) -> list[Finding]:
    """A certificate that soon ends: whatever renews it has not."""
    stream = answer.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    shown = tls.getpeercert() if tls is not None else None
    if not shown or "notAfter" not in shown:
        return []
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    left = ends - now
    if left > SOON:
        return []
    seen = f"The certificate of {url} ends in {left.days} days."
    return [warning(check, seen, "Look why it was not renewed: the log of Caddy or certbot says.")]
