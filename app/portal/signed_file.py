"""Signed meter values as a file, for owners and drivers alike."""

from collections.abc import Sequence

import msgspec
from litestar import Response
from litestar.enums import MediaType

from app.records.signed_readings import SignedValue


def signed_file(values: Sequence[SignedValue], session_id: str) -> Response[object]:
    """A download: each value word for word, with when and in which context it was sent."""
    name = f"signed-meter-values-{session_id}.json"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    content = {"session": session_id, "values": msgspec.to_builtins(values)}
    return Response(content, media_type=MediaType.JSON, headers=headers)
