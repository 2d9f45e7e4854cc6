"""What the offers of an account have in common: how they are called, sold, delivered and vouched for."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.settings import Settings
from app.domain.titles import is_field


class Invoice(StrEnum):
    """What a buyer gets."""

    VAT = "vat"
    VAT_MARGIN = "vat_margin"
    WITHOUT_VAT = "without_vat"
    NONE = "none"


@dataclass(frozen=True)
class ListingTemplate:
    """A template of one account.

    `title` and `description` are patterns (`{name}`, `{sku}`, ...). `price_modifier_percent` is put on the store's
    price of an offer whose price is not kept in step. `duration` is `until_sold_out` or days as ISO 8601 (`P10D`),
    `handling_time` ISO 8601 (`PT24H`, `P2D`), "" for Allegro's own. The ids are Allegro's, "" for none. `publish`:
    offers are listed at once, else they stay drafts.
    """

    id: int
    account_id: int
    name: str
    title: str
    description: str
    price_modifier_percent: Decimal
    duration: str
    shipping_rates_id: str
    handling_time: str
    return_policy_id: str
    implied_warranty_id: str
    warranty_id: str
    invoice: Invoice
    responsible_producer_id: str
    responsible_person_id: str
    safety_information: str
    publish: bool


# What a description may name beside the fields of a title.
_TEXTS = ("description", "short_description")
DESCRIPTION_FIELD = re.compile(r"\{([^{}]*)\}")


def check_description(pattern: str) -> list[str]:
    """What is wrong with the pattern of a description, in sentences; nothing: it can be used."""
    named = dict.fromkeys(DESCRIPTION_FIELD.findall(pattern))
    return [f"There is no field {{{name}}}." for name in named if name not in _TEXTS and not is_field(name)]


def template_warnings(template: ListingTemplate, settings: Settings) -> list[str]:
    """What the seller should know about a template that is allowed, as sentences."""
    found = []
    if template.price_modifier_percent and settings.push_prices:
        found.append(
            "price_modifier_percent is ignored for offers whose price is kept in step with the store "
            "(push_prices is on): they cost what the store asks."
        )
    if template.publish and not template.shipping_rates_id:
        found.append("Allegro lists no offer without a delivery price list: set shipping_rates_id.")
    return found
