"""The edge under random frames; `make fuzz FRAMES=1000000` runs many more."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ocpp_edge.fuzz.grammar import Frame, frame
from tests.ocpp_edge.fuzz.runs import PROTOCOLS, corpus, from_seed, kept, verdict
from tests.ocpp_edge.fuzz.target import Target

FRAMES = 5_000
GUIDED = 4_000
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_frames_by_the_schemas_and_broken_ones(protocol: str) -> None:
    found, grown_mib = await from_seed(protocol, 1, FRAMES)
    assert verdict(found, grown_mib) == []
    assert found.calls > FRAMES // 2, "most are understood, or nothing is tested"


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_what_earlier_runs_have_kept(protocol: str) -> None:
    assert verdict(await kept(protocol, corpus()), 0) == []


@given(st.sampled_from(PROTOCOLS), st.lists(st.randoms(use_true_random=False), max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_frames_that_can_be_made_small(protocol: str, dice: list[Random]) -> None:
    """The same under Hypothesis, which shows the simplest that breaks something."""
    some = [frame(one, protocol, number) for number, one in enumerate(dice)]
    asyncio.run(_throw(protocol, some))


@given(st.sampled_from(PROTOCOLS), st.lists(st.binary(max_size=200), max_size=4))
@settings(deadline=None)
def test_any_bytes(protocol: str, some: list[bytes]) -> None:
    asyncio.run(_throw(protocol, [Frame(data) for data in some]))


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris")
def test_frames_that_reach_new_branches(tmp_path: Path) -> None:
    """The coverage-guided one, for a moment."""
    command = [
        sys.executable,
        "-m",
        "tests.ocpp_edge.fuzz.guided",
        f"-runs={GUIDED}",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"#{GUIDED}\tDONE" in done.stderr


async def _throw(protocol: str, some: list[Frame]) -> None:
    target = Target(protocol)
    await target.throw(some)
    assert target.found.wrongs == []
