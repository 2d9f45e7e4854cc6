"""What the patterns of a template are filled with."""

from dataclasses import replace

import pytest

from app.domain.filling import Filled
from app.domain.listed_products import ListedProduct
from app.domain.offer_texts import description_html, fields_of
from app.domain.parameters import Entry, Parameter, ParameterType, ParameterValue

MUG = ListedProduct(
    11,
    12,
    sku="MUG-1",
    name="Kubek & spodek - czerwony",
    gtin="590-1234123457",
    attributes={"pa_colour": ("czerwony", "biały"), "Rant": ()},
    description="<p>Emalia.</p>",
    short_description="Krótko.",
)
BRAND = Parameter(
    "248811",
    "Marka",
    ParameterType.DICTIONARY,
    entries=(Entry("b1", "Huta"), Entry("b9", "inna")),
    custom_entry_id="b9",
    describes_product=True,
)
MAKER = Parameter("9", " Brand", ParameterType.STRING)


def test_a_pattern_may_name_what_is_known_of_the_product() -> None:
    assert fields_of(MUG, None, ()) == {
        "name": "Kubek & spodek - czerwony",
        "sku": "MUG-1",
        "gtin": "5901234123457",
        "brand": "",
        "attribute:pa_colour": "czerwony, biały",
        "attribute:Rant": "",
    }


@pytest.mark.parametrize(
    ("parameters", "filled", "brand"),
    [
        ((BRAND,), Filled((ParameterValue("248811", ("b1",)),), ()), "Huta"),
        ((BRAND,), Filled((ParameterValue("248811", ("b9",), ("Własna",)),), ()), "Własna"),
        ((replace(BRAND, name="Wytwórca"),), Filled((ParameterValue("248811", ("b1",)),), ()), "Huta"),
        ((MAKER,), Filled((), (ParameterValue("9", texts=("Kuźnia",)),)), "Kuźnia"),
        (
            (MAKER, BRAND),
            Filled((ParameterValue("248811", ("b1",)),), (ParameterValue("9", texts=("Kuźnia",)),)),
            "Huta",
        ),
        ((MAKER, BRAND), Filled((), (ParameterValue("9", texts=("Kuźnia",)),)), "Kuźnia"),
        ((BRAND,), Filled((), ()), ""),
    ],
)
def test_the_brand_is_what_the_item_says_for_the_parameter_of_that_name(
    parameters: tuple[Parameter, ...], filled: Filled, brand: str
) -> None:
    assert fields_of(MUG, filled, parameters)["brand"] == brand


@pytest.mark.parametrize(
    ("pattern", "product", "html"),
    [
        ("", MUG, "<p>Emalia.</p>"),
        (" ", replace(MUG, description="\n"), "Krótko."),
        ("{description}", replace(MUG, description=""), ""),
        ("<h1>{name}</h1>{short_description}", MUG, "<h1>Kubek &amp; spodek - czerwony</h1>Krótko."),
        ("{sku} {attribute:pa_colour} {attribute:pa_size}|{description}", MUG, "MUG-1 czerwony, biały |<p>Emalia.</p>"),
        ("{description}", replace(MUG, description="{name} \\1"), "{name} \\1"),
    ],
)
def test_a_description_is_filled_with_the_stores_html_and_escaped_texts(
    pattern: str, product: ListedProduct, html: str
) -> None:
    assert description_html(pattern, fields_of(product, None, ()), product) == html
