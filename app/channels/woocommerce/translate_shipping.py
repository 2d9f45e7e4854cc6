"""The store's orders in the words of shipping. Pure."""

from typing import Any

from app.channels.reading import Json, decimal_in
from app.channels.woocommerce.translate import meta_text
from app.channels.woocommerce.wire import META_LINE_ID
from app.domain.parcels import ShippedLine, ShippedOrder
from app.domain.parties import META_ACCOUNT, META_ORDER_ID


def shipped_order_from(row: Json) -> ShippedOrder | None:
    """None for an order that carries no Allegro id. Raises `Unreadable` without a status, or a line without an id."""
    order_id = row.required_integer("id")
    row = row.about(f"Store order {order_id}")
    allegro_order_id = meta_text(row, META_ORDER_ID)
    if not allegro_order_id:
        return None
    return ShippedOrder(
        store_order_id=order_id,
        allegro_order_id=allegro_order_id,
        account=meta_text(row, META_ACCOUNT),
        status=row.required_text("status"),
        modified_at=row.instant("date_modified_gmt"),
        completed_at=row.instant("date_completed_gmt"),
        meta=_meta(row),
        lines=tuple(map(_line_from, row.rows("line_items"))),
    )


def _line_from(row: Json) -> ShippedLine:
    quantity = decimal_in(row.get("quantity"))
    return ShippedLine(
        id=row.required_integer("id"),
        allegro_line_id=meta_text(row, META_LINE_ID),
        # A plugin may sell by the metre.
        quantity=int(quantity) if quantity is not None and quantity == quantity.to_integral_value() else None,
        meta=_meta(row),
    )


def _meta(row: Json) -> tuple[tuple[str, Any], ...]:
    return tuple((meta.text("key"), meta.get("value")) for meta in row.rows("meta_data") if meta.text("key"))
