"""Connecting a wallet over NWC: what is asked of the owner, and the test before it is saved."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from app.charging.errors import StromError, Unavailable
from app.charging.ports import InvoiceRequest, Wallet
from app.records.views import WalletField
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from app.wallets.nwc import NwcWallet
from app.wallets.nwc_asking import ASK_S
from app.wallets.nwc_errors import require
from app.wallets.nwc_holds import HoldPreimages
from app.wallets.nwc_link import NwcLink
from app.wallets.nwc_messages import NwcAnswer
from app.wallets.nwc_relays import check_relay
from app.wallets.nwc_uri import NwcConnection, parse_connection

CANNOT_REFUND = (
    "This connection can receive but not pay out, so it could not refund drivers; make one that "
    "may also send payments."
)
NO_BUDGET = "The budget of this connection is used up, so it could not refund drivers."

_NEEDED = {
    "make_invoice": "make invoices",
    "lookup_invoice": "look up invoices",
    "get_balance": "read its balance",
}
_NOT_ALLOWED = ("RESTRICTED", "UNAUTHORIZED", "EXPIRED", "NOT_IMPLEMENTED", "QUOTA_EXCEEDED")


class NwcBackend:
    """Any wallet with Nostr Wallet Connect, by its connection string."""

    kind = "nwc"
    title = "Nostr Wallet Connect (Alby Hub and others)"
    fields = (
        WalletField(
            "connection",
            "Connection string",
            "In your wallet: connect a new app, allow it to receive, to look up and to send, "
            "and copy what starts with nostr+walletconnect://",
            is_secret=True,
        ),
    )

    def check(self, fields: Mapping[str, str]) -> WalletCredentials:
        """The connection string in its one spelling."""
        connection = parse_connection(fields.get("connection", ""))
        return WalletCredentials(self.kind, {"connection": connection.to_uri()})

    def open(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> Wallet:
        """The wallet; its relays are connected when it is first asked."""
        connection = _connection(credentials)
        return _wallet(NwcLink(connection, parts.policy, parts.clock), connection, parts, tenant)

    async def probe(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Ask what it may, for an invoice as drivers will need it, and for the right to pay."""
        connection = _connection(credentials)
        link = NwcLink(connection, parts.policy, parts.clock)
        try:
            for relay in connection.relays:
                await check_relay(parts.policy, relay)
            return await self._try(link, _wallet(link, connection, parts, tenant), connection)
        except StromError as error:
            return ProbeReport(problems=(error.message,))
        finally:
            await link.close()

    async def _try(
        self, link: NwcLink, wallet: NwcWallet, connection: NwcConnection
    ) -> ProbeReport:
        methods, alias = await _allowed(link)
        missing = tuple(what for name, what in _NEEDED.items() if name not in methods)
        refusal = await _why_no_payout(link, methods)
        if missing:
            problem = f"This connection may not {', '.join(missing)}."
            return ProbeReport(can_pay=not refusal, problems=(problem, *filter(None, [refusal])))
        no_invoice = await _try_to_receive(wallet)
        return ProbeReport(
            can_receive=not no_invoice,
            can_pay=not refusal,
            spendable_msat=await wallet.spendable_msat(),
            label=_label(connection, alias),
            problems=tuple(filter(None, (no_invoice, refusal))),
        )


def _connection(credentials: WalletCredentials) -> NwcConnection:
    return parse_connection(credentials.fields.get("connection", ""))


def _wallet(link: NwcLink, connection: NwcConnection, parts: Parts, tenant: str) -> NwcWallet:
    secret = bytes.fromhex(connection.secret)
    holds = HoldPreimages(parts.tables, parts.chance, tenant, secret)
    return NwcWallet(link, parts.clock, holds)


async def _allowed(link: NwcLink) -> tuple[frozenset[str], str]:
    """The methods of this connection, and the wallet's name for itself.

    The announcement may be one for all connections of a service; ``get_info`` tells them apart.
    """
    announced = (await link.info()).methods
    answer = await link.ask("get_info", {}, deadline_s=ASK_S)
    if answer.code == "UNAUTHORIZED":
        require(answer, "be used; it may have been removed")
    told = answer.result or {}
    methods, alias = told.get("methods"), told.get("alias")
    if isinstance(methods, list) and methods:
        announced &= {str(method) for method in methods}
    return announced, alias[:60] if isinstance(alias, str) else ""


async def _why_no_payout(link: NwcLink, methods: frozenset[str]) -> str:
    """Ask to pay what is no invoice: services look at rights first, then refuse."""
    if "pay_invoice" not in methods:
        return CANNOT_REFUND
    params = {"invoice": "connection-test"}
    answer: NwcAnswer = await link.ask("pay_invoice", params, deadline_s=ASK_S)
    if answer.code in _NOT_ALLOWED:
        return CANNOT_REFUND
    if "get_budget" in methods:
        budget = (await link.ask("get_budget", {}, deadline_s=ASK_S)).result or {}
        total, used = budget.get("total_budget"), budget.get("used_budget")
        if type(total) is int and type(used) is int and used >= total:
            return NO_BUDGET
    return ""


async def _try_to_receive(wallet: NwcWallet) -> str:
    """Make an invoice of one sat that nobody gets to see and that soon expires.

    It carries a description hash, which LNURL needs and some wallets lack.
    """
    try:
        await wallet.create_invoice(InvoiceRequest(1000, 60, described="connection test"))
    except Unavailable as error:
        return f"An invoice for LNURL could not be made: {error.message}"
    return ""


def _label(connection: NwcConnection, alias: str) -> str:
    name = connection.lud16 or alias or connection.wallet_pubkey[:8]
    return f"{name} ({urlsplit(connection.relays[0]).hostname})"
