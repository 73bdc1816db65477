"""A mail, the port that sends it, and how one is written from a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address, in plain text and as a simple page."""

    tenant: str
    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Sends mail. Raises ``Unavailable`` when it cannot."""

    async def send(self, mail: Mail) -> None:
        """Hand the mail over for delivery."""
        ...


def written(tenant: str, to: str, template: str, values: Mapping[str, str]) -> Mail:
    """A mail from ``templates/<template>.txt``: its first line is the subject."""
    text = _environment().get_template(f"{template}.txt").render(values)
    subject, _, body = text.strip().partition("\n")
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    html = _environment().get_template("layout.html").render(subject=subject, parts=paragraphs)
    return Mail(tenant, to, " ".join(subject.split()), body.strip() + "\n", html)


@cache
def _environment() -> "Environment":
    """Plain text is not escaped, the page is."""
    # With the first mail: most processes that might write one never do.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
