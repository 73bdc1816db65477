"""What the rules about addresses ask."""

from urllib.parse import urlsplit


def is_here(url: str) -> bool:
    """Whether it leads to this machine, for whoever asks on it."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def is_named(url: str, scheme: str, names: tuple[str, ...]) -> bool:
    """Whether it is one of these names, by this scheme."""
    parts = urlsplit(url)
    return parts.scheme == scheme and (parts.hostname or "") in names


def parts_of(text: str) -> list[str]:
    """What stands between commas."""
    return [part for part in (each.strip() for each in text.split(",")) if part]
