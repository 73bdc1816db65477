"""Firmware and logs."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.operations.fields import Count, Location, Seconds, Whole


class GetDiagnostics(Struct, frozen=True, tag="get_diagnostics"):
    """Have diagnostics uploaded (OCPP 1.6 §5.9)."""

    location: Location
    since: datetime | None = None
    until: datetime | None = None
    retries: Count | None = None
    retry_interval_s: Seconds | None = None


class GetLog(Struct, frozen=True, tag="get_log"):
    """Have a log uploaded (whitepaper §4.4; 2.0.1 N01)."""

    log: Literal["DiagnosticsLog", "SecurityLog"]
    request_id: Whole
    location: Location
    since: datetime | None = None
    until: datetime | None = None
    retries: Count | None = None
    retry_interval_s: Seconds | None = None


class UpdateFirmware(Struct, frozen=True, tag="update_firmware"):
    """Have firmware fetched and installed (OCPP 1.6 §5.19; signed: whitepaper §4.9, 2.0.1 L01).

    With a ``signing_certificate`` and ``signature`` the charge point checks where it comes from.
    """

    location: Location
    retrieve_at: datetime
    request_id: Whole = 0
    install_at: datetime | None = None
    signing_certificate: Annotated[str, Meta(max_length=5500)] = ""
    signature: Annotated[str, Meta(max_length=800)] = ""
    retries: Count | None = None
    retry_interval_s: Seconds | None = None

    @property
    def is_signed(self) -> bool:
        """Whether the charge point can check who made it."""
        return bool(self.signing_certificate and self.signature)
