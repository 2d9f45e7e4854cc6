"""What is bought in the story, what happens to it afterwards, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

StoreOrder = dict[str, Any]
# A good whose SKU in the shop has a typing mistake, so that its offer at Allegro fits nothing.
MISTYPED_SKU = "TOR-001"

_MESSAGE = "Proszę zapakować na prezent."
_NEW_STREET = "ul. Nowa 12"


class Hands(Protocol):
    """What can be done to an order after it was bought."""

    def at_allegro(self, order_id: str, action: str, **sent: Any) -> None:
        """An action of the pretend Allegro."""

    def pay_together(self, order_ids: list[str]) -> str:
        """The buyer pays several purchases at once; returns the id of the order that they are from then on."""

    def delete_in_shop_and_import_again(self, order_id: str) -> None:
        """Somebody deletes the store order for good, and somebody else has it imported again."""


Afterwards = Callable[[Hands, list[str]], str]


@dataclass(frozen=True)
class Purchase:
    """A purchase of the story, with the words that explain it.

    `sent` is what the pretend Allegro takes; several are bought one by one and paid together. `takes` is by how much
    the shop's stock of a SKU is lower at the end, `stock_note` why that is not what was bought. `afterwards` happens
    once it is in the shop, and returns the order's id from then on. `state`, `status` and `alert` are what the order
    log, the store order and the alert about it must be at the end, and `shows` whether the store order has what this
    purchase is about.
    """

    words: str
    sent: list[dict[str, Any]]
    takes: dict[str, int]
    shows: Callable[[StoreOrder], bool] = lambda _order: True
    state: str = "imported"
    status: str = "processing"
    alert: str = ""
    stock_note: str = ""
    afterwards: Afterwards | None = None


def story() -> list[Purchase]:
    """One purchase of each important kind."""
    return [
        Purchase(
            "paid online, by courier, with a message",
            [{"lines": [_line("KUB-001", 2)], "delivery_cost": "14.99", "message": _MESSAGE}],
            {"KUB-001": 2},
            shows=lambda order: order["customer_note"] == _MESSAGE and order["date_paid"] is not None,
        ),
        Purchase(
            "cash on delivery",
            [{"lines": [_line("KUB-002")], "kind": "cod", "delivery_cost": "19.99"}],
            {"KUB-002": 1},
            shows=lambda order: order["payment_method"] == "cod" and order["date_paid"] is None,
        ),
        Purchase(
            "to a pickup point, invoice for a company",
            [{"lines": [_line("KUB-001"), _line("KUB-003", 3)], "delivery": "pickup_point", "invoice": "company"}],
            {"KUB-001": 1, "KUB-003": 3},
            shows=lambda order: bool(
                order["billing"]["company"] and "Paczkomat" in order["shipping"]["company"] and _meta(order, _NIP)
            ),
        ),
        Purchase(
            "Smart!, three lines, one at a lower price",
            [
                {
                    "lines": [
                        _line("KUB-004", price="79.93", original_price="89.90"),
                        _line("MIS-001", 2),
                        _line("TAL-001", 3),
                    ],
                    "smart": True,
                }
            ],
            {"KUB-004": 1, "MIS-001": 2, "TAL-001": 3},
            shows=lambda order: len(order["line_items"]) == 3 and float(order["shipping_total"]) == 0,
        ),
        Purchase(
            "with a deposit and gift wrapping",
            [{"lines": [_line("DZB-001", 2, deposit="0.50", services=[_WRAPPING])]}],
            {"DZB-001": 2},
            shows=lambda order: _fees(order) == ["Deposit: Dzbanek do herbaty z zaparzaczem 1 l", _WRAPPING["name"]],
        ),
        Purchase(
            "by a Czech buyer, who may still cancel",
            [{"lines": [_line("PLA-001", 2)], "marketplace": "allegro-cz"}],
            {"PLA-001": 2},
            shows=lambda order: order["currency"] == "CZK",
            state="on_hold",
            status="on-hold",
        ),
        Purchase(
            "goods that the shop does not know",
            [{"lines": [_line(MISTYPED_SKU), _line("KUB-003")]}],
            {"KUB-003": 1},
            shows=lambda order: [bool(line["product_id"]) for line in order["line_items"]] == [False, True],
            state="on_hold",
            status="on-hold",
            alert="order_on_hold",
        ),
        Purchase(
            "two purchases, paid together",
            [
                {"lines": [_line("FIL-001")], "buyer": "razem_taniej"},
                {"lines": [_line("SER-001", 2)], "buyer": "razem_taniej"},
            ],
            {"FIL-001": 1, "SER-001": 2},
            shows=lambda order: len(order["line_items"]) == 2,
            afterwards=lambda hands, order_ids: hands.pay_together(order_ids),
        ),
        Purchase(
            "cancelled after its import",
            [{"lines": [_line("PLA-002", 2)]}],
            {"PLA-002": 0},
            state="cancelled",
            status="cancelled",
            stock_note="cancelled, so the store took its pieces back",
            afterwards=_then("cancel"),
        ),
        Purchase(
            "address changed after its import",
            [{"lines": [_line("KOS-001-M")]}],
            {"KOS-001-M": 1},
            shows=lambda order: order["shipping"]["address_1"] == _NEW_STREET,
            afterwards=_then("modify_address", street=_NEW_STREET),
        ),
        Purchase(
            "surcharge paid after its import",
            [{"lines": [_line("KOS-001-L")]}],
            {"KOS-001-L": 1},
            shows=lambda order: _fees(order) == ["Surcharge"],
            afterwards=_then("surcharge", amount="7.01"),
        ),
        Purchase(
            "deleted in the shop, imported again",
            [{"lines": [_line("KUB-002")]}],
            {"KUB-002": 2},
            alert="order_stock_taken_twice",
            stock_note="one more than was bought, because a deleted order gives nothing back; an alert says so",
            afterwards=_deleted,
        ),
    ]


_NIP = "_billing_nip"
_WRAPPING = {"name": "Pakowanie na prezent", "price": "6.99"}


def _line(sku: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, **more}


def _then(action: str, **sent: str) -> Afterwards:
    def act(hands: Hands, order_ids: list[str]) -> str:
        hands.at_allegro(order_ids[0], action, **sent)
        return order_ids[0]

    return act


def _deleted(hands: Hands, order_ids: list[str]) -> str:
    hands.delete_in_shop_and_import_again(order_ids[0])
    return order_ids[0]


def _fees(order: StoreOrder) -> list[str]:
    return [fee["name"] for fee in order["fee_lines"]]


def _meta(order: StoreOrder, key: str) -> str:
    return next((str(meta["value"]) for meta in order["meta_data"] if meta["key"] == key), "")
