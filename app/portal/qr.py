"""QR codes as inline SVG."""

import io

import segno
from markupsafe import Markup

_BORDER = 4
_ALPHANUMERIC = ("lnurl1", "lnbc", "lntb", "lightning:")


def qr_svg(text: str, *, title: str = "", css_class: str = "qr") -> Markup:
    """The code on a white ground with its quiet zone, so that it is readable in dark mode too.

    Bech32 goes upper-case: the alphanumeric mode makes a smaller code.
    """
    if text.lower().startswith(_ALPHANUMERIC):
        text = text.upper()
    code = segno.make(text, error="m", micro=False, boost_error=False)
    out = io.BytesIO()
    code.save(
        out,
        kind="svg",
        border=_BORDER,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        nl=False,
        omitsize=True,
        title=title or None,
        svgclass=css_class,
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - segno escapes the title
