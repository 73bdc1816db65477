"""Whatever an owner can have done has its place on the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, get_args

import pytest

from app import operations as op
from app.portal.owner.operation_catalogue import FORMS
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.support.portal import Fixture

URL: Final = "https://files.example/x"
TWO: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""14:00 at a place that keeps Berlin's time."""
HASH: Final = op.CertificateHash("SHA256", "aa", "bb", "01")
HASHED: Final = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "aa",
    "issuerKeyHash": "bb",
    "serialNumber": "01",
}


def profile(*periods: op.SchedulePeriod, **changes: object) -> op.SetChargingProfile:
    schedule = op.ChargingSchedule("A", periods, **changes.pop("schedule", {}))  # type: ignore[arg-type]  # of a test
    return op.SetChargingProfile(
        1,
        op.ChargingProfile(
            id=2,
            stack_level=1,
            purpose="TxDefaultProfile",
            schedule=schedule,
            **{"kind": "Relative", **changes},  # type: ignore[arg-type]  # of a test
        ),
    )


PROFILE: Final = {
    "connector": "1",
    "id": "2",
    "stack_level": "1",
    "purpose": "TxDefaultProfile",
    "kind": "Relative",
    "unit": "A",
}
SENT: Final[list[tuple[str, dict[str, str], op.OwnerOperation]]] = [
    (
        "change_availability",
        {"availability": "Inoperative", "connector": "2"},
        op.ChangeAvailability("Inoperative", 2),
    ),
    ("trigger", {"message": "MeterValues", "connector": "1"}, op.Trigger("MeterValues", 1)),
    ("clear_cache", {}, op.ClearCache()),
    (
        "limit",
        {"connector": "1", "limit": "16", "unit": "A"},
        op.SetChargingProfile(
            1,
            op.ChargingProfile(
                id=1,
                stack_level=0,
                purpose="TxDefaultProfile",
                kind="Recurring",
                recurrency="Daily",
                schedule=op.ChargingSchedule(
                    "A",
                    (op.SchedulePeriod(0, Decimal(16)),),
                    86_400,
                    datetime(2020, 1, 1, tzinfo=UTC),
                ),
            ),
        ),
    ),
    (
        "set_charging_profile",
        {**PROFILE, "periods": "0:00 16\n 6:30  10,5 1 \r\n\n22:00 0"},
        profile(
            op.SchedulePeriod(0, Decimal(16)),
            op.SchedulePeriod(23_400, Decimal("10.5"), 1),
            op.SchedulePeriod(79_200, Decimal(0)),
        ),
    ),
    (
        "set_charging_profile",
        {
            **PROFILE,
            "kind": "Daily",
            "starts_at": "2026-06-01T14:00",
            "duration_s": "3600",
            "valid_from": "2026-06-01T14:00",
            "valid_to": "2026-06-01T14:00",
            "periods": "0:00 16",
        },
        profile(
            op.SchedulePeriod(0, Decimal(16)),
            schedule={"duration_s": 3600, "starts_at": TWO},
            kind="Recurring",
            recurrency="Daily",
            valid_from=TWO,
            valid_to=TWO,
        ),
    ),
    ("clear_charging_profile", {}, op.ClearChargingProfile()),
    (
        "clear_charging_profile",
        {"profile_id": "7", "connector": "0", "purpose": "TxProfile", "stack_level": "3"},
        op.ClearChargingProfile(7, 0, "TxProfile", 3),
    ),
    (
        "get_composite_schedule",
        {"connector": "1", "duration_s": "60"},
        op.GetCompositeSchedule(1, 60),
    ),
    ("get_charging_profiles", {"request_id": "4"}, op.GetChargingProfiles(4)),
    (
        "get_charging_profiles",
        {"request_id": "4", "connector": "2"},
        op.GetChargingProfiles(4, 2),
    ),
    (
        "get_diagnostics",
        {"location": URL, "retries": "3", "retry_interval_s": "60"},
        op.GetDiagnostics(URL, retries=3, retry_interval_s=60),
    ),
    (
        "get_log",
        {"log": "SecurityLog", "request_id": "1", "location": URL},
        op.GetLog("SecurityLog", 1, URL),
    ),
    (
        "update_firmware",
        {
            "location": URL,
            "retrieve_at": "2026-06-01T14:00",
            "install_at": "2026-06-01T14:00",
            "request_id": "1",
            "retries": "2",
            "retry_interval_s": "60",
        },
        op.UpdateFirmware(URL, TWO, 1, TWO, retries=2, retry_interval_s=60),
    ),
    ("get_local_list_version", {}, op.GetLocalListVersion()),
    (
        "get_installed_certificates",
        {"kind": "V2GRootCertificate"},
        op.GetInstalledCertificates("V2GRootCertificate"),
    ),
    (
        "install_certificate",
        {"kind": "MORootCertificate", "certificate": "P" * 5000},
        op.InstallCertificate("MORootCertificate", "P" * 5000),
    ),
    (
        "delete_certificate",
        {
            "algorithm": "SHA256",
            "issuer_name_hash": "aa",
            "issuer_key_hash": "bb",
            "serial_number": "01",
        },
        op.DeleteCertificate(HASH),
    ),
    (
        "set_network_profile",
        {
            "slot": "1",
            "url": "wss://csms.example/",
            "security_profile": "2",
            "message_timeout_s": "30",
            "interface": "Wireless0",
        },
        op.SetNetworkProfile(1, "wss://csms.example/", 2, 30, "Wireless0"),
    ),
    ("get_transaction_status", {"reference": "tx-1"}, op.GetTransactionStatus("tx-1")),
    ("get_transaction_status", {}, op.GetTransactionStatus()),
    (
        "data_transfer",
        {"vendor_id": "v", "message_id": "m", "data": "d"},
        op.TransferData("v", "m", "d"),
    ),
]
ELSEWHERE: Final = {
    "unlock": ("", 'name="action" value="unlock"'),
    "reset": ("", 'name="action" value="soft_reset"'),
    "change_configuration": ("/configuration", 'name="do" value="set"'),
    "get_configuration": ("/configuration", 'name="do" value="read"'),
    "send_local_list": ("/edit", 'name="local_list"'),
    "reserve": ("/operations", '/reservations" class'),
    "cancel_reservation": ("/operations", "/reservations/1/cancel"),
    "certificate_signed": ("/security", '/security/certificate"'),
}
"""What has a page of its own: where, and what must be there."""


async def test_whatever_an_owner_can_have_done_has_its_place(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    portal.chargers.online.add(charger.id)
    await portal.reservations.reserve(ada.tenant.id, charger, 1, TWO)
    browser.signs_in()
    every = {kind.__struct_config__.tag for kind in get_args(op.OwnerOperation)}
    by_form = {op.name_of(operation) for _, _, operation in SENT}
    assert every - by_form - set(ELSEWHERE) == set(), "no page has these"
    assert set(ELSEWHERE) & by_form == set()
    for name, (page, mark) in ELSEWHERE.items():
        browser.opens(f"/chargers/{charger.id}{page}")
        assert mark in browser.page, name
    browser.opens(f"/chargers/{charger.id}/operations")
    offered = {form.type for form in FORMS if f'value="{form.type}"' in browser.page}
    assert offered == {form for form, _, _ in SENT}


@pytest.mark.parametrize(("form", "filled_in", "operation"), SENT)
async def test_a_form_becomes_its_operation(
    portal: Fixture,
    browser: Browser,
    ada: Actor,
    form: str,
    filled_in: dict[str, str],
    operation: op.OwnerOperation,
) -> None:
    charger = (await portal.charger(ada.tenant.id, connectors=2)).charge_point
    portal.chargers.online.add(charger.id)
    browser.signs_in()
    path = f"/chargers/{charger.id}/operations"
    browser.opens(path)
    shown = browser.page.partition(f'name="type" value="{form}"')[2].partition("</form>")[0]
    assert [name for name in filled_in if f'name="{name}"' not in shown] == []
    browser.sends(path, type=form, **filled_in)
    assert portal.chargers.operations == [operation], browser.text


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"periods": ""}, "Limits: this is needed"),
        ({"periods": "16"}, "hours:minutes after the beginning, then the limit"),
        ({"periods": "0:00 16 4"}, "hours:minutes"),
        ({"periods": "0:00 -1"}, "hours:minutes"),
        ({"periods": "1:00 16"}, "the first begins at 0:00"),
        ({"periods": "0:00 16\n5:00 8\n5:00 9"}, "one after the other"),
        ({"periods": "0:00 99999999999"}, "from 0 to"),
        ({"periods": "\n".join(f"{hour}:00 1" for hour in range(2000))}, "1024"),
        ({"kind": "Daily"}, "Its start: this is needed"),
        ({"kind": "Absolute"}, "Its start: this is needed"),
        ({"starts_at": "2026-06-01T14:00"}, "leave this empty"),
        ({"purpose": "Other"}, "For: "),
    ],
)
async def test_a_profile_that_cannot_be_says_what_to_change(
    portal: Fixture, browser: Browser, ada: Actor, changed: dict[str, str], wrong: str
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    browser.signs_in()
    path = f"/chargers/{charger.id}/operations"
    browser.opens(path)
    sent = {"type": "set_charging_profile", **PROFILE, "periods": "0:00 16", **changed}
    answer = browser.sends(path, **sent)
    assert answer.status_code == 422
    assert wrong in browser.text
    assert portal.chargers.operations == []


async def test_a_root_that_it_trusts_is_removed_by_a_button(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    portal.chargers.online.add(charger.id)
    asked = op.GetInstalledCertificates("CentralSystemRootCertificate")
    given = await portal.chargers.operate(ada.tenant.id, charger, asked)
    portal.chargers.answer(given.id, "accepted", "", {"certificateHashData": [HASHED]})
    browser.signs_in()
    path = f"/chargers/{charger.id}/operations"
    browser.opens(path)
    assert "Roots it trusts" in browser.text
    button = browser.page.partition("Roots it trusts")[2].partition("</form>")[0]
    hidden = dict(
        part.partition('" value="')[::2]
        for part in (
            piece.partition('">')[0] for piece in button.split('<input type="hidden" name="')[1:]
        )
    )
    browser.sends(path, **{name: value for name, value in hidden.items() if name != "csrf"})
    assert portal.chargers.operations[-1] == op.DeleteCertificate(HASH)
    [removed, *_] = await portal.chargers.latest(ada.tenant.id, charger)
    portal.chargers.answer(removed.id, "accepted", "")
    browser.opens(path)
    assert "Roots it trusts" not in browser.text
