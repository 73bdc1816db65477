"""E-mail addresses: one spelling for each mailbox, and the plainly impossible refused."""

import re

from app.charging.errors import BadInput

_LONGEST = 254
_SHAPE = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,64}@[^\s@.<>,;:]+(\.[^\s@.<>,;:]+)+")


def normal_email(text: str, *, field: str = "email") -> str:
    """The address in lower case; raises ``BadInput`` if it can be none."""
    email = text.strip().lower()
    if len(email) > _LONGEST or not _SHAPE.fullmatch(email):
        raise BadInput("this is not an e-mail address", field=field)
    return email
