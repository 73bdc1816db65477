"""What meters have signed, on its way from the edge to where it is kept."""

from app.edge_messages import SignedReading
from app.records.signed_readings import SignedValue

MOST_IN_A_ROW = 300_000
"""Characters beside a transaction; a row holds 400 KB."""


def signed_values(signed: tuple[SignedReading, ...]) -> tuple[SignedValue, ...]:
    """As they are kept, word for word."""
    return tuple(
        SignedValue(each.at, each.data, each.context, each.method, each.public_key)
        for each in signed
    )


def within_a_row(values: tuple[SignedValue, ...]) -> tuple[SignedValue, ...]:
    """As many as fit beside a transaction; of those that do not, the last say most."""
    kept, size = list[SignedValue](), 0
    for value in reversed(values):
        size += len(value.data) + len(value.public_key)
        if size > MOST_IN_A_ROW:
            break
        kept.append(value)
    return tuple(reversed(kept))
