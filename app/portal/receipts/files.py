"""Receipts as downloads, for owners and drivers alike."""

import asyncio

from litestar import Response
from litestar.enums import MediaType

from app.checkout.receipts import Receipt, encode
from app.portal.receipts.pdf import receipt_pdf
from app.portal.receipts.shown import shown_receipt


def receipt_json(receipt: Receipt) -> Response[object]:
    """For programs, and for ``strom price``."""
    name = f"receipt-{receipt.session}.json"
    return Response[object](
        encode(receipt), media_type=MediaType.JSON, headers=_headers(name, "attachment")
    )


async def receipt_file(receipt: Receipt, language: str) -> Response[object]:
    """For the files of whoever paid."""
    made = await asyncio.to_thread(receipt_pdf, shown_receipt(receipt, language), language)
    name = f"receipt-{receipt.session}.pdf"
    return Response[object](made, media_type="application/pdf", headers=_headers(name, "inline"))


def _headers(name: str, how: str) -> dict[str, str]:
    return {
        "content-disposition": f'{how}; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
