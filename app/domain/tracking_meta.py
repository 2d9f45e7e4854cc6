"""Parcel numbers in the meta data of store orders, where the tracking plugins and the seller's own programs put them.

Meta values are JSON of any shape: whatever version of a plugin wrote them, or a person by hand. What is no parcel
number is left out and told, and never stops the others.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from app.domain.parcels import StoreParcel
from app.domain.waybills import LONGEST_WAYBILL, waybill_key

# WooCommerce Shipment Tracking, and Advanced Shipment Tracking (zorem) in the same key: a list, after a deletion an
# object, of {tracking_provider, custom_tracking_provider, tracking_number, date_shipped: seconds since 1970}. The
# latter adds products_list: [{product, item_id, qty}]. Read from its add_tracking_item and from TrackShip's reading.
SHIPMENT_TRACKING = "_wc_shipment_tracking_items"
# ParcelPanel: JSON in a text, an object by number of {tracking_number, courier_code, fulfilled_at: seconds, items:
# names as a text}. Read from shipmentChange in the plugin's class Action\Common.
PARCEL_PANEL = "_parcelpanel_shipping_numbers"
# Orders Tracking (VillaTheme), one number per order: docs.villatheme.com/?p=8597. The carrier is a short name.
ORDERS_TRACKING_NUMBER = "_wot_tracking_number"
ORDERS_TRACKING_CARRIER = "_wot_tracking_carrier"
# The same plugin, numbers of lines: JSON in a text, a list of {tracking_number, carrier_slug, carrier_name, time:
# seconds}. The last entry is the one in force, those before it are its history. With a number for each piece, the
# first piece has that one and the second key has those of the others. Read from the plugin and from TrackShip.
ORDERS_TRACKING_LINE = "_vi_wot_order_item_tracking_data"
ORDERS_TRACKING_PIECES = "_vi_wot_order_item_tracking_data_by_quantity"

# Signs of JSON, of PHP's way to write a list, and of HTML: in no number.
_STRUCTURE = frozenset('[]{}"<>')
_PARTED_BY = re.compile(r"[,;\r\n]+")
# A text of a plugin's own is never so long; what is, is something else.
_LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class ParcelsFound:
    """The parcel numbers of a store order, each once, and sentences about what could not be read."""

    parcels: tuple[StoreParcel, ...] = ()
    notes: tuple[str, ...] = ()


def parcels_in(
    meta: Iterable[tuple[str, Any]],
    own_keys: Sequence[str],
    line_meta: Mapping[int, Iterable[tuple[str, Any]]] | None = None,
) -> ParcelsFound:
    """The parcels of a store order, by its meta data and, by the line's id, that of its lines.

    `own_keys` are the seller's own meta keys, each as `key` or `key|name of the carrier`. Their value is a text with
    one number, or several with commas, semicolons or line breaks between. A number that several plugins have counts
    once; what one does not say about it may come from another.
    """
    notes: list[str] = []
    values = _by_key(meta)
    by_source = [
        _of_shipment_tracking(values, notes),
        _of_parcel_panel(values, notes),
        _of_orders_tracking(values, notes),
        _of_lines(line_meta or {}, notes),
        *(_of_own_key(key, values, notes) for key in own_keys),
    ]
    found: dict[str, StoreParcel] = {}
    for source in by_source:
        for parcel in _together(source, notes):
            there = found.setdefault(waybill_key(parcel.waybill), parcel)
            found[waybill_key(parcel.waybill)] = _completed(there, parcel)
    return ParcelsFound(tuple(found.values()), tuple(dict.fromkeys(notes)))


def _by_key(meta: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """The values of each key; WooCommerce lets a key stand several times."""
    values: dict[str, list[Any]] = {}
    for key, value in meta:
        values.setdefault(key, []).append(value)
    return values


def _of_shipment_tracking(values: Mapping[str, list[Any]], notes: list[str]) -> Iterator[StoreParcel]:
    for entry in _entries(SHIPMENT_TRACKING, values, notes):
        provider = _text(entry.get("tracking_provider")) or _text(entry.get("custom_tracking_provider"))
        items = tuple(_items(entry.get("products_list")))
        yield StoreParcel(_text(entry.get("tracking_number")), provider, items, _instant(entry.get("date_shipped")))


def _of_parcel_panel(values: Mapping[str, list[Any]], notes: list[str]) -> Iterator[StoreParcel]:
    for entry in _entries(PARCEL_PANEL, values, notes):
        provider, shipped_at = _text(entry.get("courier_code")), _instant(entry.get("fulfilled_at"))
        yield StoreParcel(_text(entry.get("tracking_number")), provider, shipped_at=shipped_at)


def _of_orders_tracking(values: Mapping[str, list[Any]], notes: list[str]) -> Iterator[StoreParcel]:
    provider = next(map(_text, values.get(ORDERS_TRACKING_CARRIER, ())), "")
    for number in values.get(ORDERS_TRACKING_NUMBER, ()):
        if _is_readable(ORDERS_TRACKING_NUMBER, number, notes):
            yield StoreParcel(_text(number), provider)


def _of_lines(line_meta: Mapping[int, Iterable[tuple[str, Any]]], notes: list[str]) -> Iterator[StoreParcel]:
    for line_id, meta in line_meta.items():
        values = _by_key(meta)
        in_force = [*_entries(ORDERS_TRACKING_LINE, values, notes)][-1:]
        of_pieces = [*_entries(ORDERS_TRACKING_PIECES, values, notes)]
        for entry in (*in_force, *of_pieces):
            number = _text(entry.get("tracking_number"))
            # A piece, or a line, that was not sent yet has an entry without a number.
            if number:
                provider = _text(entry.get("carrier_name")) or _text(entry.get("carrier_slug"))
                pieces = 1 if of_pieces else None
                yield StoreParcel(number, provider, ((line_id, pieces),), _instant(entry.get("time")))


def _of_own_key(own: str, values: Mapping[str, list[Any]], notes: list[str]) -> Iterator[StoreParcel]:
    key, _, provider = (part.strip() for part in own.partition("|"))
    for value in values.get(key, ()):
        if _is_readable(key, value, notes):
            for number in _PARTED_BY.split(_text(value)):
                if number.strip():
                    yield StoreParcel(number.strip(), provider)


def _together(parcels: Iterable[StoreParcel], notes: list[str]) -> list[StoreParcel]:
    """What one source says of each number. An entry that does not say what is in the parcel leaves it open."""
    found: dict[str, StoreParcel] = {}
    for parcel in parcels:
        if not parcel.waybill:
            notes.append("A tracking plugin has an entry without a parcel number.")
        elif len(parcel.waybill) > LONGEST_WAYBILL:
            notes.append(f"The parcel number {parcel.waybill[:LONGEST_WAYBILL]!r}... is too long for one.")
        elif (there := found.get(waybill_key(parcel.waybill))) is None:
            found[waybill_key(parcel.waybill)] = parcel
        else:
            items = _summed(there.items, parcel.items) if there.items and parcel.items else ()
            found[waybill_key(parcel.waybill)] = replace(_completed(there, parcel), items=items)
    return list(found.values())


def _completed(there: StoreParcel, parcel: StoreParcel) -> StoreParcel:
    return replace(
        there,
        provider=there.provider or parcel.provider,
        items=there.items or parcel.items,
        shipped_at=there.shipped_at or parcel.shipped_at,
    )


def _summed(
    one: tuple[tuple[int, int | None], ...], other: tuple[tuple[int, int | None], ...]
) -> tuple[tuple[int, int | None], ...]:
    pieces: dict[int, int | None] = {}
    for line_id, count in (*one, *other):
        known = pieces.get(line_id, 0)
        pieces[line_id] = known + count if known is not None and count is not None else None
    return tuple(pieces.items())


def _items(products: Any) -> Iterator[tuple[int, int | None]]:
    for each in _listed(products):
        line_id = _whole(each.get("item_id")) if isinstance(each, dict) else None
        if line_id is not None:
            yield line_id, _whole(each.get("qty"))


def _entries(key: str, values: Mapping[str, list[Any]], notes: list[str]) -> Iterator[dict[str, Any]]:
    """The entries of a plugin, in the order they stand; what is no entry is told."""
    for value in values.get(key, ()):
        decoded = _decoded(value)
        if decoded in (None, "", [], {}, False):
            continue
        is_single = isinstance(decoded, dict) and "tracking_number" in decoded
        entries = [decoded] if is_single else _listed(decoded)
        if not entries:
            notes.append(f"The meta field {key} holds what is no list of parcels.")
        for entry in entries:
            if isinstance(entry, dict):
                yield entry
            else:
                notes.append(f"The meta field {key} holds an entry that is no parcel.")


def _decoded(value: Any) -> Any:
    """JSON that a plugin keeps in a text, as what it means; any other value as it is."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        return value
    try:
        return json.loads(value) if value.strip() else None
    except (ValueError, RecursionError):
        return value


def _listed(value: Any) -> list[Any]:
    """The members of a list; PHP writes one with gaps as an object."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _is_readable(key: str, value: Any, notes: list[str]) -> bool:
    """Whether the value of a key for numbers alone can be one; what is empty is none, and not worth a word."""
    if value in (None, "", [], {}, False) or (isinstance(value, str) and not value.strip()):
        return False
    if not _text(value) or not _STRUCTURE.isdisjoint(_text(value)):
        notes.append(f"The meta field {key} holds what is no parcel number.")
        return False
    return True


def _text(value: Any) -> str:
    """A text, or a number as it is written; "" for what is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        return str(value).strip()
    except ValueError:  # a number of thousands of digits
        return ""


def _whole(value: Any) -> int | None:
    text = _text(value)
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _instant(value: Any) -> datetime | None:
    """An instant from the seconds since 1970; None for what no plugin would write."""
    seconds = _whole(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds < 2**34 else None
