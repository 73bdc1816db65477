"""What of a page can be read: its text without what is hidden."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"input", "meta", "link", "br", "img"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hidden_from = 0
        self.depth = 0
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self.depth += 1
        is_hidden = any(name == "hidden" for name, _ in attrs) or tag in ("head", "noscript")
        if is_hidden and not self.hidden_from:
            self.hidden_from = self.depth

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        if self.hidden_from == self.depth:
            self.hidden_from = 0
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        if not self.hidden_from:
            self.texts.append(data)


def visible_text(html: str) -> str:
    """One line, spaces as spaces."""
    reader = _Reader()
    reader.feed(html)
    assert reader.depth == 0, "every element is closed"
    return " ".join(" ".join(reader.texts).replace("\u00a0", " ").split())
