"""The German texts."""

GERMAN: dict[str, str] = {}
