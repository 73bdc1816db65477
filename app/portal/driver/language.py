"""The page's language: what the browser prefers of what we speak, else the owner's."""

from app.portal.driver.german import GERMAN

CATALOGUES: dict[str, dict[str, str]] = {"en": {}, "de": GERMAN}
"""Language → text as it stands in the templates → translation. English is the templates' own."""


def pick_language(accepted: str, owners: str = "en") -> str:
    """The language for an ``Accept-Language`` header (RFC 9110 §12.5.4)."""
    for language in _by_preference(accepted):
        if language in CATALOGUES:
            return language
    return owners if owners in CATALOGUES else "en"


def translate(language: str, text: str) -> str:
    """The text in a language; in English where a translation is missing."""
    return CATALOGUES[language].get(text, text)


def _by_preference(accepted: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, weight = part.partition(";q=")
        language = tag.strip().partition("-")[0].lower()
        try:
            quality = float(weight or 1)  # a preference, no money
        except ValueError:
            quality = 0
        if language and quality > 0:
            weighed.append((-quality, language))
    return [language for _, language in sorted(weighed, key=lambda each: each[0])]
