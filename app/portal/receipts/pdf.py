"""A receipt as a PDF. The library is loaded when the first one is asked for."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from app.portal.receipts.shown import Rows, ShownReceipt, Table

FONTS = Path(__file__).parent / "fonts"
_REGULAR, _BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
_INK, _SOFT, _LINE = "#17211c", "#56635c", "#dbe1dd"
_WIDTH = 481
"""Points between the margins of an A4 page."""
_ITEMS = (211, 90, 90, 90)
_VAT = (211, 90, 90, 90)
_PAYMENTS = (110, 85, 75, 211)
_READINGS = (160, 107, 107, 107)
_ROW_HEIGHT = 15
_ROWS_A_PAGE = 44
"""With the head and a title they fit on a page."""


def receipt_pdf(receipt: ShownReceipt, language: str) -> bytes:
    """The file; the same receipt gives the same bytes."""
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer

    styles = _styles()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=(595.28, 841.89),
        leftMargin=57,
        rightMargin=57,
        topMargin=50,
        bottomMargin=55,
        title=f"{receipt.title} {receipt.number}",
        lang=language,
        invariant=1,
    )
    story: list[Any] = [
        Paragraph(escape(receipt.title), styles["title"]),
        Paragraph(escape(receipt.number), styles["soft"]),
    ]
    if receipt.note:
        story.append(Paragraph(escape(receipt.note), styles["bold"]))
    story += [Spacer(0, 10), _pairs(receipt.facts, styles), Spacer(0, 14)]
    if len(receipt.items) > 1:
        story += [_table(receipt.items, _ITEMS, styles, right=3), Spacer(0, 10)]
        story += [_table(receipt.vat, _VAT, styles, right=3), Spacer(0, 14)]
    story += [_pairs(receipt.sums, styles), Spacer(0, 14)]
    if len(receipt.payments) > 1:
        story += [_table(receipt.payments, _PAYMENTS, styles, right=0), Spacer(0, 14)]
    story += [Paragraph(escape(receipt.again), styles["soft"]), Spacer(0, 18)]
    if len(receipt.readings) > 1:
        story.append(PageBreak())
        story.append(Paragraph(escape(receipt.readings_title), styles["head"]))
        story += _readings(receipt.readings)

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(_REGULAR, 8)
        canvas.setFillColor(_SOFT)
        canvas.drawRightString(538, 30, f"{receipt.number} · {page.page}")

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (_REGULAR, _BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))

    def style(name: str, font: str, size: float, colour: str, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            name,
            fontName=font,
            fontSize=size,
            leading=size * 1.35,
            textColor=HexColor(colour),
            splitLongWords=1,
            **more,
        )

    return {
        "title": style("title", _BOLD, 20, _INK, spaceAfter=4),
        "head": style("head", _BOLD, 12, _INK, spaceAfter=6),
        "text": style("text", _REGULAR, 9, _INK),
        "bold": style("bold", _BOLD, 9, _INK),
        "soft": style("soft", _REGULAR, 9, _SOFT),
        "right": style("right", _REGULAR, 9, _INK, alignment=2),
        "soft right": style("soft right", _REGULAR, 9, _SOFT, alignment=2),
    }


def _pairs(rows: Rows, styles: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph
    from reportlab.platypus import Table as PdfTable

    cells = [
        [Paragraph(escape(name), styles["soft"]), Paragraph(escape(value), styles["text"])]
        for name, value in rows
    ]
    return PdfTable(cells, colWidths=(130, _WIDTH - 130), style=_lines(0), hAlign="LEFT")


def _table(table: Table, widths: tuple[int, ...], styles: dict[str, Any], *, right: int) -> Any:
    """A table whose last ``right`` columns are numbers; its head stands on each page."""
    from reportlab.platypus import LongTable, Paragraph

    first_number = len(widths) - right

    def cell(text: str, column: int, *, is_head: bool) -> Any:
        side = " right" if column >= first_number else ""
        name = f"soft{side}" if is_head else side.strip() or "text"
        return Paragraph(escape(text), styles[name])

    cells = [
        [cell(text, column, is_head=row == 0) for column, text in enumerate(texts)]
        for row, texts in enumerate(table)
    ]
    return LongTable(cells, colWidths=widths, repeatRows=1, style=_lines(1), hAlign="LEFT")


def _readings(table: Table) -> Iterator[Any]:
    """A table for each page, of bare texts in rows of one height: a long charge has thousands."""
    from reportlab.platypus import PageBreak
    from reportlab.platypus import Table as PdfTable

    style = [
        *_lines(1),
        ("FONT", (0, 0), (-1, -1), _REGULAR, 9),
        ("TEXTCOLOR", (0, 0), (-1, 0), _SOFT),
        ("TEXTCOLOR", (0, 1), (-1, -1), _INK),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
    ]
    head, *rows = table
    for first in range(0, len(rows), _ROWS_A_PAGE):
        if first:
            yield PageBreak()
        cells = [head, *rows[first : first + _ROWS_A_PAGE]]
        heights = [_ROW_HEIGHT] * len(cells)
        yield PdfTable(cells, colWidths=_READINGS, rowHeights=heights, style=style, hAlign="LEFT")


def _lines(heads: int) -> list[tuple[Any, ...]]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        *([("LINEBELOW", (0, 0), (-1, heads - 1), 1, _SOFT)] if heads else []),
    ]
