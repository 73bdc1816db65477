"""Logging to standard error: one line of JSON an event, with whom it is about, without secrets.

httpx and its kin log whole URLs at INFO, which carry webhook secrets and k1, PynamoDB whole rows:
silenced here. What looks like a secret all the same is blotted out.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from app.telemetry.context import log_fields
from app.telemetry.redaction import without_secrets

CHATTY = (
    "httpx",
    "httpcore",
    "botocore",
    "opentelemetry",
    "pynamodb",
    "requests",
    "urllib3",
    "mangum",
    "websockets",
    "uvicorn.access",
    "ocpp",
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Each record as one JSON object; extras become fields, beside what the work is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= log_fields()
        fields |= {k: v for k, v in vars(record).items() if k not in STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(fields, default=str))


def set_up_logging(level: str) -> None:
    """Log to standard error from this level on; chatty libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
