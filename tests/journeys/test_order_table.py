"""The README's table of the store order is complete and true, in both directions."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.channels.woocommerce.translate import order_to
from app.domain.drafts import compose
from app.domain.orders import Address, Buyer, Charge, ChargeKind, Delivery, Invoice, Order, Payment, PaymentKind
from app.domain.settings import Settings
from app.sandbox.allegro.forms import Company, Line, Service, Voucher
from app.sandbox.world import Sandbox
from tests.domain.samples import HOME, LOCKER, PAID_AT, TAXES, line, order_of, pln, product

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## What stands in the store order")[1].split("\n## ")[0]
ROWS = [row.strip("| ").split(" | ") for row in SECTION.splitlines() if row.startswith("| ") and "---" not in row][1:]
_PARTS = {"line_items": "line meta ", "fee_lines": "fee meta "}
_NUMBERS = {
    "Allegro's kinds": (("PL_NIP", "525-234-40-78"), ("VAT_EU", "PL5252344078")),
    "the former field": (("TAX_ID", "5252344078"),),
}


def _with_everything(numbers: tuple[tuple[str, str], ...]) -> Order:
    """An order that has whatever an order can have: each part makes its own field or meta."""
    order = order_of(line("MUG", number=1), line("SHIRT", number=2), line("NOBODY-KNOWS", number=3))
    return replace(
        order,
        buyer=Buyer("b1", "anna_n", "alias+1@allegromail.pl", "Anna", "Nowak", "Nowak s.c.", "+48600100200", "pl-PL"),
        payment=Payment("p1", PaymentKind.ONLINE, "P24", PAID_AT, pln("10.00")),
        delivery=Delivery(HOME, "m1", "Paczkomat", LOCKER, pln("9.99"), smart=True),
        invoice=Invoice(True, Address(company="Nowak s.c.", city="Warszawa", country="PL"), numbers),
        charges=(Charge(ChargeKind.DEPOSIT, "Deposit: Mug", pln("1.00")),),
        surcharges=(Payment("p2", PaymentKind.ONLINE, "P24", PAID_AT, pln("5.00")),),
        message="Proszę",
    )


def _bodies() -> Iterator[dict[str, Any]]:
    products = {"mug": (product(11),), "shirt": (product(12, sku="SHIRT", variation_id=13),)}
    for numbers in _NUMBERS.values():
        composed = compose(
            _with_everything(numbers), account_name="Kubki", products=products, taxes=TAXES, settings=Settings()
        )
        yield order_to(replace(composed.draft, billing_email="alias+1@allegromail.pl", customer_id=7))
        yield order_to(replace(composed.draft, customer_id=7))


def _written(body: dict[str, Any], path: str = "", meta: str = "meta ") -> Iterator[str]:
    """Every field of a message and every key of meta data in it, as the table names them."""
    for name, value in body.items():
        if name == "meta_data":
            yield from (f"{meta}{each['key']}" for each in value)
        elif isinstance(value, list):
            for each in value:
                yield from _written(each, f"{path}{name}[].", _PARTS.get(name, "meta "))
        elif isinstance(value, dict):
            yield from _written(value, f"{path}{name}.")
        else:
            yield f"{path}{name}"


def _named(cell: str) -> Iterator[str]:
    """What a cell of the middle column names; "meta" counts for all the keys that follow it."""
    place = "meta "
    for word, name in re.findall(r"(line meta|fee meta|meta)?,? ?`([^`]+)`", cell):
        place = f"{word} " if word else place
        yield f"{place}{name}" if name.startswith("_") else name


def test_the_table_names_every_field_and_every_meta_key_that_is_written_and_no_other() -> None:
    named = {name for _, cell, *_ in ROWS for name in _named(cell) if not cell.startswith("(")}
    assert named == {name for body in _bodies() for name in _written(body)}


@pytest.mark.parametrize("numbers", _NUMBERS.values(), ids=_NUMBERS.keys())
def test_every_key_of_ours_begins_the_same_but_for_that_of_the_invoice_plugin(
    numbers: tuple[tuple[str, str], ...],
) -> None:
    settings = Settings(tax_number_meta_key="_vat_number")
    composed = compose(_with_everything(numbers), account_name="Kubki", products={}, taxes=TAXES, settings=settings)
    keys = [name for name in _written(order_to(composed.draft)) if "meta " in name]
    assert [key for key in keys if "meta _allegro_" not in key] == ["meta _vat_number"]


def _paths(form: Any, path: str = "") -> Iterator[str]:
    if isinstance(form, dict):
        for name, value in form.items():
            yield f"{path}{name}"
            yield from _paths(value, f"{path}{name}.")
    elif isinstance(form, list):
        for each in form:
            yield from _paths(each, f"{path.rstrip('.')}[].")


def test_the_table_names_fields_that_allegro_has(world: Sandbox) -> None:
    market = world.allegro
    goods = Line(
        market.offer_id("KUB-001"),
        deposit=pln("1.00").amount,
        services=(Service("Pakowanie", pln("2.00").amount),),
        vouchers=(Voucher(pln("3.00").amount),),
    )
    company = Company(ids=(("PL_NIP", "5252344078"),), tax_id="5252344078")
    bought = [market.buy(goods, delivery="pickup_point", invoice=invoice) for invoice in (company, "person")]
    market.surcharge(bought[0], pln("5.00").amount)
    there = {path for form_id in bought for path in _paths(market.form(form_id))}
    named = {name for cell, *_ in ROWS for name in re.findall(r"`([^`]+)`", cell)}
    assert named - there == set()
