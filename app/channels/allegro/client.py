"""Allegro's API for one seller account: one method per endpoint."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from app.channels.allegro.translate import event_from, order_from
from app.channels.allegro.wire import CHANNEL, ORDER_STATUS_NAMES, read, refusal
from app.channels.calls import Call, Recorder, Reply
from app.channels.errors import AuthRequired, Misconfigured, Rejected, Unreadable
from app.channels.http import Transport
from app.domain.orders import EventPage, Order, OrderEvent, OrderPage, OrderStatus

_PUBLIC = "application/vnd.allegro.public.v1+json"
_TIMEOUT_SECONDS = 30.0
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Letters that Unicode does not take apart into a plain letter and a mark.
_WHOLE_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "æ": "ae"})


@dataclass(frozen=True)
class Endpoint:
    """`scope` is the permission that the application needs for it, `media_type` what both sides speak there."""

    method: str
    path: str
    media_type: str
    scope: str


_PROFILE_READ = "allegro:api:profile:read"
_ORDERS_READ = "allegro:api:orders:read"
_ORDERS_WRITE = "allegro:api:orders:write"

ME = Endpoint("GET", "/me", _PUBLIC, _PROFILE_READ)
ORDER_EVENTS = Endpoint("GET", "/order/events", _PUBLIC, _ORDERS_READ)
ORDER_EVENT_STATS = Endpoint("GET", "/order/event-stats", _PUBLIC, _ORDERS_READ)
ORDERS = Endpoint("GET", "/order/checkout-forms", _PUBLIC, _ORDERS_READ)
ORDER = Endpoint("GET", "/order/checkout-forms/{id}", _PUBLIC, _ORDERS_READ)
FULFILMENT = Endpoint("PUT", "/order/checkout-forms/{id}/fulfillment", _PUBLIC, _ORDERS_WRITE)


class TokenSource(Protocol):
    """Hands out access tokens of the account."""

    def access_token(self) -> str: ...

    def renewed(self, rejected_access_token: str) -> str:
        """Another token than the one that Allegro has just refused."""
        ...


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


def user_agent(app_name: str, version: str, url: str) -> str:
    """`<registered name>/<version> (+<url>)`, as Allegro requires it: no diacritics, "-" for blanks.

    Raises `Misconfigured` when nothing of the name is left.
    """
    plain = unicodedata.normalize("NFKD", app_name.strip().translate(_WHOLE_LETTERS)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]", "", re.sub(r"\s+", "-", plain))
    if not name:
        raise Misconfigured(
            f"The application name {app_name!r} has no letters that a User-Agent may hold. "
            "Give the application's name as it is registered at Allegro.",
            channel=CHANNEL,
        )
    return f"{name}/{version} (+{url})"


class AllegroClient:
    """Every method raises the errors of `Transport.send`; 401 is answered with a renewed token once."""

    def __init__(
        self,
        transport: Transport,
        api_url: str,
        user_agent: str,
        token: TokenSource,
        recorder: Recorder | None = None,
    ) -> None:
        self._transport = transport
        self._root = api_url.rstrip("/")
        self._user_agent = user_agent
        self._token = token
        self._recorder = recorder

    def me(self) -> Me:
        reply = self._call(ME, "reading the account's profile")
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
        reply = self._call(ORDER_EVENTS, "reading the order journal", params=params)
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
        reply = self._call(ORDER_EVENT_STATS, "reading the end of the order journal")
        latest = read(reply.data, "The end of Allegro's order journal").part("latestEvent")
        if not latest.is_object:
            return None
        return JournalEnd(id=latest.required_text("id"), occurred_at=latest.instant("occurredAt"))

    def order(self, order_id: str) -> Order:
        """One order as it is now.

        Raises `NotFound` (merged, older than a year, or Allegro's copies lag) and `Unreadable`.
        """
        reply = self._call(ORDER, f"reading order {order_id}", order_id=order_id)
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

        Raises `Conflict` when the order has changed since: read it again and decide again.
        """
        self._call(
            FULFILMENT,
            f"setting order {order_id} to {status}",
            order_id=order_id,
            params={"checkoutForm.revision": revision} if revision else {},
            json={"status": status},
            expects_json=False,
        )

    def _orders(self, params: Mapping[str, str | int], offset: int, limit: int) -> OrderPage:
        page = {"offset": offset, "limit": limit}
        reply = self._call(ORDERS, "reading the list of orders", params={**params, **page})
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

    def _call(
        self,
        endpoint: Endpoint,
        what: str,
        *,
        order_id: str = "",
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        expects_json: bool = True,
    ) -> Reply:
        if "{id}" in endpoint.path and not _UUID.fullmatch(order_id):
            raise Rejected(f"{order_id!r} is not the id of an Allegro order.", channel=CHANNEL, status=422)
        token = self._token.access_token()
        headers = {"Accept": endpoint.media_type, "User-Agent": self._user_agent}
        if json is not None:
            headers["Content-Type"] = endpoint.media_type

        def call(access_token: str) -> Reply:
            return self._transport.send(
                Call(
                    channel=CHANNEL,
                    method=endpoint.method,
                    url=self._root + endpoint.path.replace("{id}", order_id),
                    what=what,
                    refused=partial(refusal, what=what, scope=endpoint.scope),
                    params=params or {},
                    headers={**headers, "Authorization": f"Bearer {access_token}"},
                    json=json,
                    expects_json=expects_json,
                    recorder=self._recorder,
                    timeout_seconds=_TIMEOUT_SECONDS,
                )
            )

        try:
            return call(token)
        except AuthRequired as error:
            if error.permission:
                raise
        # The token may have died early, and Allegro has refused brand-new ones for a moment.
        return call(self._token.renewed(token))


def _timestamp(moment: datetime) -> str:
    """UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
