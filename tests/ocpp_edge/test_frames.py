"""Whatever arrives is read without raising, and answered wherever there is an id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ocpp_edge import frames, salvage
from app.ocpp_edge.frames import Call, CallError, Malformed

RECORDINGS = Path(__file__).parent.parent / "recordings"
RECORDED = [
    seen
    for folder in ("ocpp16", "ocpp201")
    for seen in json.loads((RECORDINGS / folder / "frames.json").read_text())
]
KINDS = {"call": "Call", "result": "CallResult", "error": "CallError", "malformed": "Malformed"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@pytest.mark.parametrize("seen", RECORDED, ids=lambda seen: seen["seen"])
def test_recorded_frames_are_understood(seen: dict[str, Any]) -> None:
    message = frames.read(seen["frame"].encode())
    assert type(message).__name__ == KINDS[seen["kind"]]
    assert message.id == seen["id"]
    if isinstance(message, Call | Malformed) and "action" in seen:
        assert message.action.strip() == seen["action"].strip()
    if isinstance(message, CallError):
        assert message.code == seen["code"]


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    frames.read(data)


@given(anything)
def test_no_json_raises(value: object) -> None:
    frames.read(json.dumps(value).encode())


@given(st.lists(anything, max_size=6))
def test_no_list_that_looks_like_a_call_raises(rest: list[object]) -> None:
    frames.read(json.dumps([2, *rest]).encode())


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_refusal_can_always_be_written(message_id: str, description: str) -> None:
    call = frames.read(json.dumps([2, message_id, "Heartbeat", {}]).encode())
    if isinstance(call, Call):
        text = description.encode("utf-8", "ignore").decode()
        answer = json.loads(frames.write_error(call.id, "GenericError", text))
        assert answer[:3] == [4, message_id, "GenericError"]
        assert len(answer) == 5


def test_json_nested_deeper_than_any_stack_is_malformed_but_answered() -> None:
    deep = b'[2,"a","Heartbeat",' + b"[" * 100_000 + b"]" * 100_000 + b"]"
    read = frames.read(deep)
    assert isinstance(read, Malformed)
    assert (read.reason, read.id, read.is_deep) == ("nested deeper than 64 levels", "a", True)


def test_the_sender_learns_where_its_json_breaks() -> None:
    read = frames.read(b'[2,"a","StatusNotification",{"connectorId":1,"err')
    assert isinstance(read, Malformed)
    assert read.reason.startswith("not valid JSON: ")
    assert "char 49" in read.reason


@given(st.binary(max_size=200))
def test_what_is_whole_in_any_bytes_is_found_without_raising(data: bytes) -> None:
    salvage.members(data)
    salvage.members(b'[2,"a","StopTransaction",{"a":{' + data)


@given(st.dictionaries(st.from_regex(r"\A\w{1,8}\Z"), anything), st.integers(0, 400))
def test_what_is_found_in_a_frame_that_is_cut_is_what_it_said(
    payload: dict[str, object], at: int
) -> None:
    """Never half a number, nor anything out of a list."""
    frame = json.dumps([2, "a", "X", payload], ensure_ascii=False, separators=(",", ":"))
    try:
        found = salvage.members(frame.encode("utf-8", "surrogatepass")[:at])
    except UnicodeDecodeError:
        raise AssertionError("it is read as far as it goes") from None
    assert _is_part(found, payload)


def _is_part(found: object, whole: object) -> bool:
    if not isinstance(found, dict):
        return found == whole
    return isinstance(whole, dict) and all(
        name in whole and _is_part(value, whole[name]) for name, value in found.items()
    )


def test_an_id_longer_than_any_sane_one_is_not_echoed() -> None:
    long = json.dumps([2, "x" * 1000, "Heartbeat", {}]).encode()
    assert frames.read(long) == Malformed("no message id")


def test_what_is_written_is_what_the_standard_shows() -> None:
    assert frames.write_call("1", "Reset", {"type": "Soft"}) == b'[2,"1","Reset",{"type":"Soft"}]'
    assert frames.write_result("1", {}) == b'[3,"1",{}]'
    error = frames.write_error("1", "NotSupported", "no")
    assert error == b'[4,"1","NotSupported","no",{}]'
