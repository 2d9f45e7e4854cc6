"""Reading JSON that others wrote."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.errors import Unreadable
from app.channels.reading import Json, decimal_in, parse_json


def at(value: object) -> Json:
    return Json(value, channel="store", about="Order 7")


def test_fractions_are_exact() -> None:
    assert parse_json('{"price": 0.1}') == {"price": Decimal("0.1")}


@pytest.mark.parametrize("text", ["", "   ", "<html>{}</html>", '{"a": 1', "NaN", "[" * 100_000, "{" * 100_000])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|nested"):
        parse_json(text)


@given(st.text(), st.lists(st.integers()))
def test_reading_never_fails_with_anything_but_value_error(before: str, data: list[int]) -> None:
    try:
        parse_json(before + str(data))
        parse_json(before)
    except ValueError:
        pass


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.30", Decimal("12.30")),
        (" 5 ", Decimal(5)),
        (7, Decimal(7)),
        (Decimal("0.1"), Decimal("0.1")),
        (None, None),
        ("", None),
        ("abc", None),
        ("12,30", None),
        ("NaN", None),
        ("1e999999999", None),
        ("Infinity", None),
        (True, None),
        ([], None),
        (0.1, None),
    ],
)
def test_numbers(value: object, number: Decimal | None) -> None:
    assert decimal_in(value) == number


@pytest.mark.parametrize(("value", "count"), [(2, 2), ("2", 2), (Decimal("2.0"), 2), ("2.00", 2), (-1, -1)])
def test_whole_numbers(value: object, count: int) -> None:
    assert at({"quantity": value}).required_integer("quantity") == count


@pytest.mark.parametrize("value", [None, "", "x", Decimal("2.5"), True, {}, "1e99999999"])
def test_what_is_no_whole_number_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match=r"Order 7 cannot be read: lines\.quantity is not a whole number"):
        at({"lines": {"quantity": value}}).part("lines").required_integer("quantity")


def test_a_missing_list_is_not_an_empty_one() -> None:
    assert at({"rows": []}).required_rows("rows") == []
    broken_messages: list[object] = [{}, {"rows": None}, {"rows": {}}, None, []]
    for broken in broken_messages:
        with pytest.raises(Unreadable, match="rows is not a list"):
            at(broken).required_rows("rows")


def test_lenient_readers_take_anything() -> None:
    oddities: list[object] = [None, [], {}, True, 3, "x", Decimal(1)]
    for odd in oddities:
        place = at({"field": odd})
        assert isinstance(place.text("field"), str)
        assert place.part("field").part("deeper").text("deepest") == ""
        assert place.rows("field") == []
        assert place.instant("field") is None


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05"])
def test_times_are_aware_and_utc(text: str) -> None:
    moment = at({"at": text}).required_instant("at")
    assert moment == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_php_lists_with_gaps_are_lists() -> None:
    assert [row.text("id") for row in at({"rows": {"0": {"id": 1}, "2": {"id": 2}}}).rows("rows")] == ["1", "2"]


def test_texts_of_a_list_are_read_like_single_ones() -> None:
    place = at({"many": [" a ", 1, "", None, True, {"b": 1}, "\ud800"], "one": "a"})
    assert (place.texts("many"), place.texts("one"), place.texts("none")) == (("a", "1", "?"), (), ())
