"""A charging session: what is known of it, and nothing that can be derived."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.charging.ledger import GENESIS, NOTHING, Balances
from app.charging.money import Rate
from app.charging.pricing import Forecast, Tally, Tariff, begun, cost_msat, estimated_msat, used_up


class Phase(StrEnum):
    """Where a session stands."""

    UNPAID = "unpaid"
    STARTING = "starting"
    """Funded; the charge point has been, or will be, told to start."""
    CHARGING = "charging"
    STOPPING = "stopping"
    """A stop is owed; energy may still flow."""
    FINISHING = "finishing"
    """The transaction is over, and standing at the connector costs until the cable is out."""
    ENDED = "ended"
    """The energy is priced; money may still be owed to the payer."""


class Funding(StrEnum):
    """Who pays. The life cycle is one; only budget and settlement differ."""

    LIGHTNING = "lightning"
    PARTNER = "partner"
    OWNER = "owner"


class End(StrEnum):
    """Why a session ended."""

    CHARGED = "charged"
    START_REJECTED = "start_rejected"
    START_TIMED_OUT = "start_timed_out"
    CANCELLED = "cancelled"
    FAULTED = "faulted"
    CONNECTOR_TAKEN = "connector_taken"
    SILENT = "silent"


class PaymentState(StrEnum):
    """What is known of one incoming payment."""

    HELD = "held"
    SETTLED = "settled"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Payment:
    """An incoming payment that this session counts."""

    payment_hash: str
    amount_msat: int
    state: PaymentState


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take; the owner's and the provider's settings when it was quoted."""

    start_s: int = 180
    """From the payment to the start; longer than the charge point's ConnectionTimeOut."""
    silent_s: int = 24 * 3600
    """A charge point that is silent for longer has its session settled at the last reading."""
    refund_expiry_s: int = 90 * 24 * 3600
    remind_s: int = 0
    """So long before that the owner is reminded of what nobody has claimed; 0: never."""
    fee_limit_ppm: int = 10_000
    """The most that paying a refund may cost its owner: a share of it …"""
    fee_floor_msat: int = 10_000
    """… or this much where the share is less."""

    def fee_limit_msat(self, amount_msat: int) -> int:
        """The most that paying back so much may cost the owner in routing fees."""
        return max(amount_msat * self.fee_limit_ppm // 1_000_000, self.fee_floor_msat)


@dataclass(frozen=True, slots=True)
class Quote:
    """What was promised to the payer, locked when the invoice was made."""

    tariff: Tariff
    rate: Rate
    wallet_id: str
    unit_msat: int
    """The smallest amount that the wallet can pay out."""
    limits: Limits
    at: datetime
    max_power_w: int = 11_000
    """The most the connector can deliver: what is reckoned with until power is measured."""
    fiat: Rate | None = None
    """Where the price is in sats: what they were worth in the place's currency, for the books."""


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund bound to one invoice of the payer's, and not yet paid or failed."""

    payment_hash: str
    amount_msat: int
    at: datetime | None = None
    """When it was bound, by our clock: the invoice's own time is the payer's word."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a refund finds its payer by itself: a lightning address, or a wallet that is told.

    Which address or wallet is personal and lies beside the session; here is whether there is one.
    """

    known: bool = False
    fixed: bool = False
    """It came with the payment: until it has refused, nobody with the link can redirect it."""
    number: int = 0
    """Of the offer that is owed, or was made last."""
    tries: int = 0
    """Offers since it became known."""
    owed: bool = False


UNREACHED = Reach()
MOST_TRIES = 4
"""Invoices of one address that may fail to be paid; then the payer comes themselves."""


@dataclass(frozen=True, slots=True)
class MeterReading:
    """One reading as it is kept: register in Wh, None where only something else was told; power in
    W, state of charge in percent.

    ``doubted_wh`` is a register that was shown and not believed; ``from_wh`` where the register
    had stood before, if elsewhere than at the reading before.
    """

    at: datetime
    meter_wh: int | None
    power_w: int | None = None
    soc_percent: int | None = None
    doubted_wh: int | None = None
    from_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session at one connector. The quote is written once, beside the rest."""

    id: str
    charge_point: str
    connector: int
    quote: Quote
    phase: Phase = Phase.UNPAID
    funding: Funding = Funding.LIGHTNING
    credit_msat: int | None = None
    """Partner and owner funding: how much may be used; None without a limit."""
    payments: tuple[Payment, ...] = ()
    refused_payments: tuple[str, ...] = ()
    """Payment hashes that another session holds."""
    connector_lost: bool = False
    start_by: datetime | None = None
    start_accepted: bool = False
    transaction_id: int | None = None
    running: bool = False
    """Whether energy flows as far as the charge point has told."""
    end_unseen: bool = False
    """Whether it counts as ended although the charge point has not told so."""
    revived: int = 0
    """How often a reading has then shown that energy still flows."""
    started_at: datetime | None = None
    heard_at: datetime | None = None
    """The newest reading's moment, as the charge point names it."""
    lag_s: int = 0
    """How much later that was heard of."""
    meter_start_wh: int = 0
    meter_wh: int = 0
    energy_wh: int = 0
    doubted_wh: int | None = None
    """The last register shown, if it cannot be right; the energy is that of the one before."""
    doubted_at: datetime | None = None
    """When such a one was last shown, as readings are kept."""
    doubts: int = 0
    """How many registers were not believed."""
    power_w: int | None = None
    soc_percent: int | None = None
    tally: Tally | None = None
    """What has been counted for the price; None before the transaction."""
    stop_owed: bool = False
    stop_asked_by: str = ""
    ended_at: datetime | None = None
    end: End | None = None
    balances: Balances = NOTHING
    recoverable_msat: int = 0
    """Absorbed only because a held payment had not settled when the energy was priced."""
    ledger_sequence: int = 0
    ledger_hash: str = GENESIS
    sealed_sequence: int = 0
    """The entry up to which a seal is, or was, owed."""
    refund: Refund | None = None
    refunds_paid: tuple[str, ...] = ()
    refunds_failed: tuple[str, ...] = ()
    """Payment hashes whose payment has definitely failed: such an invoice is not bound again."""
    reach: Reach = UNREACHED
    link: int = 0
    """How often the payer's link was replaced; an older one opens nothing any more."""
    owed_since: datetime | None = None
    """Since when the refund can be claimed again, where paying it has failed."""
    reminded: bool = False
    """Whether the owner was, or is to be, reminded that nobody claims the refund."""
    due_at: datetime | None = None
    """When the session must be looked at even if nothing happens."""
    recent: tuple[MeterReading, ...] = ()
    chunks: int = 0
    last_chunk: str = ""
    """The name of the last chunk of readings that has left the session (see ``chunks``)."""

    @property
    def id_tag(self) -> str:
        """The idTag of the start: names the session, under 20 characters (OCPP 1.6 §7.29)."""
        return self.id.upper()

    @property
    def budget_msat(self) -> int | None:
        """How much the energy may cost; None without a limit."""
        if self.funding is not Funding.LIGHTNING:
            return self.credit_msat
        return sum(p.amount_msat for p in self.payments if p.state is not PaymentState.GONE)

    @property
    def cost_msat(self) -> int:
        """What the charge costs so far; without energy there is no fee either."""
        if self.tally is None or self.energy_wh == 0:
            return 0
        return cost_msat(self.quote.tariff, self.quote.rate, self.tally)

    def used_up(self, power_w: int) -> Forecast | None:
        """When the budget is used up at a power, in the charge point's own time; None when that
        is not in sight.
        """
        budget_msat = self.budget_msat
        if budget_msat is None:
            return None
        return used_up(self.quote.tariff, self.quote.rate, self.counted, budget_msat, power_w)

    @property
    def counted(self) -> Tally:
        """What has been counted for the price; before the start, as if it began when quoted."""
        return self.tally or begun(self.quote.at)

    @property
    def affordable_wh(self) -> int | None:
        """The most energy that the budget buys, at the power that flows, else at the most that the
        connector can deliver; None without a limit.
        """
        forecast = self.used_up(self.power_w or self.quote.max_power_w)
        return None if forecast is None else forecast.energy_wh

    @property
    def remaining_wh(self) -> int | None:
        """How much energy the budget still buys; None without a limit."""
        affordable = self.affordable_wh
        return None if affordable is None else max(0, affordable - self.energy_wh)

    @property
    def last_heard_at(self) -> datetime | None:
        """When the charge point last said something of the charge, by our clock."""
        return None if self.heard_at is None else self.heard_at + timedelta(seconds=self.lag_s)

    @property
    def stop_at(self) -> datetime | None:
        """When the budget is used up at the measured power; None when that is not in sight."""
        return self.stops[0]

    @property
    def stop_at_wh(self) -> int | None:
        """The register value at which the budget is used up; None without a limit."""
        return self.stops[1]

    @property
    def stops(self) -> tuple[datetime | None, int | None]:
        """``stop_at`` and ``stop_at_wh``, foreseen together."""
        power_w = self.quote.max_power_w if self.power_w is None else self.power_w
        moving = self.used_up(power_w or self.quote.max_power_w)
        ends = moving if power_w else self.used_up(0)
        lag = timedelta(seconds=self.lag_s)
        at = None if ends is None or self.tally is None else ends.at + lag
        return at, None if moving is None else self.meter_start_wh + moving.energy_wh

    @property
    def is_used_up(self) -> bool:
        """Whether one more Wh would cost more than the budget."""
        budget_msat = self.budget_msat
        if budget_msat is None:
            return False
        quote, power_w = self.quote, self.power_w or self.quote.max_power_w
        more_msat = estimated_msat(quote.tariff, quote.rate, self.counted, 1, power_w)
        cost_now_msat = cost_msat(quote.tariff, quote.rate, self.counted)
        return cost_now_msat + more_msat > budget_msat

    @property
    def claimable_msat(self) -> int:
        """What a withdraw may take now: the exact amount, nothing while one is under way."""
        if self.phase is not Phase.ENDED or self.refund is not None:
            return 0
        return self.balances.refundable

    @property
    def is_fixed(self) -> bool:
        """Whether refunds go to the address that came with the payment, and to no other."""
        reach = self.reach
        return reach.fixed and (reach.owed or reach.tries < MOST_TRIES)

    @property
    def is_pushed(self) -> bool:
        """Whether the refund is on its way to that address just now."""
        return self.reach.fixed and self.reach.owed

    @property
    def refund_expires_at(self) -> datetime | None:
        """When a refund that nobody claims is the owner's; None before the end."""
        since = self.owed_since or self.ended_at
        expiry_s = self.quote.limits.refund_expiry_s
        return None if since is None else since + timedelta(seconds=expiry_s)

    @property
    def settled(self) -> bool:
        """Whether nothing is owed to anyone any more."""
        owed = self.balances.refundable + self.balances.refund_in_flight
        held = any(p.state is PaymentState.HELD for p in self.payments)
        return self.phase is Phase.ENDED and not (owed or held or self.running)
