"""Allegro's API for one seller account: its profile and its orders, one method per endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.channels.allegro.campaigns import AllegroCampaigns
from app.channels.allegro.catalogue import AllegroCatalogue
from app.channels.allegro.categories import AllegroCategories
from app.channels.allegro.images import AllegroImages
from app.channels.allegro.invoices import AllegroInvoices
from app.channels.allegro.new_offers import AllegroNewOffers
from app.channels.allegro.offers import AllegroOffers
from app.channels.allegro.options import AllegroOptions
from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.ship_with_allegro import ShipWithAllegro
from app.channels.allegro.shipping import AllegroShipping
from app.channels.allegro.tax_settings import AllegroTaxSettings
from app.channels.allegro.translate import event_from, order_from
from app.channels.allegro.wire import ORDER_STATUS_NAMES, checked_order_id, read
from app.channels.errors import Unreadable
from app.domain.orders import EventPage, Order, OrderEvent, OrderPage, OrderStatus

_PROFILE_READ = "allegro:api:profile:read"
_ORDERS_READ = "allegro:api:orders:read"
_ORDERS_WRITE = "allegro:api:orders:write"

ME = Endpoint("GET", "/me", PUBLIC, _PROFILE_READ)
ORDER_EVENTS = Endpoint("GET", "/order/events", PUBLIC, _ORDERS_READ)
ORDER_EVENT_STATS = Endpoint("GET", "/order/event-stats", PUBLIC, _ORDERS_READ)
ORDERS = Endpoint("GET", "/order/checkout-forms", PUBLIC, _ORDERS_READ)
ORDER = Endpoint("GET", "/order/checkout-forms/{id}", PUBLIC, _ORDERS_READ)
FULFILMENT = Endpoint("PUT", "/order/checkout-forms/{id}/fulfillment", PUBLIC, _ORDERS_WRITE)


@dataclass(frozen=True)
class Me:
    """Whose token it is. `id` stays, the login may change."""

    id: str
    login: str
    email: str
    base_marketplace: str


@dataclass(frozen=True)
class JournalEnd:
    """The newest entry of the order journal."""

    id: str
    occurred_at: datetime | None


class AllegroClient:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session
        self.offers = AllegroOffers(session)
        self.new_offers = AllegroNewOffers(session)
        self.images = AllegroImages(session)
        self.campaigns = AllegroCampaigns(session)
        self.categories = AllegroCategories(session)
        self.catalogue = AllegroCatalogue(session)
        self.options = AllegroOptions(session)
        self.tax_settings = AllegroTaxSettings(session)
        self.shipping = AllegroShipping(session)
        self.ship_with_allegro = ShipWithAllegro(session)
        self.invoices = AllegroInvoices(session)

    def me(self) -> Me:
        reply = self._session.call(ME, "reading the account's profile")
        answer = read(reply.data, "Allegro's answer about the account")
        return Me(
            id=answer.required_text("id"),
            login=answer.text("login"),
            email=answer.text("email"),
            base_marketplace=answer.part("baseMarketplace").text("id"),
        )

    def order_events(self, after: str | None, limit: int = 1000) -> EventPage:
        """The journal after an event id, oldest first; from its beginning (60 days ago) with None. At most 1000.

        An entry that cannot be understood is only a hint that is lost; the sweep finds its order.
        """
        params: dict[str, str | int] = {"limit": limit}
        if after:
            params["from"] = after
        reply = self._session.call(ORDER_EVENTS, "reading the order journal", params=params)
        events: list[OrderEvent] = []
        unreadable: list[tuple[str, str]] = []
        rows = read(reply.data, "Allegro's order journal").required_rows("events")
        for row in rows:
            try:
                events.append(event_from(row))
            except Unreadable as error:
                unreadable.append((row.text("id"), str(error)))
        last_id = next((row.text("id") for row in reversed(rows) if row.text("id")), "")
        return EventPage(tuple(events), tuple(unreadable), len(rows), last_id)

    def latest_order_event(self) -> JournalEnd | None:
        """Where the journal ends now; None while it is empty."""
        reply = self._session.call(ORDER_EVENT_STATS, "reading the end of the order journal")
        latest = read(reply.data, "The end of Allegro's order journal").part("latestEvent")
        if not latest.is_object:
            return None
        return JournalEnd(id=latest.required_text("id"), occurred_at=latest.instant("occurredAt"))

    def order(self, order_id: str) -> Order:
        """One order as it is now.

        Raises `NotFound` (merged, older than a year, or Allegro's copies lag) and `Unreadable`.
        """
        reply = self._session.call(ORDER, f"reading order {order_id}", item_id=checked_order_id(order_id))
        return order_from(reply.data)

    def orders_updated(
        self,
        since: datetime,
        until: datetime | None,
        offset: int,
        limit: int = 100,
        status: OrderStatus | None = None,
    ) -> OrderPage:
        """A page of orders by the time of their last change, oldest first. `limit` is at most 100, and Allegro
        refuses offset + limit beyond 10,000.
        """
        params: dict[str, str | int] = {"updatedAt.gte": _timestamp(since), "sort": "updatedAt"}
        if until is not None:
            params["updatedAt.lte"] = _timestamp(until)
        if status is not None:
            params["status"] = ORDER_STATUS_NAMES[status]
        return self._orders(params, offset, limit)

    def orders_bought(self, since: datetime, until: datetime, offset: int, limit: int = 100) -> OrderPage:
        """A page of orders by the time at which the last of their lines was bought, oldest first, both ends included.

        `limit` is at most 100, and Allegro refuses offset + limit beyond 10,000.
        """
        params: dict[str, str | int] = {
            "lineItems.boughtAt.gte": _timestamp(since),
            "lineItems.boughtAt.lte": _timestamp(until),
            "sort": "lineItems.boughtAt",
        }
        return self._orders(params, offset, limit)

    def set_fulfilment(self, order_id: str, status: str, revision: str) -> None:
        """Set the seller's own status (NEW, PROCESSING, SENT, ...) of the order as it was read.

        Raises `Conflict` when the order has changed since: read it again and decide again. Any other `Rejected` that is
        not `NotFound` is for good: Allegro takes no such status, or (with status 422 and its own `code`) takes only so
        many writes of an order, also of those that change nothing.
        """
        self._session.call(
            FULFILMENT,
            f"setting order {order_id} to {status}",
            item_id=checked_order_id(order_id),
            params={"checkoutForm.revision": revision} if revision else {},
            json={"status": status},
            expects_json=False,
        )

    def _orders(self, params: Mapping[str, str | int], offset: int, limit: int) -> OrderPage:
        page = {"offset": offset, "limit": limit}
        reply = self._session.call(ORDERS, "reading the list of orders", params={**params, **page})
        answer = read(reply.data, "Allegro's list of orders")
        orders: list[Order] = []
        unreadable: list[tuple[str, str]] = []
        rows = answer.required_rows("checkoutForms")
        for row in rows:
            try:
                orders.append(order_from(row.value))
            except Unreadable as error:
                unreadable.append((row.text("id"), str(error)))
        counted = answer.get("totalCount")
        total = counted if isinstance(counted, int) else offset + len(rows)
        return OrderPage(tuple(orders), tuple(unreadable), total)


def _timestamp(moment: datetime) -> str:
    """UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
