"""Names, prices, pictures and taxes of an offer."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.catalogue_products import CatalogueProduct
from app.domain.composing import Item, compose
from app.domain.listing_templates import Invoice
from app.domain.money import Money
from app.domain.new_offers import OfferTaxRate
from app.domain.settings import Settings
from app.domain.wording import own_images
from tests.domain.composing_samples import HIT, ITEM, SHOP, THERE, item_of, offer_of
from tests.domain.samples import pln


@pytest.mark.parametrize(
    ("name", "title", "product_name"),
    [
        ("Kubek emaliowany - czerwony", "Kubek emaliowany - czerwony Huta MUG-1", "Kubek emaliowany - czerwony"),
        ("Kubek", "Kubek Huta MUG-1", "Kubek Huta MUG-1"),
    ],
)
def test_a_new_product_has_its_own_name_unless_that_is_none(name: str, title: str, product_name: str) -> None:
    offer = offer_of(item_of({"name": name}, {"title": "{name} {brand} {sku}"}))
    assert (offer.title, offer.product.name) == (title, product_name)


@pytest.mark.parametrize(
    ("template", "price", "currency", "settings", "asked"),
    [
        ({}, pln("39.99"), "PLN", Settings(), pln("39.99")),
        ({"price_modifier_percent": Decimal("5.5")}, pln("39.99"), "PLN", Settings(), pln("42.19")),
        ({"price_modifier_percent": Decimal("5.5")}, pln("39.99"), "PLN", Settings(pull_prices=True), pln("42.19")),
        ({"price_modifier_percent": Decimal("5.5")}, pln("39.99"), "PLN", Settings(push_prices=True), pln("39.99")),
        (
            {"price_modifier_percent": Decimal(10)},
            Money(Decimal(405), "CZK"),
            "CZK",
            Settings(price_floor=pln("900")),
            Money(Decimal(446), "CZK"),
        ),
    ],
)
def test_the_templates_modifier_is_put_on_a_price_that_is_not_kept_in_step(
    template: dict[str, Decimal], price: Money, currency: str, settings: Settings, asked: Money
) -> None:
    composed = compose(item_of({"weight": ""}, template, price=price, currency=currency, settings=settings))
    assert composed.offer
    assert composed.offer.price == asked
    assert len(composed.notes) == settings.push_prices


def _many(count: int) -> tuple[str, ...]:
    return tuple(f"{SHOP}{number}.jpg" for number in range(count))


@pytest.mark.parametrize(
    ("images", "hit", "shown", "note"),
    [
        (_many(16), None, 16, None),
        (_many(18), None, 16, "2 of 18 pictures are left out: Allegro takes 16."),
        (_many(2) + _many(2), None, 2, None),
        (_many(15), HIT, 14, "1 of 15 pictures are left out: Allegro takes 16, and the catalogue's product has 2."),
        (_many(2), replace(HIT, images=_many(20)), 0, "2 of 2 pictures are left out"),
    ],
)
def test_an_offer_shows_sixteen_pictures_with_those_of_the_catalogue(
    images: tuple[str, ...], hit: CatalogueProduct | None, shown: int, note: str | None
) -> None:
    item = item_of({"weight": "", "images": images, "description": ""}, hit=hit, images={each: each for each in images})
    composed = compose(item)
    assert composed.offer
    assert composed.offer.images == own_images(item.listed, hit) == images[:shown]
    assert [note is not None and each.startswith(note) for each in composed.notes] == [True] * (note is not None)


def test_a_picture_that_allegro_has_not_taken_is_left_out_with_a_note() -> None:
    composed = compose(item_of({"weight": ""}, images={SHOP + "1.jpg": THERE + "a"}))
    assert composed.offer
    assert composed.offer.images == (THERE + "a",)
    assert composed.notes == (
        f"Allegro has not taken these pictures, which are left out: {SHOP}2.jpg.",
        f"Pictures that are not among the offer's are left out: “{SHOP}2-300x300.jpg”.",
    )


@pytest.mark.parametrize(
    ("item", "rates", "note"),
    [
        (replace(ITEM, store_tax_rate=Decimal(8)), (OfferTaxRate("8.00", "PL"),), ""),
        (
            replace(ITEM, store_tax_rate=Decimal(5)),
            (),
            "store's is 5 %, and Allegro takes in the category for PL: 8.00",
        ),
        (replace(ITEM, country_code="HU"), (), "for HU: none."),
        (replace(ITEM, store_tax_rate=None), (), "the store has none"),
        (replace(ITEM, tax_choices=None), (), "it is not known"),
        (item_of(template={"invoice": Invoice.VAT_MARGIN}, store_tax_rate=Decimal(5)), (), ""),
    ],
)
def test_the_stores_tax_rate_is_sent_as_allegro_writes_it(
    item: Item, rates: tuple[OfferTaxRate, ...], note: str
) -> None:
    composed = compose(item)
    assert composed.offer
    assert composed.offer.tax_rates == rates
    assert [note in each for each in composed.notes[1:]] == [True] * bool(note)


def test_an_offer_that_runs_until_it_is_sold_out_has_no_duration() -> None:
    assert offer_of(item_of(template={"duration": "until_sold_out"})).duration == ""
