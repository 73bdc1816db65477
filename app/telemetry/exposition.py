"""Numbers as the text that Prometheus reads (its exposition format 0.0.4)."""

from collections.abc import Iterable, Mapping

from app.telemetry.histogram import Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, object]


class Text:
    """Families one after another; names are given without the common prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._lines: list[str] = []

    def counter(self, name: str, about: str, values: Iterable[tuple[Labels, float]]) -> None:
        """What only grows; `_total` is appended."""
        self._family(f"{name}_total", "counter", about, values)

    def gauge(self, name: str, about: str, values: Iterable[tuple[Labels, float]]) -> None:
        """What goes up and down."""
        self._family(name, "gauge", about, values)

    def histogram(self, name: str, about: str, values: Iterable[tuple[Labels, Histogram]]) -> None:
        """Durations."""
        self._head(name, "histogram", about)
        for labels, histogram in values:
            seen = 0
            for bound, count in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
                seen += count
                self._line(f"{name}_bucket", {**labels, "le": bound}, seen)
            self._line(f"{name}_sum", labels, round(histogram.sum, 6))
            self._line(f"{name}_count", labels, seen)

    def __str__(self) -> str:
        return "".join(self._lines)

    def _family(
        self,
        name: str,
        kind: str,
        about: str,
        values: Iterable[tuple[Labels, float]],
    ) -> None:
        self._head(name, kind, about)
        for labels, value in values:
            self._line(name, labels, value)

    def _head(self, name: str, kind: str, about: str) -> None:
        self._lines.append(f"# HELP {self._prefix}{name} {about}\n")
        self._lines.append(f"# TYPE {self._prefix}{name} {kind}\n")

    def _line(self, name: str, labels: Labels, value: float) -> None:
        named = ",".join(f'{key}="{_escaped(str(text))}"' for key, text in labels.items())
        self._lines.append(
            f"{self._prefix}{name}{{{named}}} {value}\n"
            if named
            else f"{self._prefix}{name} {value}\n"
        )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
