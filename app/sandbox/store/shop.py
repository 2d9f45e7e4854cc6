"""The state of the store: everything that a reset throws away and a frozen copy repeats."""

import copy
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from app.sandbox.clock import Clock
from app.sandbox.faults import Faults
from app.sandbox.store.catalogue import Catalogue, Meta, Product
from app.sandbox.store.customers import Customers
from app.sandbox.store.exchange import not_in, wrong_type
from app.sandbox.store.hooks import Hook
from app.sandbox.store.mail import SHOP_ADDRESS, Mail
from app.sandbox.store.orders import Order
from app.sandbox.store.settings import Settings
from app.sandbox.store.taxes import TaxTable

FIRST_PRODUCT_ID = 11
Announce = Callable[[str, int], None]


@dataclass
class Numbers:
    """WordPress numbers products and orders in one sequence, everything else in sequences of its own."""

    post: "count[int]" = field(default_factory=lambda: count(FIRST_PRODUCT_ID))
    item: "count[int]" = field(default_factory=lambda: count(1))
    meta: "count[int]" = field(default_factory=lambda: count(1))
    note: "count[int]" = field(default_factory=lambda: count(1))
    hook: "count[int]" = field(default_factory=lambda: count(1))
    customer: "count[int]" = field(default_factory=lambda: count(2))


class Shop:
    """Whoever reads or changes it holds `lock`. `announce` takes a webhook topic and the resource's id.

    `documents` are PDFs of plugins by their path; whoever knows one gets it.
    """

    def __init__(self, clock: Clock, faults: Faults, seed: int, announce: Announce) -> None:
        self.clock = clock
        self.faults = faults
        self.announce = announce
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.numbers = Numbers()
        self.settings = Settings()
        self.taxes = TaxTable(self.settings)
        self.catalogue = Catalogue(self.settings, self._product_changed, self.now)
        self.orders: dict[int, Order] = {}
        self.customers = Customers()
        self.hooks: dict[int, Hook] = {}
        self.outbox: list[Mail] = []
        self.documents: dict[str, bytes] = {}
        self.old_version = False
        self.adjusts_stock_of_edited_lines = True

    def _product_changed(self, product: Product) -> None:
        self.announce("product.updated", product.id)

    def now(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    def new_meta(self, key: str, value: Any) -> Meta:
        return Meta(next(self.numbers.meta), key, value)

    def stock_date(self) -> datetime | None:
        """What a stock movement by an order leaves as the product's date of modification; None leaves the old one."""
        return None if self.faults.strike("date_modified_frozen") else self.now()

    def mail(self, to: str, template: str, *, order_id: int | None = None, customer_id: int | None = None) -> bool:
        """Whether a mail went out: the template is switched on and there is an address."""
        if not to or not self.settings.mails(template):
            return False
        self.outbox.append(Mail(to, template, self.now(), order_id, customer_id))
        return True

    def mail_shop(self, template: str, order_id: int) -> bool:
        return self.mail(SHOP_ADDRESS, template, order_id=order_id)

    def apply_meta(self, kept: list[Meta], sent: Any, param: str = "meta_data") -> None:
        """Set meta data as sent: by id, else by key; a null value removes. Raises StoreError 400 for bad shapes."""
        if not isinstance(sent, list):
            raise wrong_type(param, "array")
        for place, entry in enumerate(sent):
            if not isinstance(entry, dict):
                raise wrong_type(param, "object", f"{param}[{place}]")
            if "key" in entry and not isinstance(entry["key"], str):
                raise wrong_type(param, "string", f"{param}[{place}][key]")
            found = next((meta for meta in kept if meta.id == entry.get("id")), None)
            found = found or next((meta for meta in kept if meta.key == entry.get("key")), None)
            value = entry.get("value")
            if found is not None and value is None:
                kept.remove(found)
            elif found is not None:
                found.value = value
            elif "key" in entry and value is not None:
                kept.append(self.new_meta(entry["key"], value))

    def frozen(self) -> "Shop":
        """A copy that later changes do not reach, for answering reads as of now. It announces nothing."""
        twin = copy.copy(self)
        twin.announce = _silent
        twin.settings = copy.deepcopy(self.settings)
        twin.taxes = TaxTable(twin.settings)
        twin.taxes.rates = list(self.taxes.rates)
        moment = self.now()
        twin.catalogue = Catalogue(twin.settings, twin._product_changed, lambda: moment)
        twin.catalogue.attributes = dict(self.catalogue.attributes)
        twin.catalogue.cron_stopped_at = self.catalogue.cron_stopped_at
        twin.catalogue.products = copy.deepcopy(self.catalogue.products)
        twin.orders = copy.deepcopy(self.orders)
        twin.customers = copy.deepcopy(self.customers)
        twin.hooks = copy.deepcopy(self.hooks)
        return twin


def _silent(_topic: str, _resource_id: int) -> None:
    """A frozen copy calls nobody."""


def check_status(param: str, value: object, allowed: tuple[str, ...]) -> str:
    """Raises StoreError 400 unless the value is one of a closed list."""
    if not isinstance(value, str) or value not in allowed:
        raise not_in(param, allowed)
    return value
