"""The store's settings, the few that matter here, under the groups and ids of WooCommerce."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.sandbox.store.exchange import StoreError, invalid

YES_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True)
class Setting:
    group: str
    id: str
    label: str
    type: str
    default: str
    value: str
    description: str = ""
    tip: str | None = None
    options: dict[str, str] | None = None


def _checkbox(group: str, name: str, label: str, default: str, value: str, description: str = "") -> Setting:
    return Setting(group, name, label, "checkbox", default, value, description)


def _mail(template: str, label: str) -> Setting:
    description = "Enable this email notification"
    return Setting(f"email_{template}", "enabled", label, "checkbox", "yes", "yes", description)


def _as_delivered() -> list[Setting]:
    countries = {"PL": "Poland", "CZ": "Czech Republic", "SK": "Slovakia", "HU": "Hungary", "DE": "Germany"}
    currencies = {"PLN": "Polish złoty", "EUR": "Euro", "CZK": "Czech koruna", "HUF": "Hungarian forint"}
    based_on = {
        "shipping": "Customer shipping address",
        "billing": "Customer billing address",
        "base": "Shop base address",
    }
    shipping_classes = {
        "inherit": "Shipping tax class based on cart items",
        "": "Standard",
        "reduced-rate": "Reduced rate",
        "zero-rate": "Zero rate",
    }
    include = {"yes": "Yes, I will enter prices inclusive of tax", "no": "No, I will enter prices exclusive of tax"}
    weights = {"kg": "kg", "g": "g", "lbs": "lbs", "oz": "oz"}
    weight_unit = ("woocommerce_weight_unit", "Weight unit", "select", "lbs", "kg")
    weighed = "This controls what unit you will define weights in."
    low, none_left = "woocommerce_notify_low_stock_amount", "woocommerce_notify_no_stock_amount"
    country = ("woocommerce_default_country", "Country / State", "select", "US:CA", "PL")
    return [
        Setting("general", *country, "Where the business is located.", None, countries),
        _checkbox("general", "woocommerce_calc_taxes", "Enable taxes", "no", "yes", "Enable tax calculations"),
        Setting("general", "woocommerce_currency", "Currency", "select", "USD", "PLN", "", None, currencies),
        Setting("general", "woocommerce_price_num_decimals", "Number of decimals", "number", "2", "2"),
        Setting("products", *weight_unit, weighed, weighed, weights),
        _checkbox("products", "woocommerce_manage_stock", "Manage stock", "yes", "yes"),
        Setting("products", low, "Low stock threshold", "number", "2", "2", "", "When stock reaches this amount."),
        Setting("products", none_left, "Out of stock threshold", "number", "0", "0", "", "When stock is gone."),
        Setting(
            "tax", "woocommerce_prices_include_tax", "Prices entered with tax", "radio", "no", "yes", "", None, include
        ),
        Setting(
            "tax",
            "woocommerce_tax_based_on",
            "Calculate tax based on",
            "select",
            "shipping",
            "base",
            "",
            None,
            based_on,
        ),
        Setting(
            "tax",
            "woocommerce_shipping_tax_class",
            "Shipping tax class",
            "select",
            "inherit",
            "inherit",
            options=shipping_classes,
        ),
        _checkbox("tax", "woocommerce_tax_round_at_subtotal", "Rounding", "no", "no", "Round tax at subtotal level"),
        _mail("new_order", "New order"),
        _mail("cancelled_order", "Cancelled order"),
        _mail("customer_on_hold_order", "Order on-hold"),
        _mail("customer_processing_order", "Processing order"),
        _mail("customer_completed_order", "Completed order"),
        _mail("customer_note", "Customer note"),
        _mail("customer_new_account", "New account"),
    ]


GROUPS = {"general": "General", "products": "Products", "tax": "Tax", "email": "Emails"}


@dataclass
class Settings:
    """Typed access for the store itself, and the table behind `/settings`."""

    items: list[Setting] = field(default_factory=_as_delivered)

    def find(self, group: str, name: str) -> Setting:
        """Raises StoreError 404 for an unknown group or id."""
        if not any(item.group == group for item in self.items):
            raise StoreError(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
        for item in self.items:
            if item.group == group and item.id == name:
                return item
        raise StoreError(404, "rest_setting_setting_invalid", "Invalid setting.")

    def set(self, group: str, name: str, value: str) -> Setting:
        """Raises StoreError 400 for a value that is not among the options."""
        old = self.find(group, name)
        allowed = YES_NO if old.type == "checkbox" else old.options
        if allowed is not None and value not in allowed:
            raise invalid("value", "An invalid setting value was passed.", "rest_setting_value_invalid")
        new = replace(old, value=value)
        self.items[self.items.index(old)] = new
        return new

    def _is_yes(self, group: str, name: str) -> bool:
        return self.find(group, name).value == "yes"

    @property
    def taxes_on(self) -> bool:
        return self._is_yes("general", "woocommerce_calc_taxes")

    @property
    def prices_include_tax(self) -> bool:
        return self._is_yes("tax", "woocommerce_prices_include_tax")

    @property
    def rounds_at_subtotal(self) -> bool:
        return self._is_yes("tax", "woocommerce_tax_round_at_subtotal")

    @property
    def tax_based_on(self) -> str:
        return self.find("tax", "woocommerce_tax_based_on").value

    @property
    def shipping_tax_class(self) -> str:
        return self.find("tax", "woocommerce_shipping_tax_class").value

    @property
    def country(self) -> str:
        return self.find("general", "woocommerce_default_country").value.partition(":")[0]

    @property
    def currency(self) -> str:
        return self.find("general", "woocommerce_currency").value

    @property
    def cent(self) -> Decimal:
        """The smallest amount shown, as `Decimal("0.01")`."""
        return Decimal(1).scaleb(-int(self.find("general", "woocommerce_price_num_decimals").value))

    @property
    def manages_stock(self) -> bool:
        return self._is_yes("products", "woocommerce_manage_stock")

    @property
    def out_of_stock_amount(self) -> int:
        return abs(int(self.find("products", "woocommerce_notify_no_stock_amount").value or 0))

    def mails(self, template: str) -> bool:
        return self._is_yes(f"email_{template}", "enabled")

    def groups(self) -> list[dict[str, Any]]:
        mails = [item for item in self.items if item.group.startswith("email_")]
        subgroups = [item.group for item in mails]
        top = [_group(name, label, "", subgroups if name == "email" else []) for name, label in GROUPS.items()]
        return top + [_group(item.group, item.label, "email", []) for item in mails]


def _group(name: str, label: str, parent: str, subgroups: list[str]) -> dict[str, Any]:
    return {"id": name, "label": label, "description": "", "parent_id": parent, "sub_groups": subgroups}
