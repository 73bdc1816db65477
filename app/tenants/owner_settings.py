"""What an owner decides about themselves: how drivers reach them, and their limits."""

import re
from dataclasses import dataclass, replace

from app.charging.errors import BadInput
from app.charging.ports import Tables
from app.records import rows
from app.records.drafts import SettingsDraft
from app.records.fields import line
from app.records.owners import Tenant
from app.tenants.emails import normal_email

LANGUAGES = ("en", "de")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,30}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_REFUND_EXPIRY_DAYS = range(14, 3651)
_REFUND_REMINDER_DAYS = range(366)
_SILENT_LIMIT_HOURS = range(1, 169)


@dataclass(frozen=True, slots=True)
class OwnerSettings:
    """Reads and changes the tenant's record."""

    tables: Tables

    async def get(self, tenant: str) -> Tenant:
        """The record as it is."""
        return await rows.tenants(self.tables).get(tenant, tenant)

    async def change(self, tenant: str, draft: SettingsDraft) -> Tenant:
        """Keep what the owner chose; raises ``BadInput`` with the field."""
        before = await self.get(tenant)
        after = replace(
            before,
            name=line(draft.name, field="name", longest=80),
            contact_email=normal_email(draft.contact_email, field="contact_email"),
            contact_phone=_phone(draft.contact_phone),
            currency=_currency(draft.currency),
            language=_language(draft.language),
            refund_expiry_days=_within(
                draft.refund_expiry_days, _REFUND_EXPIRY_DAYS, "refund_expiry_days", "days"
            ),
            refund_reminder_days=_within(
                draft.refund_reminder_days, _REFUND_REMINDER_DAYS, "refund_reminder_days", "days"
            ),
            silent_limit_hours=_within(
                draft.silent_limit_hours, _SILENT_LIMIT_HOURS, "silent_limit_hours", "hours"
            ),
            allows_no_password=draft.allows_no_password,
        )
        await rows.tenants(self.tables).replace(tenant, before, after)
        return after


def _phone(text: str) -> str:
    phone = line(text, field="contact_phone", longest=32, required=False)
    if phone and not _PHONE.fullmatch(phone):
        raise BadInput("write it like +49 30 123456", field="contact_phone")
    return phone


def _currency(text: str) -> str:
    code = text.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise BadInput("three letters, like EUR", field="currency")
    return code


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise BadInput(f"one of {', '.join(LANGUAGES)}", field="language")
    return text


def _within(value: int, allowed: range, field: str, unit: str) -> int:
    if value not in allowed:
        raise BadInput(f"{allowed.start} to {allowed.stop - 1} {unit}", field=field)
    return value
