from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app import operations as op
from app.records.diary import DiaryEntry
from app.records.views import Actor
from tests.support.portal import CANNOT_REFUND, Fixture
from tests.support.tenancy import BASE_URL

LOCATION = {
    "name": "Garage",
    "address": "Hauptstr. 1",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "latitude": "52.52",
    "longitude": 13.405,
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
}
TARIFF = {"name": "Day", "currency": "EUR", "price_per_kwh": "0.45"}
GOOD_WALLET = {"kind": "lnbits", "fields": {"url": "https://x", "admin_key": "secret-key"}}


class Program:
    """A program with an API key."""

    def __init__(self, client: TestClient[Litestar], key: str) -> None:
        self.client = client
        self.headers = {"authorization": f"Bearer {key}"}

    def asks(self, method: str, path: str, body: object = None) -> httpx.Response:
        more: dict[str, Any] = {} if body is None else {"json": body}
        return self.client.request(method, f"/api/v1{path}", headers=self.headers, **more)

    def gets(self, path: str) -> Any:
        response = self.asks("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def makes(self, path: str, body: object) -> Any:
        response = self.asks("POST", path, body)
        assert response.status_code == 201, response.text
        return response.json()

    def charger(self, **more: object) -> Any:
        location, tariff = self.makes("/locations", LOCATION), self.makes("/tariffs", TARIFF)
        body = {"label": "Garage links", "location_id": location["id"], **more}
        return self.makes("/charge-points", {**body, "tariff_id": tariff["id"]})


async def program(portal: Fixture, client: TestClient[Litestar], actor: Actor) -> Program:
    return Program(client, (await portal.services.api_keys.issue(actor, "test")).secret)


@pytest.fixture
async def adas(portal: Fixture, client: TestClient[Litestar], ada: Actor) -> Program:
    return await program(portal, client, ada)


@pytest.fixture
async def bobs(portal: Fixture, client: TestClient[Litestar], bob: Actor) -> Program:
    return await program(portal, client, bob)


def problem(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    assert "Traceback" not in response.text
    body = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body


def test_an_owner_sets_everything_up(adas: Program) -> None:
    account = adas.gets("/tenant")
    assert (account["mode"], account["contact_email"]) == ("live", "ada@example.org")
    changed = adas.asks("PUT", "/tenant", {"name": "Hof", "contact_email": "hof@example.org"})
    assert changed.json()["name"] == "Hof"

    wallet = adas.makes("/wallets", GOOD_WALLET)
    assert wallet["spendable_msat"] == 21_000_000
    assert "secret-key" not in str(adas.gets("/wallets"))

    issued = adas.charger(connectors=2)
    charger = issued["charge_point"]
    assert len(issued["password"]) == 40
    assert charger["websocket_url"].startswith("ws://localhost:8000/ocpp/")
    assert [plug["address"] for plug in charger["connectors"]] == [
        "garage-links-1@strom.example",
        "garage-links-2@strom.example",
    ]
    (listed,) = adas.gets("/charge-points")
    assert listed["charge_point"] == charger
    assert issued["password"] not in str(listed)
    assert not listed["online"]

    renewed = adas.asks("POST", f"/charge-points/{charger['id']}/password").json()
    assert renewed["password"] != issued["password"]
    body = {
        "label": "Garage rechts",
        "location_id": charger["location_id"],
        "tariff_id": charger["tariff_id"],
    }
    moved = adas.asks("PUT", f"/charge-points/{charger['id']}", body).json()
    assert moved["charge_point"]["label"] == "Garage rechts"


def test_things_change_and_go(adas: Program) -> None:
    location, tariff = adas.makes("/locations", LOCATION), adas.makes("/tariffs", TARIFF)
    assert location["longitude"] == "13.405000"
    path = f"/locations/{location['id']}"
    assert adas.asks("PUT", path, {**LOCATION, "name": "Hof"}).json()["name"] == "Hof"
    assert adas.gets(path)["name"] == "Hof"
    newer = adas.asks("PUT", f"/tariffs/{tariff['id']}", {**TARIFF, "start_fee": "1"}).json()
    assert (newer["version"], newer["start_fee"]) == (2, "1.00")
    for gone in (path, f"/tariffs/{tariff['id']}"):
        assert adas.asks("DELETE", gone).status_code == 204
        problem(adas.asks("GET", gone), 404)


async def test_commands_and_sessions(portal: Fixture, adas: Program, ada: Actor) -> None:
    issued = adas.charger()
    charger_id = issued["charge_point"]["id"]
    path = f"/charge-points/{charger_id}/commands"
    problem(adas.asks("POST", path, {"action": "unlock", "connector": 1}), 409)
    portal.chargers.online.add(charger_id)
    sent = adas.asks("POST", path, {"action": "unlock", "connector": 1})
    assert (sent.status_code, sent.json()["state"]) == (202, "waiting")
    assert adas.gets(path)[0]["kind"] == "unlock"
    begun = adas.asks("POST", path, {"action": "start", "connector": 1}).json()
    assert (begun["state"], begun["session_id"]) == ("waiting", "own1")
    assert adas.gets(path)[0] == begun
    portal.chargers.answer(begun["id"], "rejected", "Rejected")
    found = adas.gets(f"{path}/{begun['id']}")
    assert (found["state"], found["detail"]) == ("rejected", "Rejected")
    for unknown in ("c99", "x" * 2000):
        problem(adas.asks("GET", f"{path}/{unknown}"), 404)
    problem(adas.asks("POST", path, {"action": "explode"}), 400)

    charger = await portal.services.chargers.get(ada.tenant.id, charger_id)
    for number in range(3):
        portal.charge(ada.tenant.id, charger, f"s{number}")
    first = adas.gets("/sessions?limit=2")
    assert [each["id"] for each in first["sessions"]] == ["s0", "s1"]
    rest = adas.gets(f"/sessions?limit=2&start={first['next_start']}")
    assert [each["id"] for each in rest["sessions"]] == ["s2"]
    detail = adas.gets("/sessions/s0")
    assert detail["session"]["refund_owed_msat"] == 3_899_000
    assert detail["ledger"][0] == {
        "at": "2026-03-01T12:00:00Z",
        "kind": "paid",
        "amount_msat": 10_000_000,
        "note": f"payment {'0f' * 32}",
    }
    receipt = adas.gets("/sessions/s0/receipt")
    assert (receipt["format"], len(receipt["lines"])) == ("strom-receipt/1", 2)
    problem(adas.asks("POST", "/sessions/s0/stop"), 404)
    problem(adas.asks("GET", "/sessions?limit=0"), 400)


def test_a_wallet_is_tried_without_being_kept(adas: Program) -> None:
    body = {"kind": "lnbits", "fields": {"url": "https://x", "admin_key": "invoice-only"}}
    probe = adas.asks("POST", "/wallets/probe", body).json()
    assert (probe["is_usable"], probe["problems"]) == (False, [CANNOT_REFUND])
    assert problem(adas.asks("POST", "/wallets", body), 422)["detail"] == CANNOT_REFUND
    assert problem(adas.asks("POST", "/wallets", {"kind": "sandbox"}), 422)["field"] == "kind"
    assert adas.gets("/wallets") == []


async def test_a_driver_who_lost_their_link_is_given_a_new_one(
    portal: Fixture, adas: Program, ada: Actor
) -> None:
    issued = adas.charger()["charge_point"]
    charger = await portal.services.chargers.get(ada.tenant.id, issued["id"])
    portal.charge(ada.tenant.id, charger)
    answer = adas.asks("POST", "/sessions/s1/link")
    assert answer.status_code == 201
    assert answer.json() == {"url": f"{BASE_URL}/s/{ada.tenant.id}.s1.1.mac"}
    assert answer.headers["cache-control"] == "no-store"
    [key] = await portal.services.api_keys.all(ada.tenant.id)
    assert portal.sessions.renewed == [(ada.tenant.id, "s1", f"API key {key.id}")]
    problem(adas.asks("POST", "/sessions/s9/link"), 404)


async def test_a_wallet_is_asked_again_what_it_holds(portal: Fixture, adas: Program) -> None:
    wallet = adas.makes("/wallets", GOOD_WALLET)
    portal.wallets.holds_msat = 5_000
    answer = adas.asks("POST", f"/wallets/{wallet['id']}/refresh")
    assert (answer.status_code, answer.json()["spendable_msat"]) == (200, 5_000)
    assert adas.gets("/wallets") == [answer.json()]
    problem(adas.asks("POST", "/wallets/nothing/refresh"), 404)


async def test_another_tenants_ids_are_not_there(
    portal: Fixture, adas: Program, bobs: Program, bob: Actor
) -> None:
    issued = bobs.charger()["charge_point"]
    charger = await portal.services.chargers.get(bob.tenant.id, issued["id"])
    portal.charge(bob.tenant.id, charger)
    portal.chargers.online.add(charger.id)
    wallet = bobs.makes("/wallets", GOOD_WALLET)["id"]
    unlock = {"action": "unlock", "connector": 1}
    given = bobs.asks("POST", f"/charge-points/{charger.id}/commands", unlock).json()["id"]
    change = {
        "label": "mine",
        "location_id": issued["location_id"],
        "tariff_id": issued["tariff_id"],
    }
    attempts: list[tuple[str, str, object]] = [
        ("GET", f"/charge-points/{issued['id']}", None),
        ("PUT", f"/charge-points/{issued['id']}", change),
        ("DELETE", f"/charge-points/{issued['id']}", None),
        ("POST", f"/charge-points/{issued['id']}/password", None),
        ("POST", f"/charge-points/{issued['id']}/commands", {"action": "stop", "connector": 1}),
        ("GET", f"/charge-points/{issued['id']}/commands", None),
        ("GET", f"/charge-points/{issued['id']}/commands/{given}", None),
        ("GET", f"/locations/{issued['location_id']}", None),
        ("PUT", f"/locations/{issued['location_id']}", LOCATION),
        ("DELETE", f"/locations/{issued['location_id']}", None),
        ("GET", f"/tariffs/{issued['tariff_id']}", None),
        ("PUT", f"/tariffs/{issued['tariff_id']}", TARIFF),
        ("DELETE", f"/tariffs/{issued['tariff_id']}", None),
        ("GET", "/sessions/s1", None),
        ("GET", "/sessions/s1/receipt", None),
        ("POST", "/sessions/s1/stop", None),
        ("POST", "/sessions/s1/link", None),
        ("POST", f"/wallets/{wallet}/refresh", None),
    ]
    for method, path, body in attempts:
        problem(adas.asks(method, path, body), 404)
    for path in ("/charge-points", "/locations", "/tariffs", "/wallets"):
        assert adas.gets(path) == []
    assert adas.gets("/sessions")["sessions"] == []
    assert (portal.sessions.renewed, portal.wallets.refreshed) == ([], [])
    refusal = problem(adas.asks("POST", "/charge-points", change), 422)
    assert refusal["field"] == "location_id"
    assert bobs.gets(f"/charge-points/{issued['id']}")["charge_point"]["label"] == "Garage links"


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/locations", {**LOCATION, "colour": "red"}, 400, None),
        ("/locations", {**LOCATION, "latitude": "91"}, 422, "latitude"),
        ("/locations", {**LOCATION, "latitude": "NaN"}, 422, "latitude"),
        ("/locations", {**LOCATION, "latitude": "north"}, 400, None),
        ("/locations", {**LOCATION, "latitude": None}, 400, None),
        ("/locations", {**LOCATION, "time_zone": "Mars/Base"}, 422, "time_zone"),
        ("/locations", {"name": "Garage"}, 400, None),
        ("/locations", [], 400, None),
        ("/tariffs", {**TARIFF, "price_per_kwh": "-1"}, 422, "price_per_kwh"),
        ("/tariffs", {**TARIFF, "currency": "btc"}, 400, None),
        ("/tariffs", {**TARIFF, "id": "mine"}, 400, None),
        ("/charge-points", {"label": "x", "location_id": "", "tariff_id": ""}, 422, "location_id"),
    ],
)
def test_what_cannot_be_used_is_said(
    adas: Program, path: str, body: object, status: int, field: str | None
) -> None:
    found = problem(adas.asks("POST", path, body), status)
    assert found.get("field") == field
    assert adas.gets(path) == []


def test_bodies_that_are_no_json_or_too_large(adas: Program) -> None:
    for content, status in ((b"{", 400), (b"\xff", 400), (b" " * 100_000, 413)):
        response = adas.client.post(
            "/api/v1/locations",
            content=content,
            headers={**adas.headers, "content-type": "application/json"},
        )
        problem(response, status)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer strom_a_b_c"]
)
def test_without_a_key_there_is_nothing(client: TestClient[Litestar], header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    for path in ("/tenant", "/charge-points", "/sessions/s1"):
        response = client.get(f"/api/v1{path}", headers=headers)
        problem(response, 401)
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_signed_in_browser_is_no_key(
    portal: Fixture, client: TestClient[Litestar], ada: Actor
) -> None:
    from tests.portal.conftest import Browser

    Browser(client).signs_in()
    problem(client.get("/api/v1/tenant"), 401)


async def test_a_suspended_account_is_told_so(portal: Fixture, adas: Program, ada: Actor) -> None:
    await portal.house.tenancy.provider.set_status(ada.tenant.id, "suspended")
    assert "suspended" in problem(adas.asks("GET", "/tenant"), 403)["detail"]


def test_paths_and_methods_that_are_not_there(adas: Program) -> None:
    problem(adas.asks("GET", "/nothing"), 404)
    problem(adas.asks("PATCH", "/tenant"), 405)


def test_the_document_says_what_is(client: TestClient[Litestar]) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": BASE_URL}]
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    location = document["components"]["schemas"]["LocationIn"]
    assert location["additionalProperties"] is False
    add = document["paths"]["/api/v1/locations"]["post"]
    assert "application/problem+json" in add["responses"]["422"]["content"]
    assert add["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/LocationIn"
    )
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "/api/v1/charge-points/{charge_point_id}/commands" in page.text
    assert 'href="#LocationIn"' in page.text


async def test_every_operation_of_ocpp_is_a_call(portal: Fixture, adas: Program) -> None:
    charger = adas.charger()["charge_point"]["id"]
    path = f"/charge-points/{charger}/operations"
    waits = {"type": "change_configuration", "key": "k", "value": "v"}
    response = adas.asks("POST", path, waits)
    assert (response.status_code, response.json()["kind"]) == (202, "change_configuration")
    problem(adas.asks("POST", path, {"type": "reset", "how": "Soft"}), 409)
    portal.chargers.online.add(charger)
    profile = {
        "id": 1,
        "stack_level": 0,
        "purpose": "TxDefaultProfile",
        "kind": "Absolute",
        "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16.5"}]},
    }
    limit = {"type": "set_charging_profile", "connector": 1, "profile": profile}
    assert adas.asks("POST", path, limit).status_code == 202
    sent = portal.chargers.operations[-1]
    assert isinstance(sent, op.SetChargingProfile)
    assert sent.profile.schedule.periods[0].limit == Decimal("16.5")
    for wrong in (
        {"type": "start", "connector": 1, "id_tag": "x"},
        {"type": "reset", "how": "Gently"},
        {"type": "get_log", "log": "SecurityLog", "request_id": 1, "location": "nowhere"},
        {},
    ):
        problem(adas.asks("POST", path, wrong), 400)


async def test_the_operations_are_described(client: TestClient[Litestar]) -> None:
    described = client.get("/api/v1/openapi.json").json()
    body = described["paths"]["/api/v1/charge-points/{charge_point_id}/operations"]["post"]
    schema = body["requestBody"]["content"]["application/json"]["schema"]
    assert len(schema["oneOf"]) == len(get_args(op.OwnerOperation))


async def test_what_a_charge_point_told_is_read(portal: Fixture, adas: Program) -> None:
    charger = adas.charger()["charge_point"]["id"]
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    portal.chargers.diary.append(DiaryEntry(noon, "firmware", "Downloading", request_id=7))
    [told] = adas.gets(f"/charge-points/{charger}/told")
    assert (told["topic"], told["word"], told["request_id"]) == ("firmware", "Downloading", 7)


async def test_cards_are_kept_and_are_their_owners_alone(adas: Program, bobs: Program) -> None:
    card = adas.makes("/cards", {"id": "04a1b2", "label": "Anna", "group": "home"})
    assert (card["id"], card["group"], card["blocked"]) == ("04A1B2", "HOME", False)
    problem(adas.asks("POST", "/cards", {"id": "04A1B2", "label": "Bert"}), 409)
    changed = {"id": "04A1B2", "label": "Anna", "blocked": True}
    assert adas.asks("PUT", "/cards/04a1b2", changed).json()["blocked"]
    assert bobs.gets("/cards") == []
    problem(bobs.asks("PUT", "/cards/04A1B2", changed), 404)
    problem(bobs.asks("DELETE", "/cards/04A1B2"), 404)
    assert adas.asks("DELETE", "/cards/04A1B2").status_code == 204
    assert adas.gets("/cards") == []


async def test_a_connector_is_reserved_and_given_back(adas: Program) -> None:
    charger = adas.charger()["charge_point"]
    path = f"/charge-points/{charger['id']}/reservations"
    body = {"connector": 1, "until": "2026-06-02T12:00:00Z", "label": "Bob"}
    kept = adas.makes(path, body)
    assert kept["address"].endswith("+c0de@strom.example")
    assert kept["link"].endswith("+c0de")
    problem(adas.asks("POST", path, body), 409)
    problem(adas.asks("POST", path, {**body, "until": "2026-06-02T12:00:00"}), 400)
    assert adas.gets(path) == [kept]
    assert adas.asks("DELETE", f"{path}/1").status_code == 204
    problem(adas.asks("DELETE", f"{path}/1"), 404)
    card = adas.makes(path, {**body, "card": "04A1"})
    assert (card["card"], card["link"]) == ("04A1", "")
