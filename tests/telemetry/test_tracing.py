"""The port: nobody traces unless somebody does, and no trace begins but at a border."""

import subprocess
import sys

import pytest

from app.telemetry.context import about, now_traced
from app.telemetry.tracing import NO_SPAN, NO_TRACES, part, sampled
from tests.support.spans import CAUSE, KeepingTracer


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        (CAUSE, CAUSE),
        (CAUSE[:-2] + "00", ""),  # not kept
        (CAUSE[:-2] + "03", CAUSE[:-2] + "03"),  # kept, and by chance (Trace Context 2)
        (CAUSE.upper(), ""),
        ("", ""),
        ("00-" + "0" * 32 + "-" + "d" * 16 + "-01", ""),
        ("00-" + "c" * 32 + "-" + "0" * 16 + "-01", ""),
        ("ff" + CAUSE[2:], ""),
        (CAUSE + "-more", ""),
    ],
)
def test_only_what_is_well_formed_and_kept_is_taken_up(told: str, taken: str) -> None:
    assert sampled(told) == taken


def test_work_is_part_of_the_trace_at_hand_or_of_the_one_it_names() -> None:
    tracer = KeepingTracer()
    with part(tracer, "of none") as span:
        assert span is NO_SPAN
    with part(tracer, "first", parent=CAUSE), part(tracer, "second"):
        assert now_traced() == tracer.named("second").traceparent
    assert tracer.named("second").parent == tracer.named("first").traceparent
    assert [span.ended for span in tracer.spans] == [1, 1]
    assert now_traced() == ""


def test_what_goes_wrong_marks_its_span() -> None:
    tracer = KeepingTracer()
    with pytest.raises(ValueError, match="secret"), part(tracer, "it", parent=CAUSE):
        raise ValueError("with a secret in it")
    assert (tracer.spans[0].failed, tracer.spans[0].ended) == ("ValueError", 1)


def test_without_traces_nothing_is_made() -> None:
    with about(traceparent=CAUSE), part(NO_TRACES, "it") as span:
        assert span is NO_SPAN
        assert now_traced() == CAUSE


def test_who_does_not_trace_does_not_load_what_traces() -> None:
    """Cold starts, and memory at home."""
    script = (
        "import sys\n"
        "import app.entrypoints.serve, app.entrypoints.edge, app.entrypoints.lambdas.web\n"
        "from app.bootstrap.telemetry import make_tracer\n"
        "from app.settings import Settings\n"
        "tracer = make_tracer(Settings(), 'strom', '', None)\n"
        "assert not tracer.is_on\n"
        "loaded = [name for name in sys.modules if name.startswith(('opentelemetry', 'google'))]\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
