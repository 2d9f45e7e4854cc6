"""The store's orders as parcels are made of them: their status, and the meta data in which plugins keep numbers."""

from collections.abc import Collection
from datetime import datetime

from app.channels.errors import Unreadable
from app.channels.reading import Json
from app.channels.woocommerce.product_rows import hundreds
from app.channels.woocommerce.session import PER_PAGE, Params, StoreSession
from app.channels.woocommerce.translate_shipping import shipped_order_from
from app.channels.woocommerce.wire import SHIPPED_FIELDS, from_instant, read
from app.domain.parcels import ShippedOrder, ShippedOrders


class StoreShipping:
    """Only orders that carry an Allegro id are given, and none in the trash. Every method raises the errors of
    `Transport.send`.
    """

    def __init__(self, session: StoreSession) -> None:
        self._session = session

    def orders_changed(self, since: datetime) -> ShippedOrders:
        """Every order that was saved at or after an instant by the store's clock.

        Candidates only: a store may ignore the filter and give others, too, and a plugin that writes meta data past
        WooCommerce leaves the date of the order as it was.
        """
        params: Params = {**from_instant("modified_after", since), "status": "any", "_fields": SHIPPED_FIELDS}
        listing = self._session.listing("orders", "listing the orders that changed", params)
        return _orders_in(listing.rows, complete=listing.complete)

    def orders(self, order_ids: Collection[int]) -> ShippedOrders:
        """These orders as they are now, as far as the store lists them."""
        rows: list[Json] = []
        for some in hundreds(sorted(set(order_ids))):
            rows += self._included(some)
        return _orders_in(rows, complete=True)

    def notes(self, order_id: int) -> tuple[str, ...]:
        """The texts of all notes that the order has, by whomever. Raises `NotFound`."""
        reply = self._session.read(f"orders/{order_id}/notes", f"reading the notes of store order {order_id}")
        rows = read(reply.data, f"The store's notes of order {order_id}").items()
        return tuple(row.text("note") for row in rows)

    def _included(self, order_ids: list[int]) -> list[Json]:
        what = f"reading {len(order_ids)} orders"
        params: Params = {
            "include": ",".join(map(str, order_ids)),
            "status": "any",
            "orderby": "id",
            "order": "asc",
            "per_page": PER_PAGE,
            "_fields": SHIPPED_FIELDS,
        }
        reply = self._session.read("orders", what, params)
        rows = read(reply.data, f"The store's answer ({what})").items()
        # A filter that a store does not know gives every order.
        return [row for row in rows if row.required_integer("id") in order_ids]


def _orders_in(rows: list[Json], *, complete: bool) -> ShippedOrders:
    found: dict[int, ShippedOrder] = {}
    unreadable: dict[int, str] = {}
    for row in rows:
        order_id = row.required_integer("id")
        try:
            order = shipped_order_from(row)
        except Unreadable as error:
            unreadable[order_id] = str(error)
            continue
        if order is not None:
            found[order_id] = order
    return ShippedOrders(
        tuple(found[order_id] for order_id in sorted(found)), tuple(sorted(unreadable.items())), complete
    )
