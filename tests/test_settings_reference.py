"""docs/settings.md says what the settings are."""

from settings_reference import DOCUMENT, SOURCE, described, written

from app.settings import DEFAULTS


def test_the_document_is_as_the_settings_are() -> None:
    command = "python scripts/settings_reference.py --write"
    assert DOCUMENT.read_text() == written(), f"run `{command}`"


def test_every_setting_says_what_it_is() -> None:
    found = {each.name: each.text for each in described(SOURCE.read_text()) if each.name}
    assert list(found) == list(DEFAULTS)
    assert [name for name, text in found.items() if not text] == []
