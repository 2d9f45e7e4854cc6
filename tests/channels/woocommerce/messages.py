"""The store's messages, as short as they may be, and an order that we want made."""

from decimal import Decimal
from typing import Any

from app.domain.orders import Address
from app.domain.parties import META_ORDER_ID
from app.domain.store import DraftFee, DraftLine, OrderDraft

GENERAL = [
    {"id": "woocommerce_default_country", "value": "PL"},
    {"id": "woocommerce_calc_taxes", "value": "yes"},
    {"id": "woocommerce_price_num_decimals", "value": "2"},
]
TAX = [
    {"id": "woocommerce_tax_based_on", "value": "shipping"},
    {"id": "woocommerce_shipping_tax_class", "value": "inherit"},
    {"id": "woocommerce_tax_round_at_subtotal", "value": "no"},
    {"id": "woocommerce_prices_include_tax", "value": "yes"},
]


def order(number: int, *, allegro_order_id: str = "", status: str = "processing", **more: Any) -> dict[str, Any]:
    meta = [{"id": 1, "key": META_ORDER_ID, "value": allegro_order_id}] if allegro_order_id else []
    return {
        "id": number,
        "status": status,
        "currency": "PLN",
        "total": "123.45",
        "transaction_id": allegro_order_id,
        "date_created_gmt": "2026-10-12T10:00:00",
        "meta_data": meta,
        "line_items": [],
        **more,
    }


def rate(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "country": "PL",
        "state": "",
        "postcode": "",
        "city": "",
        "rate": "23.0000",
        "priority": 1,
        "compound": False,
        "shipping": True,
        "order": 0,
        "class": "standard",
        "postcodes": [],
        "cities": [],
        **more,
    }


def draft(**changes: Any) -> OrderDraft:
    values: dict[str, Any] = {
        "order_id": "form-1",
        "status": "processing",
        "currency": "PLN",
        "billing": Address("Jan", "Kowalski", "Udix", "Solna 1", "Poznań", "60-166", "PL", "600"),
        "shipping": Address("Anna", "Nowak", "", "Grunwaldzka 2", "Poznań", "60-167", "PL", "500"),
        "billing_email": "",
        "customer_note": "Szybko",
        "payment_method": "allegro",
        "payment_method_title": "Allegro: online payment",
        "set_paid": True,
        "shipping_title": "Kurier",
        "shipping_net": Decimal("8.13"),
        "lines": (
            DraftLine("Bluza", 2, Decimal("46.12"), 33, 34, "", "line-1", "offer-1"),
            DraftLine("Kubek", 1, Decimal("8.12195122"), 11, None, "", "line-2", "offer-2"),
            DraftLine("Nieznane", 1, Decimal("1E+1"), None, None, "", "line-3", "offer-3"),
        ),
        "fees": (DraftFee("Rounding", Decimal("0.01")),),
        "meta": ((META_ORDER_ID, "form-1"), ("_allegro_buyer_login", "jan")),
    }
    return OrderDraft(**{**values, **changes})
