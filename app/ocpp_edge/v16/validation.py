"""The schemas of OCPP 1.6; what is done with them is the same in every version."""

from pathlib import Path

from app.ocpp_edge import validation
from app.ocpp_edge.validation import Schemas, mend

__all__ = ["Schemas", "mend", "schema_folder"]


def schema_folder() -> Path:
    """Where the `ocpp` package keeps the schemas of 1.6."""
    return validation.schema_folder("v16")
