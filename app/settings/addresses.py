"""What the rules about addresses ask."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_here(url: str) -> bool:
    """Whether it leads to this machine, for whoever asks on it."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def is_whole(url: str) -> bool:
    """Whether it has a host, and neither a user nor anything after its path."""
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.username is None and not (parts.query or parts.fragment)


def is_on_this_network(url: str) -> bool:
    """Whether its host is an address in numbers that the internet does not lead to."""
    try:
        return not ip_address(urlsplit(url).hostname or "").is_global
    except ValueError:
        return False


def is_named(url: str, scheme: str, names: tuple[str, ...]) -> bool:
    """Whether it is one of these names, by this scheme."""
    parts = urlsplit(url)
    return parts.scheme == scheme and (parts.hostname or "") in names


def parts_of(text: str) -> list[str]:
    """What stands between commas."""
    return [part for part in (each.strip() for each in text.split(",")) if part]
