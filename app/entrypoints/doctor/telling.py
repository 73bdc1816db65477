"""What was found, for people and for programs."""

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from app.entrypoints.doctor.findings import Finding

_STATES = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}
_LEAST_WIDTH = 60


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether nothing is broken; warnings do not count."""
    return not any(each.state == "problem" for each in findings)


def as_json(findings: Sequence[Finding], version: str, at: datetime) -> str:
    """One object; ``ok`` is what the exit code says."""
    told = {
        "version": version,
        "at": at.isoformat(timespec="seconds"),
        "ok": is_well(findings),
        "findings": [asdict(each) for each in findings],
    }
    return json.dumps(told, indent=2)


def as_text(findings: Sequence[Finding], width: int = 0) -> str:
    """Aligned, what is seen and below it what to do, and in the end what it comes to."""
    room = width or shutil.get_terminal_size((100, 24)).columns
    longest = max((len(each.check) for each in findings), default=0)
    lines = [line for each in findings for line in _lines(each, longest, room)]
    return "\n".join([*lines, "", _sum(findings)])


def _lines(finding: Finding, longest: int, room: int) -> list[str]:
    head = f"{_STATES[finding.state]:<8} {finding.check:<{longest}}  "
    width = max(room - len(head), _LEAST_WIDTH)
    told = textwrap.wrap(finding.seen, width)
    if finding.do:
        told += textwrap.wrap(finding.do, width, initial_indent="→ ", subsequent_indent="  ")
    return [head + told[0], *(" " * len(head) + line for line in told[1:])]


def _sum(findings: Sequence[Finding]) -> str:
    counts = Counter(each.state for each in findings)
    if not counts["problem"] and not counts["warning"]:
        return "All is well."
    told = [_counted(counts["problem"], "problem"), _counted(counts["warning"], "warning")]
    return ", ".join(part for part in told if part) + f"; {counts['ok']} fine."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}" if count else ""
