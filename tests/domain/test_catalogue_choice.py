"""Which product of the catalogue an offer is made of, and by which number it is found."""

from dataclasses import replace

import pytest

from app.domain.catalogue_choice import Ambiguous, category_for, choose_product
from app.domain.catalogue_products import CatalogueProduct
from app.domain.gtins import gtin_of, takes_gtin, why_no_gtin
from app.domain.listed_products import ListedProduct
from app.domain.parameters import Parameter, ParameterType

RED = CatalogueProduct("p-red", "Kubek czerwony", "77", ("78",))
BLUE = CatalogueProduct("p-blue", "Kubek niebieski", "79")
GREEN = CatalogueProduct("p-green", "Kubek zielony", "80", ("78",))


@pytest.mark.parametrize(
    ("hits", "category_id", "chosen_id", "chosen"),
    [
        ((), "77", "", None),
        ((RED,), "77", "", RED),
        ((RED,), "1", "", RED),
        ((RED,), "", "", RED),
        ((BLUE, RED), "77", "", RED),
        ((BLUE, RED), "78", "", RED),
        ((BLUE, RED), "77", "p-blue", BLUE),
        ((RED, GREEN), "78", "p-green", GREEN),
    ],
)
def test_the_product_is_the_only_one_or_the_one_that_fits_or_the_sellers(
    hits: tuple[CatalogueProduct, ...], category_id: str, chosen_id: str, chosen: CatalogueProduct | None
) -> None:
    assert choose_product(hits, category_id, chosen_id) == chosen


@pytest.mark.parametrize(
    ("hits", "category_id", "chosen_id", "words"),
    [
        ((RED, GREEN), "78", "", "2 products with this number: p-red (Kubek czerwony), p-green (Kubek zielony). Say"),
        ((BLUE, RED), "1", "", "p-blue (Kubek niebieski), p-red (Kubek czerwony)"),
        ((BLUE, RED), "", "", "catalogue_product_id"),
        ((RED,), "77", "p-blue", "p-blue is not among those that Allegro's catalogue has for this number: p-red ("),
        ((), "77", "p-blue", "no product with this number, so p-blue is not among them"),
    ],
)
def test_what_only_the_seller_can_decide_is_not_guessed(
    hits: tuple[CatalogueProduct, ...], category_id: str, chosen_id: str, words: str
) -> None:
    asked = choose_product(hits, category_id, chosen_id)
    assert isinstance(asked, Ambiguous)
    assert asked.candidates == hits
    assert words in asked.why


def test_ten_products_are_named_and_the_rest_counted() -> None:
    asked = choose_product([replace(BLUE, id=f"p-{number}") for number in range(12)], "", "")
    assert isinstance(asked, Ambiguous)
    assert "p-9 (Kubek niebieski) and 2 more." in asked.why
    assert "p-10" not in asked.why


@pytest.mark.parametrize(("mapped", "category_id"), [("77", "77"), ("78", "78"), ("79", "77"), ("", "77")])
def test_a_product_is_listed_in_the_mapped_category_only_where_allegro_lets_it(mapped: str, category_id: str) -> None:
    assert category_for(RED, mapped) == category_id


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("5901234123457", "5901234123457"),
        (" 590-1234 123457\t", "5901234123457"),
        ("96385074", "96385074"),
        ("036000291452", "036000291452"),
        ("10614141000415", "10614141000415"),
        ("0-306-40615-2", "0306406152"),
        ("080442957x", "080442957X"),
        ("", ""),
        (" ", ""),
    ],
)
def test_a_number_is_read_as_people_write_it(written: str, number: str) -> None:
    product = ListedProduct(11, gtin=written)
    assert gtin_of(product) == number
    assert why_no_gtin(product) == ""


@pytest.mark.parametrize(
    "written",
    [
        "5901234123456",
        "59012341234",
        "0000000000000",
        "0000000000",
        "0306406153",
        "brak",
        "5901234123457,96385074",
        "٤",
    ],
)
def test_what_is_no_number_is_left_out_with_a_word(written: str) -> None:
    product = ListedProduct(11, gtin=f" {written}")
    assert gtin_of(product) == ""
    assert why_no_gtin(product).startswith(f"{written!r} is no GTIN")


EAN, BOOK, ISBN_10, MAGAZINE = "5901234123457", "9780306406157", "0306406152", "9770001234567"


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("EAN (GTIN)", {EAN, BOOK, MAGAZINE}),
        ("gtin", {EAN, BOOK, MAGAZINE}),
        ("ISBN", {BOOK, ISBN_10}),
        ("Numer ISSN", {MAGAZINE}),
        ("EAN/ISBN", {EAN, BOOK, ISBN_10, MAGAZINE}),
        ("Ocean", set()),
    ],
)
def test_a_number_goes_into_the_parameter_of_its_kind(name: str, taken: set[str]) -> None:
    parameter = Parameter("1", name, ParameterType.STRING, describes_product=True)
    assert {number for number in (EAN, BOOK, ISBN_10, MAGAZINE) if takes_gtin(parameter, number)} == taken
    assert not takes_gtin(replace(parameter, describes_product=False), EAN)
    assert not takes_gtin(replace(parameter, type=ParameterType.DICTIONARY), EAN)
