"""A tariff as a form an owner fills in, and back.

The form has the usual price and rows for other times. What it cannot show (steps, reservations,
several rates of VAT) is edited as OCPI's JSON in a field of its own.
"""

from app.portal.owner.tariff_form.fields import (
    FIELDS,
    LONGEST,
    SIGNAL_STEPS,
    Row,
    row_fields,
    rows_of,
    with_row,
    without_row,
)
from app.portal.owner.tariff_form.reading import draft_of, placed
from app.portal.owner.tariff_form.showing import form_of

__all__ = [
    "FIELDS",
    "LONGEST",
    "SIGNAL_STEPS",
    "Row",
    "draft_of",
    "form_of",
    "placed",
    "row_fields",
    "rows_of",
    "with_row",
    "without_row",
]
