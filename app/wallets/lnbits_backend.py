"""Connecting an LNbits wallet: what is asked of the owner, and the test before it is saved."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.charging.errors import BadInput, StromError, Unavailable
from app.charging.ports import InvoiceRequest, Wallet
from app.records.views import WalletField
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from app.wallets.lnbits import ASK_S, LnbitsWallet
from app.wallets.lnbits_api import Answer, LnbitsApi

CANNOT_REFUND = (
    "This key can receive but not pay out, so it could not refund drivers; give the admin key."
)

_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")


class LnbitsBackend:
    """LNbits by the address of the server and the wallet's admin key."""

    kind = "lnbits"
    title = "LNbits"
    fields = (
        WalletField("url", "Address of the LNbits server", "For example https://lnbits.example"),
        WalletField(
            "admin_key",
            "Admin key of the wallet",
            "In LNbits: open the wallet, then “API docs”. The invoice key is not enough, because "
            "refunds are paid out.",
            is_secret=True,
        ),
    )

    def check(self, fields: Mapping[str, str]) -> WalletCredentials:
        """Both fields there and well formed."""
        url, key = fields.get("url", "").strip(), fields.get("admin_key", "").strip()
        if not url:
            raise BadInput("Enter the address of the LNbits server.", field="url")
        if "?" in url or "#" in url:
            raise BadInput("Leave out “?” or “#” and what follows it.", field="url")
        if not _KEY.fullmatch(key):
            raise BadInput("This is not an LNbits key.", field="admin_key")
        return WalletCredentials(self.kind, {"url": url.rstrip("/"), "admin_key": key})

    def open(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> Wallet:
        """The wallet."""
        fields = credentials.fields
        return LnbitsWallet(parts.http, fields["url"], fields["admin_key"])

    async def probe(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Ask for the wallet, for the right to pay, and for an invoice as drivers will need it."""
        url, key = credentials.fields["url"], credentials.fields["admin_key"]
        try:
            await parts.policy.check_url(url)
            api = LnbitsApi(parts.http, url, key)
            wallet = await api.get("/api/v1/wallet", deadline_s=ASK_S)
            problem = _why_no_wallet(wallet)
            if problem:
                return ProbeReport(problems=(problem,))
            refusal = _why_no_payout(await self._try_to_pay(api))
        except StromError as error:
            return ProbeReport(problems=(error.message,))
        no_invoice = await self._try_to_receive(LnbitsWallet(parts.http, url, key))
        return ProbeReport(
            can_receive=not no_invoice,
            can_pay=not refusal,
            spendable_msat=max(int(wallet.body["balance"]), 0),
            label=f"{str(wallet.body['name'])[:60]} ({urlsplit(url).netloc})",
            problems=tuple(filter(None, (no_invoice, refusal))),
        )

    async def _try_to_pay(self, api: LnbitsApi) -> Answer:
        """Ask to pay what is no invoice: LNbits looks at key and rights first, then refuses."""
        body = {"out": True, "bolt11": "connection-test"}
        return await api.post("/api/v1/payments", body=body, deadline_s=ASK_S)

    async def _try_to_receive(self, wallet: LnbitsWallet) -> str:
        """Make an invoice of one sat that nobody gets to see and that soon expires.

        It carries a description hash, which LNURL needs and some nodes behind LNbits lack.
        """
        request = InvoiceRequest(amount_msat=1000, expiry_s=60, described="connection test")
        try:
            await wallet.create_invoice(request)
        except Unavailable as error:
            return f"An invoice could not be made: {error.message}"
        return ""


def _why_no_wallet(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return "This server sends visitors on to another address; enter that one."
    if answer.status in (401, 403) or "wallet not found" in answer.detail.lower():
        return "LNbits does not know this key."
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status != 200 or type(body.get("balance")) is not int or "name" not in body:
        return f"This does not look like an LNbits server ({answer.detail})."
    return ""


def _why_no_payout(answer: Answer) -> str:
    if answer.status in (401, 403):
        return CANNOT_REFUND
    if "only incoming" in answer.detail.lower():
        return "This LNbits server allows no outgoing payments, so it could not refund drivers."
    if answer.status in (400, 520):
        return ""  # the key may pay, and what it was given is no invoice
    return f"Whether this key can pay out could not be found out ({answer.detail})."
