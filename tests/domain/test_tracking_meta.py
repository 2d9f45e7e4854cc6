"""Parcel numbers are found where the tracking plugins put them, and nothing that stands there stops the others."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.parcels import StoreParcel
from app.domain.tracking_meta import (
    ORDERS_TRACKING_CARRIER,
    ORDERS_TRACKING_LINE,
    ORDERS_TRACKING_NUMBER,
    ORDERS_TRACKING_PIECES,
    PARCEL_PANEL,
    SHIPMENT_TRACKING,
    parcels_in,
)

_SHIPPED = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
_STAMP = int(_SHIPPED.timestamp())
_ITEM = {"tracking_provider": "dpd-pl", "tracking_number": "A1", "date_shipped": str(_STAMP)}


@pytest.mark.parametrize(
    ("meta", "parcels"),
    [
        pytest.param(
            [(SHIPMENT_TRACKING, [_ITEM, {"custom_tracking_provider": "My van", "tracking_number": " B2 "}])],
            [StoreParcel("A1", "dpd-pl", (), _SHIPPED), StoreParcel("B2", "My van")],
            id="WooCommerce Shipment Tracking",
        ),
        pytest.param([(SHIPMENT_TRACKING, {"1": _ITEM})], [StoreParcel("A1", "dpd-pl", (), _SHIPPED)], id="with a gap"),
        pytest.param(
            [(SHIPMENT_TRACKING, json.dumps([_ITEM]))], [StoreParcel("A1", "dpd-pl", (), _SHIPPED)], id="in a text"
        ),
        pytest.param([(SHIPMENT_TRACKING, _ITEM)], [StoreParcel("A1", "dpd-pl", (), _SHIPPED)], id="one alone"),
        pytest.param(
            [(SHIPMENT_TRACKING, [{**_ITEM, "products_list": [{"product": "9", "item_id": "5", "qty": "2"}]}])],
            [StoreParcel("A1", "dpd-pl", ((5, 2),), _SHIPPED)],
            id="Advanced Shipment Tracking, with lines",
        ),
        pytest.param(
            [
                (
                    SHIPMENT_TRACKING,
                    [
                        {"tracking_number": "A1", "products_list": [{"item_id": 5, "qty": 1}]},
                        {"tracking_number": "a1", "products_list": [{"item_id": 5, "qty": 1}, {"item_id": 6}]},
                    ],
                )
            ],
            [StoreParcel("A1", "", ((5, 2), (6, None)))],
            id="one number in two entries",
        ),
        pytest.param(
            [
                (
                    SHIPMENT_TRACKING,
                    [{"tracking_number": "A1", "products_list": [{"item_id": 5, "qty": 1}]}, {"tracking_number": "A1"}],
                )
            ],
            [StoreParcel("A1")],
            id="an entry without lines leaves them open",
        ),
        pytest.param(
            [
                (
                    PARCEL_PANEL,
                    json.dumps(
                        {
                            "P1": {
                                "order_id": 7,
                                "tracking_number": "P1",
                                "courier_code": "inpost-paczkomaty",
                                "fulfilled_at": _STAMP,
                                "items": "Kubek x2",
                            }
                        }
                    ),
                )
            ],
            [StoreParcel("P1", "inpost-paczkomaty", (), _SHIPPED)],
            id="ParcelPanel",
        ),
        pytest.param(
            [(ORDERS_TRACKING_NUMBER, "W1"), (ORDERS_TRACKING_CARRIER, "gls")],
            [StoreParcel("W1", "gls")],
            id="Orders Tracking",
        ),
        pytest.param(
            [("own", "N1, N2;N3\r\nN4\n\n"), ("with_carrier", 12345678901)],
            [*(StoreParcel(number) for number in ("N1", "N2", "N3", "N4")), StoreParcel("12345678901", "Mój Kurier")],
            id="own keys",
        ),
        pytest.param(
            [("own", "A1"), (SHIPMENT_TRACKING, [{"tracking_number": "A1"}]), ("with_carrier", "a1"), ("other", "X")],
            [StoreParcel("A1", "Mój Kurier")],
            id="a number that several have",
        ),
        pytest.param(
            [(SHIPMENT_TRACKING, ""), (SHIPMENT_TRACKING, []), (PARCEL_PANEL, "{}"), ("own", " "), ("own", None)],
            [],
            id="nothing",
        ),
    ],
)
def test_numbers_are_found_where_the_plugins_put_them(meta: list[tuple[str, Any]], parcels: list[StoreParcel]) -> None:
    found = parcels_in(meta, ["own", "with_carrier|Mój Kurier"])
    assert list(found.parcels) == parcels
    assert found.notes == ()


def test_a_number_of_several_lines_is_one_parcel_and_history_is_none() -> None:
    def entry(number: str) -> dict[str, Any]:
        return {"tracking_number": number, "carrier_slug": "dpd", "carrier_name": "DPD Polska", "time": _STAMP}

    lines = {
        5: [(ORDERS_TRACKING_LINE, json.dumps([entry("OLD"), entry("L1")]))],
        6: [
            (ORDERS_TRACKING_LINE, json.dumps([entry("L1")])),
            (ORDERS_TRACKING_PIECES, json.dumps([entry("L1"), entry("L2"), entry("")])),
        ],
        7: [("_allegro_line_id", "x"), (ORDERS_TRACKING_LINE, "")],
    }
    found = parcels_in([], [], lines)
    assert found.parcels == (
        StoreParcel("L1", "DPD Polska", ((5, None), (6, 2)), _SHIPPED),
        StoreParcel("L2", "DPD Polska", ((6, 1),), _SHIPPED),
    )
    assert found.notes == ()


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ((SHIPMENT_TRACKING, "soon"), "no list of parcels"),
        ((SHIPMENT_TRACKING, 17), "no list of parcels"),
        ((SHIPMENT_TRACKING, [["A1"]]), "no parcel"),
        ((SHIPMENT_TRACKING, [{"tracking_number": ""}]), "without a parcel number"),
        ((SHIPMENT_TRACKING, [{"tracking_number": {"a": 1}}]), "without a parcel number"),
        ((SHIPMENT_TRACKING, [{"tracking_number": "9" * 65}]), "too long"),
        ((PARCEL_PANEL, '{"P1": '), "no list of parcels"),
        (("own", ["A1"]), "own holds what is no parcel number"),
        (("own", '["A1"]'), "own holds what is no parcel number"),
        (("own", True), "own holds what is no parcel number"),
        (("own", "N1," + "9" * 65), "too long"),
    ],
)
def test_what_is_no_number_is_told_and_does_not_stop_the_others(meta: tuple[str, Any], words: str) -> None:
    found = parcels_in([meta, (ORDERS_TRACKING_NUMBER, "W1")], ["own"])
    assert StoreParcel("W1") in found.parcels
    (note,) = found.notes
    assert words in note


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tracking_number", "products_list", "item_id", "qty", "time", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
_META = st.lists(
    st.tuples(st.sampled_from([SHIPMENT_TRACKING, PARCEL_PANEL, ORDERS_TRACKING_NUMBER, "own"]), _JSON), max_size=3
)
_LINE_META = st.lists(st.tuples(st.sampled_from([ORDERS_TRACKING_LINE, ORDERS_TRACKING_PIECES]), _JSON), max_size=2)


@settings(max_examples=50)
@given(_META, _LINE_META)
def test_no_value_is_too_strange_to_be_passed_over(meta: list[tuple[str, Any]], of_line: list[tuple[str, Any]]) -> None:
    as_text = [(key, json.dumps(value)) for key, value in meta]
    for parcel in parcels_in([*meta, *as_text], ["own|DPD"], {1: of_line}).parcels:
        assert 1 <= len(parcel.waybill) <= 64
        assert parcel.waybill == parcel.waybill.strip()
