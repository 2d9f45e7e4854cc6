"""The checks that WordPress makes on an order before WooCommerce sees it."""

from typing import Any

from app.sandbox.store.customers import is_email
from app.sandbox.store.exchange import StoreError, invalid, wrong_type
from app.sandbox.store.orders import STATUSES
from app.sandbox.store.shop import check_status

CURRENCIES = (
    "AED",
    "AUD",
    "BAM",
    "BGN",
    "BRL",
    "CAD",
    "CHF",
    "CNY",
    "CZK",
    "DKK",
    "EUR",
    "GBP",
    "HKD",
    "HUF",
    "ILS",
    "INR",
    "ISK",
    "JPY",
    "KRW",
    "MDL",
    "MXN",
    "NOK",
    "NZD",
    "PLN",
    "RON",
    "RSD",
    "SEK",
    "SGD",
    "TRY",
    "UAH",
    "USD",
    "ZAR",
)
_TEXTS = (
    "payment_method",
    "payment_method_title",
    "transaction_id",
    "customer_note",
    "created_via",
)
_LINE_FIELDS = {
    "line_items": {"quantity": "integer", "subtotal": "string", "total": "string", "variation_id": "integer"},
    "shipping_lines": {"total": "string", "method_id": "string"},
    "fee_lines": {"total": "string", "tax_class": "string"},
}
# A null in one of these, or a zero quantity, asks to remove the line.
_REMOVING = ("product_id", "method_id", "method_title", "name", "code")


def is_integer(value: object) -> bool:
    """As WordPress sees it: whole numbers and the strings that spell them."""
    if isinstance(value, str):
        return value.lstrip("-").isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def _check_lines(sent: dict[str, Any], name: str) -> None:
    lines = sent.get(name)
    if lines is None:
        return
    if not isinstance(lines, list):
        raise wrong_type(name, "array")
    for place, line in enumerate(lines):
        if not isinstance(line, dict):
            raise wrong_type(name, "object", f"{name}[{place}]")
        for field, expected in _LINE_FIELDS[name].items():
            value = line.get(field)
            right = is_integer(value) if expected == "integer" else isinstance(value, str)
            if field in line and value is not None and not right:
                raise wrong_type(name, expected, f"{name}[{place}][{field}]")
        status = line.get("tax_status")
        if name == "fee_lines" and status is not None and status not in ("taxable", "none"):
            raise invalid(name, f"{name}[{place}][tax_status] is not one of taxable and none.", "rest_not_in_enum")


def _check_address(sent: dict[str, Any], name: str) -> None:
    address = sent.get(name)
    if address is None:
        return
    if not isinstance(address, dict):
        raise wrong_type(name, "object")
    for field, value in address.items():
        if not isinstance(value, str):
            raise wrong_type(name, "string", f"{name}[{field}]")
    # An empty e-mail is no e-mail address either; leaving the key out is the only way to have none.
    if "email" in address and not is_email(address["email"]):
        raise invalid(name, "Invalid email address.", "rest_invalid_email")


def check_order(sent: dict[str, Any]) -> None:
    """Raises StoreError 400 for the first parameter that does not fit the schema of an order."""
    if "status" in sent:
        check_status("status", sent["status"], STATUSES)
    if "currency" in sent and sent["currency"] not in CURRENCIES:
        raise invalid("currency", f"currency is not one of {', '.join(CURRENCIES)}.", "rest_not_in_enum")
    if "customer_id" in sent and not is_integer(sent["customer_id"]):
        raise wrong_type("customer_id", "integer")
    for name in _TEXTS:
        if name in sent and not isinstance(sent[name], str):
            raise wrong_type(name, "string")
    for name in ("billing", "shipping"):
        _check_address(sent, name)
    for name in _LINE_FIELDS:
        _check_lines(sent, name)


def asks_removal(line: dict[str, Any]) -> bool:
    return any(name in line and line[name] is None for name in _REMOVING) or (
        "quantity" in line and int(line["quantity"] or 0) == 0
    )


def removal_of_nothing() -> StoreError:
    """Removing a line that has no id yet crashes PHP, which WordPress tells with this answer."""
    message = (
        "<p>There has been a critical error on this website.</p><p><a href="
        '"https://wordpress.org/documentation/article/faq-troubleshooting/">'
        "Learn more about troubleshooting WordPress.</a></p>"
    )
    detail = "Uncaught TypeError: remove_item(): Argument #3 ($item_id) must be of type int, null given"
    return StoreError(500, "internal_server_error", message, error={"type": 1, "message": detail})
