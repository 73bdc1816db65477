"""Mail that was kept, where there is no mail server."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail that was kept instead of sent."""

    id: str
    tenant: str
    to: str
    subject: str
    text: str
    at: datetime
