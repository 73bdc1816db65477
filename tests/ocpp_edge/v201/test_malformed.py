"""Calls of the wrong shape: refused or mended, never a defect of ours; an end never refused."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.edge_messages import MessageResult, TransactionStopped
from app.ocpp_edge.dialect import Answered
from app.ocpp_edge.errors import CallRefused
from app.ocpp_edge.v201.protocol import Version
from tests.ocpp_edge.v201.harness import Station, event, is_right
from tests.ocpp_edge.v201.test_conformance import ALL, FOLDERS

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "1", "1.5", "true", "2026-03-01T12:00:00Z", "Occupied", "Ended"])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
GONE = object()
ECHOES = ("GetCertificateChainStatus", "VatNumberValidation")
"""Their answers repeat what was asked, wrong as it may be."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        return [p for i, inner in enumerate(value) for p in places(inner, (*path, i))] + found
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def changed(payload: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(payload)
    inner: Any = copied
    for step in path[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copied


@st.composite
def calls(draw: st.DrawFn) -> tuple[Version, str, dict[str, Any]]:
    version, action, payload = draw(st.sampled_from(ALL))
    for _ in range(draw(st.integers(1, 3))):
        if where := places(payload):
            value = draw(st.just(GONE) | ANYTHING)
            payload = changed(payload, draw(st.sampled_from(where)), value)
    return "ocpp2.1" if version == "ocpp2.1" else "ocpp2.0.1", action, payload


@settings(max_examples=300, deadline=None)
@given(calls())
def test_whatever_is_changed_it_is_answered_or_refused(
    call: tuple[Version, str, dict[str, Any]],
) -> None:
    version, action, payload = call
    station = Station(version)
    try:
        reply = station.dialect.receive(action, payload, station.context)
    except CallRefused:
        assert str(payload.get("eventType")).lower() != "ended"
        return
    if isinstance(reply, Answered):
        answer = reply.payload
    else:
        answer = reply.answer(MessageResult(saved=True), station.context)
    assert action in ECHOES or is_right(f"{action}Response", answer, FOLDERS[version])


ENDED = event("Ended", evse=1, token="t", wh=5, stoppedReason="Local", chargingState="Idle")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_an_end_is_taken_whatever_is_wrong_with_it(data: st.DataObject) -> None:
    payload = ENDED
    for _ in range(data.draw(st.integers(1, 4))):
        where = [path for path in places(payload) if path[0] != "eventType"]
        if where:
            value = data.draw(st.just(GONE) | ANYTHING)
            payload = changed(payload, data.draw(st.sampled_from(where)), value)
    station = Station()
    reply = station.dialect.receive("TransactionEvent", payload, station.context)
    assert isinstance(reply.said, TransactionStopped) or isinstance(reply, Answered)
