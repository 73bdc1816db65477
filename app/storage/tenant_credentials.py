"""Credentials that reach one tenant's rows alone: a role assumed with the tenant as session tag.

The role's policy says ``dynamodb:LeadingKeys`` = ``T#${aws:PrincipalTag/tenant}#*``, so that AWS
itself refuses what the guard would have let through. The directory and the due index are for the
role of the process.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from botocore.client import BaseClient
from botocore.credentials import ReadOnlyCredentials

from app.storage.guard import current_scope

Assumed = tuple[ReadOnlyCredentials, float]
"""Keys, and for how many seconds they are good."""

_MOST = 5000
_RENEWED_BEFORE_S = 300
_DURATION_S = 3600  # the most that AWS gives where one role assumes another


class AssumesRoles(Protocol):
    """STS; botocore's client, or a test's."""

    def assume_role(self, **parameters: Any) -> Mapping[str, Any]:
        """AssumeRole."""
        ...


@dataclass(slots=True)
class TenantCredentials:
    """Keys by tenant, kept until shortly before they end. Called in threads, and waits there."""

    sts: Callable[[], AssumesRoles]
    """Made when it is needed first."""
    role: str
    """Its ARN."""
    monotonic: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, Assumed] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _client: AssumesRoles | None = None

    def of(self, tenant: str) -> ReadOnlyCredentials:
        """The keys for this tenant's rows."""
        with self._lock:
            kept = self._kept.get(tenant)
            if kept is not None and self.monotonic() < kept[1]:
                self._kept.move_to_end(tenant)
                return kept[0]
            if self._client is None:
                self._client = self.sts()
            client = self._client
        keys, good_until = self._assume(client, tenant)
        with self._lock:
            self._kept[tenant] = keys, good_until
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return keys

    def _assume(self, client: AssumesRoles, tenant: str) -> Assumed:
        answer = client.assume_role(
            RoleArn=self.role,
            RoleSessionName=f"tenant-{tenant}"[:64],
            DurationSeconds=_DURATION_S,
            Tags=[{"Key": "tenant", "Value": tenant}],
        )["Credentials"]
        keys = ReadOnlyCredentials(
            answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]
        )
        ends: datetime = answer["Expiration"]
        left_s = (ends - datetime.now(ends.tzinfo)).total_seconds()
        return keys, self.monotonic() + left_s - _RENEWED_BEFORE_S


@dataclass(frozen=True, slots=True)
class _AsBotocore:
    """What botocore asks for keys."""

    keys: ReadOnlyCredentials

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return self.keys


def sign_for_tenants(client: BaseClient, credentials: TenantCredentials) -> None:
    """Have every request for a tenant's rows signed with that tenant's keys."""

    def before_sign(request: Any, **_: object) -> None:
        scope = current_scope()
        tenant = None if scope is None else scope.tenant
        if tenant is not None:
            signing = request.context.setdefault("signing", {})
            signing["request_credentials"] = _AsBotocore(credentials.of(tenant))

    client.meta.events.register("before-sign.dynamodb", before_sign)
