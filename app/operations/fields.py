"""What fields of operations may hold; the limits are OCPP's."""

from typing import Annotated

from msgspec import Meta

ConnectorNumber = Annotated[int, Meta(ge=0, le=1000)]
"""0: the charge point as a whole."""
OneConnector = Annotated[int, Meta(ge=1, le=1000)]
IdTag = Annotated[str, Meta(min_length=1, max_length=20)]
"""OCPP 1.6 §7.28 IdToken: CiString20."""
Location = Annotated[str, Meta(min_length=1, max_length=512, pattern="^[a-zA-Z]+://[^ ]+$")]
"""A URL the charge point sends to or fetches from."""
Pem = Annotated[str, Meta(min_length=1, max_length=10_000)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Seconds = Annotated[int, Meta(ge=0, le=7 * 86_400)]
Whole = Annotated[int, Meta(ge=0, le=2**31 - 1)]
