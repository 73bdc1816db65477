"""What is kept of a charge point's password, which is random: it needs no slow hash."""

import hashlib


def sha256(password: str) -> str:
    """What is kept of a charger's password, and what the edge sends to compare."""
    return hashlib.sha256(password.encode()).hexdigest()
