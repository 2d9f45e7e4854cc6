"""The store half of the sandbox: the handle for tests and the ASGI app behind the address."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response

from app.sandbox.clock import Clock
from app.sandbox.serving import Recorded, WireFaults
from app.sandbox.store.customers import Customer
from app.sandbox.store.deliveries import Deliveries
from app.sandbox.store.exchange import Call
from app.sandbox.store.front import Front
from app.sandbox.store.goods import stock_goods
from app.sandbox.store.keys import Keys
from app.sandbox.store.mail import Mail
from app.sandbox.store.misbehaviour import StoreFaults
from app.sandbox.store.order_views import order_view
from app.sandbox.store.order_writing import buy, trash_order, update_order
from app.sandbox.store.pictures import served_picture
from app.sandbox.store.product_views import product_view
from app.sandbox.store.product_writing import update_product
from app.sandbox.store.settings import Settings
from app.sandbox.store.shop import Shop
from app.sandbox.store.taxes import TaxTable

WEBHOOK_DELAY_SECONDS = 0.05
FORM_META = "_allegro_checkout_form_id"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class StoreWorld:
    """A WooCommerce store. `requests` holds every request it got, control ones left out.

    `meanwhile` is told of each one while its answer is on its way: what a test does then happens in between, and may
    be another job's run with calls of its own.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.pretend_https = False
        self.requests: list[Recorded] = []
        self.meanwhile: Callable[[Recorded], None] | None = None
        self.faults = StoreFaults(self._freeze)
        self._origin = "http://127.0.0.1"
        self._deliveries = Deliveries(lambda: self.shop, self.faults, lambda: self._origin)
        self.webhook_delay = WEBHOOK_DELAY_SECONDS
        self._build(seed)
        self.app = WireFaults(_application(Front(self)), self._answered)

    def _build(self, seed: int) -> None:
        self.keys = Keys(seed)
        own = self.keys.add("read_write")
        self.key, self.secret = own.key, own.secret
        self.shop = Shop(self.clock, self.faults, seed, self._deliveries.announce)
        self.frozen_shop: Shop | None = None
        stock_goods(self.shop)

    def _freeze(self) -> None:
        with self.shop.lock:
            self.frozen_shop = self.shop.frozen()

    def reset(self, seed: int) -> None:
        """Back to the seeded state: no orders, no webhooks, no faults, no record of requests."""
        self._deliveries.forget()
        self.faults.clear()
        self.pretend_https = False
        self.webhook_delay = WEBHOOK_DELAY_SECONDS
        self._build(seed)
        self.requests.clear()
        self.meanwhile = None

    def addressed_as(self, origin: str) -> None:
        """Remember under which address the store is reached, for what it says about itself in webhooks."""
        self._origin = origin

    @property
    def old_version(self) -> bool:
        """Whether the store is of a version without `GET /variations`."""
        return self.shop.old_version

    @old_version.setter
    def old_version(self, old: bool) -> None:
        self.shop.old_version = old

    @property
    def cron_stopped(self) -> bool:
        """Whether WP-Cron does not run: no sale begins or ends in a product's `price`, until its prices are changed."""
        return self.shop.catalogue.cron_stopped_at is not None

    @cron_stopped.setter
    def cron_stopped(self, stopped: bool) -> None:
        self.shop.catalogue.cron_stopped_at = self.shop.now() if stopped else None

    @property
    def adjusts_stock_of_edited_lines(self) -> bool:
        """Whether lines that are changed, added or removed later move the stock; older versions leave it alone."""
        return self.shop.adjusts_stock_of_edited_lines

    @adjusts_stock_of_edited_lines.setter
    def adjusts_stock_of_edited_lines(self, adjusts: bool) -> None:
        self.shop.adjusts_stock_of_edited_lines = adjusts

    @property
    def webhook_delay(self) -> float:
        """Seconds between a change and the call about it."""
        return self._deliveries.delay_seconds

    @webhook_delay.setter
    def webhook_delay(self, seconds: float) -> None:
        self._deliveries.delay_seconds = seconds

    @property
    def settings(self) -> Settings:
        return self.shop.settings

    @property
    def taxes(self) -> TaxTable:
        """Its `rates` may be replaced."""
        return self.shop.taxes

    @property
    def outbox(self) -> list[Mail]:
        return self.shop.outbox

    @property
    def orders(self) -> dict[int, dict[str, Any]]:
        """Every order there is, the trash included, as the REST API would show it."""
        with self.shop.lock:
            return {number: order_view(order, self.shop, self._origin) for number, order in self.shop.orders.items()}

    def orders_for(self, form_id: str) -> list[dict[str, Any]]:
        """The orders made for an Allegro order, by their meta data, the trash included."""
        return [order for order in self.orders.values() if _meta(order, FORM_META) == form_id]

    def product(self, sku: str) -> dict[str, Any]:
        """Raises KeyError for an unknown SKU."""
        with self.shop.lock:
            found = self.shop.catalogue.by_sku(sku)
            if found is None:
                raise KeyError(sku)
            return product_view(found, self.shop.catalogue, self._origin)

    def stock(self, sku: str) -> int | None:
        """Pieces in stock, the parent's where that manages it; None where nobody does. Raises KeyError."""
        with self.shop.lock:
            found = self.shop.catalogue.by_sku(sku)
            if found is None:
                raise KeyError(sku)
            holder = self.shop.catalogue.stock_holder(found)
            return holder.stock_quantity if holder else None

    def put_in_stock(self, sku: str, pieces: int) -> None:
        """A person counts: so many pieces there are. Raises KeyError for an unknown SKU."""
        with self.shop.lock:
            found = self.shop.catalogue.by_sku(sku)
            if found is None:
                raise KeyError(sku)
            holder = self.shop.catalogue.stock_holder(found)
            counted = (holder.stock_quantity or 0) if holder else 0
            self.shop.catalogue.move_stock(found, pieces - counted, self.shop.now())

    def edit(self, sku: str, **fields: Any) -> None:
        """A person saves the article with these fields of the API. Raises KeyError for an unknown SKU."""
        with self.shop.lock:
            found = self.shop.catalogue.by_sku(sku)
            if found is None:
                raise KeyError(sku)
            update_product(self.shop, found, fields)

    def _answered(self, request: Recorded) -> Callable[[], None] | None:
        self.requests.append(request)
        return partial(self.meanwhile, request) if self.meanwhile is not None else None

    def add_key(self, permission: str) -> tuple[str, str]:
        """A new REST key and its secret; `permission` is read, write or read_write."""
        made = self.keys.add(permission)
        return made.key, made.secret

    def sell(self, sku: str, quantity: int, status: str = "processing") -> int | None:
        """A shopper buys in the storefront: the id of the order, or None where there is not enough."""
        with self.shop.lock:
            order = buy(self.shop, sku, quantity, status)
            return order.id if order else None

    def edit_order(self, order_id: int, **fields: Any) -> None:
        """A person changes an order in the panel, with `fields` as `PUT /orders/{id}` takes them.

        Raises KeyError for an unknown order and StoreError where something does not fit.
        """
        with self.shop.lock:
            update_order(self.shop, self.shop.orders[order_id], fields)

    def set_order_meta(self, order_id: int, key: str, value: Any) -> None:
        """A plugin writes meta data of an order, a value of any shape; None removes it. Raises as `edit_order`."""
        self.edit_order(order_id, meta_data=[{"key": key, "value": value}])

    def put_document(self, path: str, content: bytes) -> None:
        """A plugin makes a PDF, which lies at the path from now on."""
        with self.shop.lock:
            self.shop.documents[path] = content

    def set_order_status(self, order_id: int, status: str) -> None:
        """A person picks another status, in the trash too. Raises as `edit_order`."""
        self.edit_order(order_id, status=status)

    def add_line(self, order_id: int, sku: str, quantity: int = 1) -> None:
        """A person adds a product at the store's price. Raises KeyError for an unknown order or SKU."""
        self.edit_order(order_id, line_items=[{"product_id": self.product(sku)["id"], "quantity": quantity}])

    def trash(self, order_id: int) -> None:
        """A person puts an order into the trash. Raises KeyError, and StoreError where it is there already."""
        with self.shop.lock:
            trash_order(self.shop, self.shop.orders[order_id])

    def delete(self, order_id: int) -> None:
        """A person deletes an order for good, which is told to nobody. Raises KeyError."""
        with self.shop.lock:
            del self.shop.orders[order_id]

    def customers(self) -> list[dict[str, Any]]:
        """Everybody with an account, as the REST API would show them."""
        with self.shop.lock:
            return [customer.view(self._origin) for customer in self.shop.customers.by_id.values()]

    def register(self, email: str, username: str, role: str = "customer") -> int:
        """Somebody has an account that the REST API did not make; nobody is mailed. Returns its id."""
        with self.shop.lock:
            now = self.shop.now()
            made = Customer(next(self.shop.numbers.customer), email, username, now, now, role)
            self.shop.customers.by_id[made.id] = made
            return made.id

    def picture(self, path: str) -> bytes | None:
        """What a visitor gets at the path of a picture; None where there is none."""
        return served_picture(path, self.faults)

    def flush_webhooks(self) -> None:
        """Make every waiting webhook call now and wait for the answers."""
        self._deliveries.flush()


def _meta(order: dict[str, Any], key: str) -> object:
    return next((meta["value"] for meta in order["meta_data"] if meta["key"] == key), None)


async def _raw_body(request: Request) -> bytes:
    return await request.body()


def _application(front: Front) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    # WordPress finds its own way: one endpoint, in a thread of its own because an answer may take long.
    def answer(request: Request, raw_body: Annotated[bytes, Depends(_raw_body)]) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        host = headers.get("host", "127.0.0.1")
        pairs = tuple(request.query_params.multi_items())
        return front.answer(
            Call(request.method, request.url.path, pairs, headers, raw_body, f"{request.url.scheme}://{host}")
        )

    app.add_api_route("/{path:path}", answer, methods=_METHODS)
    return app
