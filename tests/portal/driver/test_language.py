"""German where the browser wants it, and nothing forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.checkout import availability
from app.checkout.offers import Availability
from app.portal.driver import rendering
from app.portal.driver.german import GERMAN
from app.portal.driver.language import pick_language, translate

TEMPLATES = sorted((rendering.HERE / "templates").glob("*.html"))
STATES = re.compile(r"'(?:\w+)': '([A-Z][\w ]+)'")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_of_the_pages_is_translated(template: Path) -> None:
    source = template.read_text()
    texts = rendering.environment("en").extract_translations(source)  # type: ignore[attr-defined]  # added by the extension
    wanted = {text[0] if isinstance(text, tuple) else text for _, _, text in texts}
    wanted |= set(STATES.findall(source))
    assert wanted - GERMAN.keys() == set()


def test_every_reason_not_to_pay_is_translated() -> None:
    known = [each for each in vars(availability).values() if isinstance(each, Availability)]
    reasons = {each.message for each in [*known, *availability.BY_STATUS.values()]}
    payable = {each.message for each in availability.BY_STATUS.values() if each.can_pay}
    assert reasons - payable - GERMAN.keys() == set()


def test_placeholders_are_the_same() -> None:
    for english, german in GERMAN.items():
        assert set(re.findall(r"%\(\w+\)s", english)) == set(re.findall(r"%\(\w+\)s", german))


@pytest.mark.parametrize(
    ("accepted", "owners", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "en", "de"),
        ("fr,en;q=0.5,de;q=0.7", "en", "de"),
        ("fr-CH", "de", "de"),
        ("", "de", "de"),
        ("", "fr", "en"),
        ("de;q=0,en", "de", "en"),
        ("de;q=x", "en", "en"),
        (",;q=,*", "en", "en"),
    ],
)
def test_the_browsers_wish_comes_first(accepted: str, owners: str, language: str) -> None:
    assert pick_language(accepted, owners) == language


def test_what_is_not_translated_stays_english() -> None:
    assert translate("de", "Connectors 1, 2 are free.") == "Connectors 1, 2 are free."
