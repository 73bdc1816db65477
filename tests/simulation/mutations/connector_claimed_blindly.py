"""Whoever comes has the connector, also from under another who charges there."""

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

from app.charging.claims import Claim, ClaimKind
from app.charging.ports import Delete, Operation, Put
from app.records import sessions


def injected() -> AbstractContextManager[object]:
    real = sessions.claiming

    def claiming(tenant: str, claim: Claim) -> Operation:
        operation = real(tenant, claim)
        if claim.kind is ClaimKind.CONNECTOR and isinstance(operation, Put | Delete):
            return replace(operation, condition=None)
        return operation

    return patch.object(sessions, "claiming", claiming)
