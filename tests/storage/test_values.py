"""Values in DynamoDB's form: exact, typed, and nothing that is not ours."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.ports import Value
from app.storage.values import decode, encode, encode_item, item_size

integers = st.integers(-(10**38) + 1, 10**38 - 1)
values = st.recursive(
    st.none() | st.booleans() | integers | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
)


@given(value=values)
def test_a_value_survives(value: Value) -> None:
    assert repr(decode(encode(value))) == repr(value)


@pytest.mark.parametrize("value", [1.0, float("nan"), Decimal(1), (1,), {1}, object(), [0.5]])
def test_what_the_table_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("value", [10**38, -(10**38), "\ud800", {"": 1}])
def test_what_dynamodb_would_refuse_is_refused(value: Value) -> None:
    with pytest.raises(ValueError, match=r"digits|surrogate|name"):
        encode(value)


def test_bool_and_integer_are_told_apart() -> None:
    assert encode(True) != encode(1)
    assert encode("") != encode(None)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("1E+3", 1000), ("-0", 0), ("7.0", 7), ("9" * 38, 10**38 - 1)]
)
def test_integers_however_an_engine_writes_them(text: str, number: int) -> None:
    assert decode({"N": text}) == number


@pytest.mark.parametrize("wire", [{"N": "1.5"}, {"SS": ["a"]}, {"NS": ["1"]}])
def test_what_we_never_write_is_refused(wire: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        decode(wire)


def test_the_size_of_a_row_is_what_dynamodb_counts() -> None:
    assert item_size(encode_item({"pk": "ab", "é": b"123"})) == (2 + 2) + (2 + 3)
    assert item_size(encode_item({"a": None, "b": True})) == 4
    assert item_size(encode_item({"list": ["x", "y"]})) == 4 + 3 + 2 + 2
