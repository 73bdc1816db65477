"""What is ordered, from whom, and where it is kept."""

from dataclasses import dataclass
from pathlib import Path

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


@dataclass(frozen=True, slots=True)
class AcmeSettings:
    """One certificate for all names."""

    names: tuple[str, ...]
    folder: Path
    """Holds key and chain, the account's key, and what was tried."""
    directory_url: str = LETS_ENCRYPT
    email: str = ""
    """Told to whoever signs; Let's Encrypt writes no letters since 2025."""
    roots_file: str = ""
    """PEM under which the directory itself is, where that is somebody's own; empty: the public
    ones."""
    answer_s: int = 30
    """For one answer."""
    order_s: int = 120
    """For a certificate from the order to the end."""
