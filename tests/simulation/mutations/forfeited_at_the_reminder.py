"""A refund that nobody has claimed is the owner's as soon as they would be reminded of it."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging import advance
from app.charging.decision import Draft
from app.charging.refunds import forfeit


def injected() -> AbstractContextManager[object]:
    def at_once(draft: Draft) -> None:
        ended_at = draft.session.refund_expires_at
        draft.at = draft.at if ended_at is None else max(draft.at, ended_at)
        forfeit(draft)

    return patch.object(advance, "forfeit", at_once)
