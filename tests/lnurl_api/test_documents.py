"""What our answers have to be, as the LUD documents show it, document by document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.checkout.addresses import pay_request_url
from app.checkout.lnurl_codes import with_scheme
from app.checkout.settings import CheckoutSettings
from app.lnurl_api.success import success_action
from tests.checkout.world import BASE, SeededChance
from tests.lnurl_api.conftest import Driver

DOCUMENTS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "recordings" / "lnurl" / "answers.json").read_text()
)
KINDS: dict[object, type] = {"string": str, "number": int, "boolean": bool}


def agrees(answer: object, document: object) -> bool:
    """Whether everything the document shows is there, of its kind; more may be there too."""
    if isinstance(document, dict):
        return isinstance(answer, dict) and all(
            name in answer and agrees(answer[name], each) for name, each in document.items()
        )
    if isinstance(document, list):
        return (
            isinstance(answer, list)
            and len(answer) == len(document)
            and all(map(agrees, answer, document))
        )
    if isinstance(document, str) and document in KINDS:
        return type(answer) is KINDS[document]
    return answer == document


async def ended(driver: Driver) -> str:
    """The token of a charge of which something is left."""
    token = await driver.pays()
    await driver.shop.starts(token.split(".")[1])
    await driver.shop.stops(token.split(".")[1], 6000)
    return token


@pytest.mark.parametrize("lud", ["lud06", "lud12", "lud18"])
async def test_a_pay_request(driver: Driver, lud: str) -> None:
    assert agrees(await driver.scans(), DOCUMENTS[lud]["pay_request"])


@pytest.mark.parametrize("lud", ["lud06", "lud11"])
async def test_an_invoice(driver: Driver, lud: str) -> None:
    assert agrees(await driver.asks(), DOCUMENTS[lud]["invoice"])


@pytest.mark.parametrize("lud", ["lud06", "lud16", "lud20"])
async def test_an_entry_of_the_metadata(driver: Driver, lud: str) -> None:
    entries = json.loads((await driver.scans())["metadata"])
    assert sum(agrees(entry, DOCUMENTS[lud]["metadata_entry"]) for entry in entries) == 1


@pytest.mark.parametrize("lud", ["lud03", "lud14"])
async def test_a_withdraw_request(driver: Driver, lud: str) -> None:
    answer = await driver.get(f"/lnurl/withdraw/{await ended(driver)}")
    assert agrees(answer, DOCUMENTS[lud]["withdraw_request"])


async def test_lud_03_a_withdrawal_is_accepted_before_it_is_paid(driver: Driver) -> None:
    request = await driver.get(f"/lnurl/withdraw/{await ended(driver)}")
    pr = await driver.shop.refund_invoice(request["maxWithdrawable"])
    answer = await driver.get(request["callback"], k1=request["k1"], pr=pr)
    assert answer == DOCUMENTS["lud03"]["accepted"]
    again = await driver.get(request["callback"], k1=request["k1"], pr=pr + "x")
    assert agrees(again, DOCUMENTS["lud03"]["error"])


@pytest.mark.parametrize("lud", ["lud06", "lud21"])
async def test_an_error(driver: Driver, lud: str) -> None:
    path = "/lnurl/pay/nobody" if lud == "lud06" else "/lnurl/verify/nothing"
    assert agrees(await driver.get(path), DOCUMENTS[lud]["error"])


async def test_lud_09_the_link_is_of_the_callbacks_domain(driver: Driver) -> None:
    request = await driver.scans()
    answer = await driver.get(request["callback"], amount=5_000_000)
    action = answer["successAction"]
    assert agrees(action, DOCUMENTS["lud09"]["url_action"])
    assert len(action["description"]) <= DOCUMENTS["lud09"]["longest"]
    assert urlsplit(action["url"]).netloc == urlsplit(request["callback"]).netloc


async def test_lud_10_the_encrypted_link(driver: Driver) -> None:
    issued = replace(await driver.shop.asks(), preimage="01" * 32)
    settings = CheckoutSettings(BASE, success_action="aes")
    action = success_action(issued, settings, SeededChance())
    assert agrees(action, DOCUMENTS["lud10"]["aes_action"])


async def test_lud_16_addresses_are_asked_where_the_document_says(driver: Driver) -> None:
    document = DOCUMENTS["lud16"]
    assert pay_request_url(document["address"]) == document["url"]
    address = dict(json.loads((await driver.scans())["metadata"]))["text/identifier"]
    assert re.fullmatch(f"[{document['username']}]+", address.partition("@")[0])


@pytest.mark.parametrize("example", DOCUMENTS["lud17"], ids=lambda example: example["scheme"])
def test_lud_17_schemes(example: dict[str, str]) -> None:
    assert with_scheme(example["url"], example["scheme"]) == example["raw"]


async def test_lud_21_an_invoice_that_is_not_paid(driver: Driver) -> None:
    answer = await driver.get((await driver.asks())["verify"])
    assert agrees(answer, DOCUMENTS["lud21"]["unpaid"])


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        ({}, {"tag": "payRequest"}),
        ({"tag": "x"}, {"tag": "payRequest"}),
        ({"minSendable": True}, {"minSendable": "number"}),
        ({"minSendable": "1"}, {"minSendable": "number"}),
        ({"routes": [1]}, {"routes": []}),
        ({"preimage": "x"}, {"preimage": None}),
    ],
)
def test_what_does_not_agree_is_noticed(answer: object, document: object) -> None:
    assert not agrees(answer, document)
