"""The store's REST API: its orders, taxes and webhooks, one method per thing that we want of it."""

from collections.abc import Mapping
from datetime import datetime

from app.channels.errors import NotFound, Uncertain, Unreadable
from app.channels.woocommerce.catalogue import StoreCatalogue
from app.channels.woocommerce.customers import StoreCustomers
from app.channels.woocommerce.products import StoreProducts
from app.channels.woocommerce.session import StoreSession
from app.channels.woocommerce.shipping import StoreShipping
from app.channels.woocommerce.translate import (
    amendment_to,
    change_to,
    order_from,
    order_to,
    taxes_from,
    untaxed_from,
    webhook_from,
)
from app.channels.woocommerce.wire import CHANNEL, LISTED_FIELDS, ORDER_FIELDS, WEBHOOK_FIELDS, from_instant, read
from app.domain.store import Amendment, OrderChange, OrderDraft, StoreOrder, StoreProduct, StoreTaxes, StoreWebhook


class StoreClient:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session
        self.catalogue = StoreCatalogue(session)
        self.customers = StoreCustomers(session)
        self.products = StoreProducts(session)
        self.shipping = StoreShipping(session)

    def orders_created_since(self, since: datetime) -> tuple[StoreOrder, ...]:
        """Every order made after an instant, also those in the trash, oldest first.

        Candidates only: a store may ignore any filter and give older orders, too.
        """
        params: dict[str, str | int] = {
            **from_instant("after", since),
            # Without the lines: one order that somebody edited into something unreadable must not hide all the others.
            "_fields": LISTED_FIELDS,
        }
        # `any` is every status except the trash.
        found = {
            order.id: order
            for status in ("any", "trash")
            for order in map(
                order_from, self._session.all_rows("orders", "listing the orders", {**params, "status": status})
            )
        }
        return tuple(found[order_id] for order_id in sorted(found))

    def order(self, order_id: int) -> StoreOrder:
        """Raises `NotFound`."""
        reply = self._session.read(f"orders/{order_id}", f"reading store order {order_id}", {"_fields": ORDER_FIELDS})
        return order_from(read(reply.data, f"Store order {order_id}"))

    def orders_waiting_for(self, product: StoreProduct) -> tuple[int, ...]:
        """The newest orders, at most 20, that are still to be sent and have this product on a line, newest first."""
        params: dict[str, str | int] = {"product": product.product_id, "status": "processing,on-hold", "per_page": 20}
        reply = self._session.read(
            "orders", f"listing the orders of {product.sku}", {**params, "_fields": "id,line_items"}
        )
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
        reply = self._session.send("POST", "orders", what, json=order_to(draft), effect=True)
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
        reply = self._session.send(
            "PUT", f"orders/{order_id}", f"changing store order {order_id}", json=change_to(change)
        )
        return order_from(read(reply.data, f"Store order {order_id}"))

    def amend_order(self, order_id: int, amendment: Amendment) -> StoreOrder:
        """Change lines of an order, once: a new fee would be added again.

        Raises `NotFound`, and `Uncertain` when it may have been done.
        """
        what = f"amending store order {order_id}"
        reply = self._session.send("PUT", f"orders/{order_id}", what, json=amendment_to(amendment), effect=True)
        try:
            return order_from(read(reply.data, f"Store order {order_id}"))
        except Unreadable as error:
            raise Uncertain(f"{error} It may have been done ({what}).", channel=CHANNEL) from error

    def add_note(self, order_id: int, text: str) -> None:
        """Add a note that only the shop sees. Raises `NotFound`, and `Uncertain` when it may have been added."""
        self._session.send(
            "POST", f"orders/{order_id}/notes", f"noting on store order {order_id}", json={"note": text}, effect=True
        )

    def set_order_status(self, order_id: int, status: str) -> StoreOrder:
        """Set a WooCommerce status (without `wc-`); setting it twice does no harm. Raises `NotFound`."""
        reply = self._session.send(
            "PUT", f"orders/{order_id}", f"setting store order {order_id} to {status}", json={"status": status}
        )
        return order_from(read(reply.data, f"Store order {order_id}"))

    def taxes(self) -> StoreTaxes:
        """How the store computes taxes, with every row of its tax table."""
        what = "reading the tax settings"
        general = self._session.read("settings/general", what).data
        # Asked first, because a store with taxes switched off may not have the other group.
        if (untaxed := untaxed_from(general)) is not None:
            return untaxed
        tax = self._session.read("settings/tax", what).data
        return taxes_from(general, tax, self._session.all_rows("taxes", "reading the tax rates", {}))

    def check_read(self) -> None:
        """Whether the key may read orders."""
        read(
            self._session.read("orders", "trying to read", {"per_page": 1, "_fields": "id"}).data,
            "The store's list of orders",
        ).items()

    def check_write(self) -> None:
        """Whether the key may write orders, and a POST arrives as one: an empty batch changes nothing."""
        self._session.send("POST", "orders/batch", "trying to write", json={})

    def webhooks(self) -> tuple[StoreWebhook, ...]:
        """All of the store's webhooks, also other people's."""
        return tuple(
            map(webhook_from, self._session.all_rows("webhooks", "listing the webhooks", {"_fields": WEBHOOK_FIELDS}))
        )

    def create_webhook(self, name: str, topic: str, delivery_url: str, secret: str) -> StoreWebhook:
        """Make a webhook, active. The store calls `delivery_url` while it makes it.

        Raises `Uncertain` when it may have been made; a second one would only deliver everything twice.
        """
        what = f"making the webhook for {topic}"
        body = {"name": name, "topic": topic, "delivery_url": delivery_url, "secret": secret, "status": "active"}
        reply = self._session.send("POST", "webhooks", what, json=body, effect=True)
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
            self._session.send("DELETE", f"webhooks/{webhook_id}", f"deleting webhook {webhook_id}", {"force": "true"})
        except NotFound:
            return

    def version(self) -> str:
        """The version of WooCommerce, "" where the key may not see it or the store does not tell."""
        reply = self._session.read("system_status", "reading the version", {"_fields": "environment"})
        return read(reply.data, "The store's status").part("environment").text("version")

    def _change_webhook(self, webhook_id: int, body: Mapping[str, str]) -> StoreWebhook:
        reply = self._session.send("PUT", f"webhooks/{webhook_id}", f"changing webhook {webhook_id}", json=body)
        return webhook_from(read(reply.data, f"Webhook {webhook_id} of the store"))
