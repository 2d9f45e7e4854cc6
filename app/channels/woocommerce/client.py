"""The store's REST API: one method per thing that we want of it."""

import html
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx

from app.channels.calls import Call, Recorder, Reply
from app.channels.errors import ChannelError, NotFound, Uncertain, Unreadable
from app.channels.http import Transport
from app.channels.reading import Json
from app.channels.woocommerce.translate import (
    amendment_to,
    change_to,
    customer_from,
    customer_to,
    order_from,
    order_to,
    product_from,
    taxes_from,
    untaxed_from,
    webhook_from,
)
from app.channels.woocommerce.wire import (
    CHANNEL,
    CUSTOMER_FIELDS,
    LISTED_FIELDS,
    ORDER_FIELDS,
    PRODUCT_FIELDS,
    WEBHOOK_FIELDS,
    customer_refusal,
    read,
    refusal,
)
from app.domain.buyers import CustomerDraft, StoreCustomer
from app.domain.store import (
    Amendment,
    OrderChange,
    OrderDraft,
    StoreOrder,
    StoreProduct,
    StoreTaxes,
    StoreWebhook,
)

_PER_PAGE = 100
_SKUS_PER_CALL = 100
# Addresses beyond 8 kB are refused by common web servers, and a character may take nine in an address.
_SKU_CHARACTERS_PER_CALL = 800
_USER_AGENT = "woo-allegro-bridge"
_WORD = re.compile(r"\w{2,}")
_WORDS_OF_TITLE = 6
Params = Mapping[str, str | int]


@dataclass(frozen=True)
class _Page:
    rows: list[Json]
    total: int | None


class StoreClient:
    """Every method raises the errors of `Transport.send`."""

    def __init__(
        self,
        transport: Transport,
        store_url: str,
        auth: httpx.Auth,
        recorder: Recorder | None = None,
        timeout_seconds: float = 60,
    ) -> None:
        """`store_url` is the address of the shop; keep one `auth` for all clients, it learns how the host wants it."""
        self._transport = transport
        self._root = f"{store_url.rstrip('/')}/wp-json/wc/v3"
        self._auth = auth
        self._recorder = recorder
        self._timeout_seconds = timeout_seconds
        self._bust = itertools.count(int(datetime.now(UTC).timestamp() * 1000))

    def orders_created_since(self, since: datetime) -> tuple[StoreOrder, ...]:
        """Every order made after an instant, also those in the trash, oldest first.

        Candidates only: a store may ignore any filter and give older orders, too.
        """
        params: dict[str, str | int] = {
            # Without Z: with both Z and the flag the store shifts the time twice. The filter leaves out the instant.
            "after": (since.astimezone(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S"),
            "dates_are_gmt": "true",
            # Without the lines: one order that somebody edited into something unreadable must not hide all the others.
            "_fields": LISTED_FIELDS,
        }
        # `any` is every status except the trash.
        found = {
            order.id: order
            for status in ("any", "trash")
            for order in map(order_from, self._all("orders", "listing the orders", {**params, "status": status}))
        }
        return tuple(found[order_id] for order_id in sorted(found))

    def order(self, order_id: int) -> StoreOrder:
        """Raises `NotFound`."""
        reply = self._read(f"orders/{order_id}", f"reading store order {order_id}", {"_fields": ORDER_FIELDS})
        return order_from(read(reply.data, f"Store order {order_id}"))

    def orders_waiting_for(self, product: StoreProduct) -> tuple[int, ...]:
        """The newest orders, at most 20, that are still to be sent and have this product on a line, newest first."""
        params: dict[str, str | int] = {"product": product.product_id, "status": "processing,on-hold", "per_page": 20}
        reply = self._read("orders", f"listing the orders of {product.sku}", {**params, "_fields": "id,line_items"})
        wanted = (product.product_id, product.variation_id)
        return tuple(
            row.required_integer("id")
            for row in read(reply.data, "The store's list of orders").items()
            # A store that does not know the filter gives every order.
            if any((line.get("product_id"), line.get("variation_id") or 0) == wanted for line in row.rows("line_items"))
        )

    def create_order(self, draft: OrderDraft) -> StoreOrder:
        """Make the order, once. The store has nothing that would make a repetition harmless.

        Raises `Rejected`, `AuthRequired`, `Misconfigured`, `Unavailable` when it was certainly not made, and
        `Uncertain` in every other case: also for an answer that is not this very order.
        """
        what = f"making the order for Allegro order {draft.order_id}"
        reply = self._send("POST", "orders", what, json=order_to(draft), effect=True)
        try:
            order = order_from(read(reply.data, "The store's answer"))
        except Unreadable as error:
            raise Uncertain(f"{error} It may have been made ({what}).", channel=CHANNEL) from error
        if reply.status != 201 or order.allegro_order_id != draft.order_id:
            raise Uncertain(
                f"The store answered {reply.status} with something else than the new order ({what}); "
                "it may have been made.",
                channel=CHANNEL,
            )
        return order

    def change_order(self, order_id: int, change: OrderChange) -> StoreOrder:
        """Change an order; doing it twice does no harm. Raises `NotFound`."""
        reply = self._send("PUT", f"orders/{order_id}", f"changing store order {order_id}", json=change_to(change))
        return order_from(read(reply.data, f"Store order {order_id}"))

    def amend_order(self, order_id: int, amendment: Amendment) -> StoreOrder:
        """Change lines of an order, once: a new fee would be added again.

        Raises `NotFound`, and `Uncertain` when it may have been done.
        """
        what = f"amending store order {order_id}"
        reply = self._send("PUT", f"orders/{order_id}", what, json=amendment_to(amendment), effect=True)
        try:
            return order_from(read(reply.data, f"Store order {order_id}"))
        except Unreadable as error:
            raise Uncertain(f"{error} It may have been done ({what}).", channel=CHANNEL) from error

    def add_note(self, order_id: int, text: str) -> None:
        """Add a note that only the shop sees. Raises `NotFound`, and `Uncertain` when it may have been added."""
        self._send(
            "POST", f"orders/{order_id}/notes", f"noting on store order {order_id}", json={"note": text}, effect=True
        )

    def products_by_title(self, title: str) -> tuple[StoreProduct, ...]:
        """Products among which are all those with this title; the store's search finds similar ones, too.

        WordPress looks for each word, but leaves out single letters, excludes words after a dash, and takes ten words
        or more for one phrase, so it is asked for a few plain words only.
        """
        words = _WORD.findall(html.unescape(title))[:_WORDS_OF_TITLE]
        if not words:
            return ()
        params = {"search": " ".join(words), "status": "any", "_fields": PRODUCT_FIELDS}
        return tuple(map(product_from, self._all("products", f"looking for the title {title!r}", params)))

    def set_order_status(self, order_id: int, status: str) -> StoreOrder:
        """Set a WooCommerce status (without `wc-`); setting it twice does no harm. Raises `NotFound`."""
        reply = self._send(
            "PUT", f"orders/{order_id}", f"setting store order {order_id} to {status}", json={"status": status}
        )
        return order_from(read(reply.data, f"Store order {order_id}"))

    def products_by_sku(self, skus: Iterable[str]) -> tuple[StoreProduct, ...]:
        """Products and variations with one of these SKUs, whatever their case; several may share one.

        The store splits at commas, so a SKU that holds one is never found.
        """
        wanted = {sku.strip().lower() for sku in skus if sku.strip()}
        found: dict[tuple[int, int], StoreProduct] = {}
        for some in _chunks(sorted(sku for sku in wanted if "," not in sku)):
            params = {"sku": ",".join(some), "status": "any", "_fields": PRODUCT_FIELDS}
            for row in self._all("products", "looking up products by SKU", params):
                # A filter that a store does not know gives every product.
                if row.text("sku").lower() in wanted:
                    product = product_from(row)
                    found[product.product_id, product.variation_id] = product
        return tuple(found.values())

    def customer(self, customer_id: int) -> StoreCustomer:
        """Raises `NotFound`."""
        what = f"reading customer {customer_id}"
        reply = self._read(f"customers/{customer_id}", what, {"_fields": CUSTOMER_FIELDS})
        return customer_from(read(reply.data, f"Store customer {customer_id}"))

    def customer_named(self, username: str) -> StoreCustomer | None:
        """The account of this user name, whatever its role."""
        found = self._customers({"search": username})
        return next((each for each in found if each.username.casefold() == username.casefold()), None)

    def customer_at(self, email: str) -> StoreCustomer | None:
        """The account of this e-mail address, whatever its role."""
        found = self._customers({"email": email})
        return next((each for each in found if each.email.casefold() == email.casefold()), None)

    def create_customer(self, draft: CustomerDraft) -> StoreCustomer:
        """Make an account; the store mails its address at once, while it has that mail switched on.

        Raises as `create_order` does: `Rejected` also when the user name or the address is taken.
        """
        what = f"making the customer {draft.username}"
        reply = self._send("POST", "customers", what, json=customer_to(draft), effect=True, refused=customer_refusal)
        try:
            made = customer_from(read(reply.data, "The store's answer"))
        except Unreadable as error:
            raise Uncertain(f"{error} It may have been made ({what}).", channel=CHANNEL) from error
        # Of the two, a plugin may choose the user name.
        if reply.status != 201 or (made.username != draft.username and made.email.casefold() != draft.email.casefold()):
            raise Uncertain(
                f"The store answered {reply.status} with something else than the new customer ({what}); "
                "it may have been made.",
                channel=CHANNEL,
            )
        return made

    def set_customer_email(self, customer_id: int, email: str) -> None:
        """Only the former address is mailed about it. Raises `NotFound`."""
        self._send("PUT", f"customers/{customer_id}", f"changing customer {customer_id}", json={"email": email})

    def taxes(self) -> StoreTaxes:
        """How the store computes taxes, with every row of its tax table."""
        what = "reading the tax settings"
        general = self._read("settings/general", what).data
        # Asked first, because a store with taxes switched off may not have the other group.
        if (untaxed := untaxed_from(general)) is not None:
            return untaxed
        tax = self._read("settings/tax", what).data
        return taxes_from(general, tax, self._all("taxes", "reading the tax rates", {}))

    def check_read(self) -> None:
        """Whether the key may read orders."""
        read(
            self._read("orders", "trying to read", {"per_page": 1, "_fields": "id"}).data, "The store's list of orders"
        ).items()

    def check_write(self) -> None:
        """Whether the key may write orders, and a POST arrives as one: an empty batch changes nothing."""
        self._send("POST", "orders/batch", "trying to write", json={})

    def webhooks(self) -> tuple[StoreWebhook, ...]:
        """All of the store's webhooks, also other people's."""
        return tuple(map(webhook_from, self._all("webhooks", "listing the webhooks", {"_fields": WEBHOOK_FIELDS})))

    def create_webhook(self, name: str, topic: str, delivery_url: str, secret: str) -> StoreWebhook:
        """Make a webhook, active. The store calls `delivery_url` while it makes it.

        Raises `Uncertain` when it may have been made; a second one would only deliver everything twice.
        """
        what = f"making the webhook for {topic}"
        body = {"name": name, "topic": topic, "delivery_url": delivery_url, "secret": secret, "status": "active"}
        reply = self._send("POST", "webhooks", what, json=body, effect=True)
        try:
            made = webhook_from(read(reply.data, "The store's answer"))
        except Unreadable as error:
            raise Uncertain(f"{error} It may have been made ({what}).", channel=CHANNEL) from error
        if reply.status != 201 or made.topic != topic:
            raise Uncertain(
                f"The store answered {reply.status} with something else than the new webhook ({what}).",
                channel=CHANNEL,
            )
        return made

    def activate_webhook(self, webhook_id: int) -> StoreWebhook:
        """Switch a paused or disabled webhook on. Its count of failures stays until a delivery succeeds."""
        return self._change_webhook(webhook_id, {"status": "active"})

    def set_webhook_secret(self, webhook_id: int, secret: str) -> StoreWebhook:
        """The store never shows a secret, so one that may be wrong is written anew."""
        return self._change_webhook(webhook_id, {"secret": secret})

    def delete_webhook(self, webhook_id: int) -> None:
        """Delete a webhook; one that is gone already is fine."""
        try:
            self._send("DELETE", f"webhooks/{webhook_id}", f"deleting webhook {webhook_id}", {"force": "true"})
        except NotFound:
            return

    def version(self) -> str:
        """The version of WooCommerce, "" where the key may not see it or the store does not tell."""
        reply = self._read("system_status", "reading the version", {"_fields": "environment"})
        return read(reply.data, "The store's status").part("environment").text("version")

    def _change_webhook(self, webhook_id: int, body: Mapping[str, str]) -> StoreWebhook:
        reply = self._send("PUT", f"webhooks/{webhook_id}", f"changing webhook {webhook_id}", json=body)
        return webhook_from(read(reply.data, f"Webhook {webhook_id} of the store"))

    def _customers(self, params: Params) -> list[StoreCustomer]:
        # Candidates only: the store finds parts of names, and gives everybody for a filter that it does not know.
        wanted = {**params, "role": "all", "_fields": CUSTOMER_FIELDS}
        return [customer_from(row) for row in self._all("customers", "looking for a customer", wanted)]

    def _all(self, path: str, what: str, params: Params) -> list[Json]:
        """Every row of a list, each once."""
        found: dict[int, Json] = {}
        # Rows that come or go while we read shift the others over the edges of pages; then everything is read again.
        for _ in range(2):
            totals: set[int | None] = set()
            seen = 0
            for page in self._pages(path, what, params):
                totals.add(page.total)
                seen += len(page.rows)
                found.update((row.required_integer("id"), row) for row in page.rows)
            if totals in ({None}, {seen}) and seen == len(found):
                break
        return list(found.values())

    def _pages(self, path: str, what: str, params: Params) -> Iterator[_Page]:
        known: set[int] = set()
        for number in itertools.count(1):
            # By id, because many rows share a second and the order of those changes from page to page.
            page: Params = {"orderby": "id", "order": "asc", "per_page": _PER_PAGE, "page": number}
            reply = self._read(path, what, {**params, **page})
            rows = read(reply.data, f"The store's answer ({what})").items()
            counted = reply.headers.get("x-wp-total", "")
            yield _Page(rows, int(counted) if counted.isdigit() else None)
            ids = {row.required_integer("id") for row in rows}
            # The last page; or a store that does not know pages and gives the same one for ever.
            if len(rows) < _PER_PAGE or ids <= known:
                return
            known |= ids

    def _read(self, path: str, what: str, params: Params | None = None) -> Reply:
        # Page caches answer a known address with what was true some time ago.
        return self._send("GET", path, what, {**(params or {}), "_": next(self._bust)})

    def _send(
        self,
        method: str,
        path: str,
        what: str,
        params: Params | None = None,
        *,
        json: object = None,
        effect: bool = False,
        refused: Callable[..., ChannelError] = refusal,
    ) -> Reply:
        return self._transport.send(
            Call(
                channel=CHANNEL,
                method=method,
                url=f"{self._root}/{path}",
                what=what,
                refused=partial(refused, what=what),
                params=params or {},
                headers={"Accept": "application/json", "Cache-Control": "no-cache", "User-Agent": _USER_AGENT},
                json=json,
                auth=self._auth,
                effect=effect,
                recorder=self._recorder,
                timeout_seconds=self._timeout_seconds,
            )
        )


def _chunks(skus: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for sku in skus:
        if chunk and (len(chunk) == _SKUS_PER_CALL or len(",".join([*chunk, sku])) > _SKU_CHARACTERS_PER_CALL):
            yield chunk
            chunk = []
        chunk.append(sku)
    if chunk:
        yield chunk
