"""The wallets a tenant has connected: tried, kept, replaced, opened.

One connection is active and makes new invoices. What it replaces stays open for the sessions
that name it. Which one is active is decided by a conditional write of the row ``WALLETS``, so of
two owners' pages that connect at once one is told so.
"""

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from app.charging.errors import (
    BadInput,
    ConditionFailed,
    Conflict,
    StorageUnavailable,
    Unavailable,
)
from app.charging.ports import (
    Absent,
    Chance,
    Clock,
    Condition,
    Equals,
    Operation,
    Put,
    Update,
)
from app.records import keys
from app.records.codec import to_item, to_values
from app.records.ids import new_id
from app.records.owners import Tenant
from app.records.views import WalletKind, WalletProbe
from app.records.wallets import Trouble, WalletConnection
from app.wallets.backend import Backend, ProbeReport, WalletCredentials, backend_of
from app.wallets.connected import ConnectedWallets, OpensSealed

RefundsOwed = Callable[[str], Awaitable[int]]
"""What may have to be paid out of a tenant's wallet, in msat."""

_SANDBOX = "sandbox"
_FINE: Trouble = ""
KEPT_AFTER = timedelta(days=1)
"""A replaced wallet is kept for longer than any invoice of its is asked about."""


@dataclass(frozen=True, slots=True)
class _Replaced:
    """What is set on a connection that another takes the place of."""

    replaced_at: datetime
    status: str = "replaced"


class Opener(OpensSealed, Protocol):
    """Opens stored wallets, tries and seals new ones: here, or in the process that may."""

    async def seal(self, tenant: str, credentials: WalletCredentials) -> bytes:
        """The stored form of a connection's credentials."""
        ...

    async def probe(self, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Try a wallet before it is saved."""
        ...


@dataclass(frozen=True, slots=True)
class WalletConnector(ConnectedWallets):
    """Connects a tenant's wallets and opens them again."""

    opener: Opener
    clock: Clock
    chance: Chance
    refunds_owed: RefundsOwed
    backends: Mapping[str, Backend]
    """The kinds that can be connected."""

    def kinds(self, tenant: Tenant) -> tuple[WalletKind, ...]:
        """What this tenant may connect: the sandbox wallet in a sandbox, and nowhere else."""
        return tuple(
            WalletKind(backend.kind, backend.title, backend.fields)
            for backend in self.backends.values()
            if _is_allowed(tenant, backend.kind)
        )

    async def probe(self, tenant: Tenant, kind: str, fields: Mapping[str, str]) -> WalletProbe:
        """Try one without keeping it; raises ``BadInput`` with the field."""
        report = await self.opener.probe(tenant.id, self._read(tenant, kind, fields))
        return WalletProbe(
            problems=report.problems,
            warnings=await self._warnings(tenant.id, report.spendable_msat),
            spendable_msat=report.spendable_msat if report.can_receive else None,
            name=report.label,
        )

    async def connect(
        self, tenant: Tenant, kind: str, fields: Mapping[str, str]
    ) -> WalletConnection:
        """Try it, keep it, and put it in the place of the active one; raises ``BadInput``."""
        credentials = self._read(tenant, kind, fields)
        report = await self.opener.probe(tenant.id, credentials)
        if not report.is_usable:
            raise BadInput(" ".join(report.problems) or "This wallet cannot be used.")
        connection = await self._connection(tenant.id, credentials, report)
        await self._put_in_place(tenant.id, connection)
        return connection

    async def renew(
        self, tenant: Tenant, wallet_id: str, kind: str, fields: Mapping[str, str]
    ) -> None:
        """Reach the same wallet by other fields (a node's renewed certificate), for everything that
        names its connection; tried before it is kept. Raises ``BadInput``."""
        credentials = self._read(tenant, kind, fields)
        report = await self.opener.probe(tenant.id, credentials)
        if not report.is_usable:
            raise BadInput(" ".join(report.problems) or "This wallet cannot be used.")
        before = await self._rows.get(tenant.id, wallet_id)
        sealed = await self.opener.seal(tenant.id, credentials)
        await self._rows.replace(tenant.id, before, replace(before, sealed_credentials=sealed))

    async def looked_at(self, tenant: str, connection: WalletConnection) -> WalletConnection:
        """What it says now of what it holds, against what is owed to drivers; nothing is kept.

        Raises what the table raises: that is not the wallet's trouble.
        """
        opener, sealed = self.opener, connection.sealed_credentials
        spendable_msat, problem = connection.last_spendable_msat, ""
        trouble: Trouble = _FINE
        try:
            wallet = await opener.open(tenant, connection.id, sealed)
            spendable_msat = await wallet.spendable_msat()
        except StorageUnavailable:
            raise
        except Unavailable as error:
            problem, trouble = error.message, "unreachable"
        else:
            problem = " ".join(await self._warnings(tenant, spendable_msat))
            trouble = "low" if problem else _FINE
        return replace(
            connection,
            last_spendable_msat=spendable_msat,
            last_checked_at=self.clock.now(),
            last_problem=problem,
            last_trouble=trouble,
        )

    async def refresh(self, tenant: str, wallet_id: str) -> WalletConnection:
        """Look at it again, and keep what it says."""
        connection = await self._rows.get(tenant, wallet_id)
        asked = await self.looked_at(tenant, connection)
        try:
            await self._rows.replace(tenant, connection, asked)
        except Conflict:  # replaced or asked by another just now: what that says is as new
            return await self._rows.get(tenant, wallet_id)
        return asked

    async def retire(self, tenant: str, in_use: Container[str]) -> None:
        """Forget the credentials of wallets replaced long ago that nothing open names."""
        now = self.clock.now()
        for one in await self._rows.all(tenant):
            is_old = one.replaced_at is not None and now - one.replaced_at > KEPT_AFTER
            if one.status == "replaced" and is_old and one.id not in in_use:
                retired = replace(one, status="retired", sealed_credentials=b"")
                await self._rows.replace(tenant, one, retired)

    def _read(self, tenant: Tenant, kind: str, fields: Mapping[str, str]) -> WalletCredentials:
        credentials = backend_of(self.backends, kind).check(fields)
        if not _is_allowed(tenant, kind):
            raise BadInput("This kind of wallet cannot be connected here.", field="kind")
        return credentials

    async def _connection(
        self, tenant: str, credentials: WalletCredentials, report: ProbeReport
    ) -> WalletConnection:
        now = self.clock.now()
        return WalletConnection(
            id=new_id(self.chance),
            kind=credentials.kind,
            label=report.label,
            sealed_credentials=await self.opener.seal(tenant, credentials),
            status="active",
            created_at=now,
            can_pay=report.can_pay,
            smallest_unit_msat=report.smallest_unit_msat,
            last_spendable_msat=report.spendable_msat,
            last_checked_at=now,
            last_problem=" ".join(await self._warnings(tenant, report.spendable_msat)),
        )

    async def _put_in_place(self, tenant: str, connection: WalletConnection) -> None:
        before = [one for one in await self._rows.all(tenant) if one.status == "active"]
        unchanged: Condition = Equals({"active": before[0].id}) if before else Absent()
        choice = keys.of_tenant(tenant, "WALLETS")
        row = keys.of_tenant(tenant, f"WALLET#{connection.id}")
        replaced = to_values(_Replaced(self.clock.now()))
        operations: list[Operation] = [
            Put({"pk": choice.pk, "sk": choice.sk, "active": connection.id}, unchanged),
            Put(to_item(row.pk, row.sk, connection), Absent()),
        ]
        operations += [
            Update(keys.of_tenant(tenant, f"WALLET#{one.id}"), set=replaced) for one in before
        ]
        try:
            await self.tables.tenant(tenant).write(operations)
        except ConditionFailed:
            raise Conflict("Another wallet was connected meanwhile; look at it first.") from None

    async def _warnings(self, tenant: str, spendable_msat: int) -> tuple[str, ...]:
        owed_msat = await self.refunds_owed(tenant)
        if spendable_msat >= owed_msat:
            return ()
        return (
            f"The wallet holds {spendable_msat // 1000} sats, and {-(-owed_msat // 1000)} sats "
            "may have to go back to drivers. Top it up.",
        )


def _is_allowed(tenant: Tenant, kind: str) -> bool:
    return (kind == _SANDBOX) == (tenant.mode == _SANDBOX)
