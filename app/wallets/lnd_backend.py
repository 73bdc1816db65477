"""Connecting an LND: what is asked of the owner, and the test before it is saved."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from app.charging.errors import StromError
from app.charging.ports import InvoiceRequest, Wallet
from app.records.views import WalletField
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from app.wallets.lnd import LndWallet
from app.wallets.lnd_access import read_access
from app.wallets.lnd_api import Answer, Denied, Http, LndApi, SharedHttp, WrongCertificate
from app.wallets.lnd_paying import ASK_S, CHANNELS, SEND
from app.wallets.lnd_payments import spendable_msat

CANNOT_REFUND = (
    "This macaroon can receive but not pay out (offchain:write), so it could not refund drivers."
)
CANNOT_LOOK = "This macaroon may not look at payments and balances (offchain:read)."
CANNOT_RECEIVE = "This macaroon may not make and read invoices (invoices:write, invoices:read)."
NOT_OURS = "This node does not accept this macaroon; it may be another node's, or have expired."
OTHER_CERTIFICATE = (
    "The server's certificate is not the one entered; enter the content of its present tls.cert."
)
UNKNOWN_CERTIFICATE = (
    "The server's certificate is its own; enter the content of tls.cert or its fingerprint, too."
)


class LndBackend:
    """LND by its REST address, a macaroon, and its certificate where that is self-signed."""

    kind = "lnd"
    title = "LND"
    fields = (
        WalletField(
            "url",
            "Address of the node's REST interface",
            "For example https://node.example:8080. Leave it empty with an lndconnect address.",
        ),
        WalletField(
            "macaroon",
            "Macaroon",
            "In hex or base64, or the whole lndconnect address. Best one of its own: lncli "
            "bakemacaroon info:read invoices:read invoices:write offchain:read offchain:write. "
            "An invoice macaroon is not enough, because refunds are paid out.",
            is_secret=True,
        ),
        WalletField(
            "certificate",
            "Certificate, if it is the node's own",
            "The content of tls.cert, or its SHA-256 fingerprint. Empty if a public authority "
            "signed it.",
        ),
        WalletField(
            "private_hints",
            "Hints to private channels in invoices",
            "Yes (as if left empty) or no. Without public channels, drivers cannot pay without.",
        ),
    )

    def check(self, fields: Mapping[str, str]) -> WalletCredentials:
        """All fields well formed and in one spelling."""
        return WalletCredentials(self.kind, read_access(fields))

    def open(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> Wallet:
        """The wallet."""
        return _wallet(_api(parts, credentials), parts, credentials)

    async def probe(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Ask for channels, for the right to pay, and for an invoice as drivers will need it."""
        api = _api(parts, credentials)
        try:
            await parts.policy.check_url(credentials.fields["url"])
            return await _probe(api, _wallet(api, parts, credentials), credentials)
        except WrongCertificate:
            has_own = bool(credentials.fields["certificate"])
            return ProbeReport(problems=(OTHER_CERTIFICATE if has_own else UNKNOWN_CERTIFICATE,))
        except StromError as error:
            return ProbeReport(problems=(error.message,))
        finally:
            await api.close()


def _api(parts: Parts, credentials: WalletCredentials) -> LndApi:
    fields = credentials.fields
    return LndApi(_http(parts, fields["certificate"]), fields["url"], fields["macaroon"])


def _http(parts: Parts, certificate: str) -> Http:
    if not certificate:
        return SharedHttp(parts.http)
    from app.wallets.lnd_tls import PinnedHttp  # on first use, as it imports httpx

    return PinnedHttp(parts.policy, frozenset(certificate.split()))


def _wallet(api: LndApi, parts: Parts, credentials: WalletCredentials) -> LndWallet:
    fields = credentials.fields
    hints = fields["private_hints"] == "yes"
    return LndWallet(api, fields["macaroon"], parts.chance, private_hints=hints)


async def _probe(api: LndApi, wallet: LndWallet, credentials: WalletCredentials) -> ProbeReport:
    channels = await api.get(CHANNELS, params={"active_only": "true"}, deadline_s=ASK_S)
    balance_msat = spendable_msat(channels.result.get("channels"))
    if balance_msat is None and not channels.is_denied:
        return ProbeReport(problems=(_why_no_node(channels),))
    no_look = "" if balance_msat is not None else CANNOT_LOOK
    no_payout = _why_no_payout(await _try_to_pay(api))
    no_invoice = await _try_to_receive(api, wallet)
    # An invoice macaroon lacks both rights; the one that matters to its owner is named.
    problems = (no_invoice, no_payout or no_look)
    return ProbeReport(
        can_receive=not no_invoice,
        can_pay=not (no_payout or no_look),
        spendable_msat=balance_msat or 0,
        label=await _label(api, credentials.fields["url"]),
        problems=tuple(filter(None, problems)),
    )


async def _try_to_pay(api: LndApi) -> Answer:
    """Ask to pay what is no invoice: LND looks at the macaroon first, then refuses."""
    body = {"payment_request": "connection-test"}
    return await api.post(SEND, body, deadline_s=ASK_S, is_stream=True)


async def _try_to_receive(api: LndApi, wallet: LndWallet) -> str:
    """Make an invoice of one sat that nobody gets to see and that soon expires, and find it."""
    request = InvoiceRequest(amount_msat=1000, expiry_s=60, described="connection test")
    try:
        invoice = await wallet.create_invoice(request)
        await wallet.look_up_incoming(invoice.payment_hash)
    except Denied:
        return CANNOT_RECEIVE
    except StromError as error:
        return f"An invoice could not be made: {error.message}"
    return ""


async def _label(api: LndApi, url: str) -> str:
    """The node's name where the macaroon may read it, and its host."""
    answer = await api.get("/v1/getinfo", deadline_s=ASK_S)
    alias = str(answer.result.get("alias") or "LND")[:60]
    return f"{alias} ({urlsplit(url).netloc})"


def _why_no_node(answer: Answer) -> str:
    if answer.is_unready:
        return "The node is locked or starting; unlock it and try again."
    if answer.is_bad_macaroon:
        return NOT_OURS
    if 300 <= answer.status < 400:
        return "This server sends visitors on to another address; enter that one."
    return f"This does not look like LND's REST interface ({answer.words})."


def _why_no_payout(answer: Answer) -> str:
    if answer.is_denied:
        return CANNOT_REFUND
    if answer.is_refusal:
        return ""  # the macaroon may pay, and what it was given is no invoice
    return f"Whether this macaroon can pay out could not be found out ({answer.words})."
