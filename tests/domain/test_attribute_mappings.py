"""Where a parameter's value may come from, and what products make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attribute_mappings import check_mapping
from app.domain.filling import Filled, Missing, Wrong, fill
from app.domain.listed_products import ListedProduct, WeightUnit, attributes_of
from app.domain.parameters import (
    AttributeMapping,
    Condition,
    Entry,
    Parameter,
    ParameterType,
    ParameterValue,
    Source,
)

CONDITION = Parameter(
    "11323",
    "Stan",
    ParameterType.DICTIONARY,
    required=True,
    entries=(Entry("11323_1", "Nowy", former=("Nowa",)), Entry("11323_2", "Używany")),
)
BRAND = Parameter(
    "2",
    "Marka",
    ParameterType.DICTIONARY,
    required=True,
    required_for_product=True,
    describes_product=True,
    entries=(Entry("2_1", "Alfa"), Entry("2_2", "Beta"), Entry("2_9", "inna")),
    custom_entry_id="2_9",
)
MODEL = Parameter(
    "3",
    "Model",
    ParameterType.DICTIONARY,
    required_for_product=True,
    describes_product=True,
    depends_on="2",
    entries=(Entry("3_1", "Mini", ("2_1",)), Entry("3_2", "Mini", ("2_2",)), Entry("3_3", "Maxi", ("2_2",))),
)
CODE = Parameter(
    "4",
    "Kod producenta",
    ParameterType.STRING,
    required=True,
    required_for_product=True,
    required_if=Condition((("11323", ("11323_1",)),), ("5",)),
    describes_product=True,
    shortest=3,
    longest=10,
    former_ids=("4_old",),
)
EAN = Parameter("5", "EAN", ParameterType.STRING, describes_product=True, shortest=8, longest=14)
WEAR = Parameter(
    "6",
    "Zużycie",
    ParameterType.STRING,
    required=True,
    displayed_if=Condition((("11323", ("11323_2",)),)),
    longest=20,
)
WEIGHT = Parameter("7", "Waga", ParameterType.FLOAT, describes_product=True, unit="kg", precision=2)
TAGS = Parameter("8", "Cechy", ParameterType.STRING, describes_product=True, longest=9, most_values=3)
COLOURS = Parameter(
    "9",
    "Kolor",
    ParameterType.DICTIONARY,
    describes_product=True,
    multiple=True,
    entries=(Entry("9_1", "czarny"), Entry("9_2", "biały"), Entry("9_3", "a|b")),
)
PARAMETERS = (WEAR, MODEL, CODE, CONDITION, BRAND, EAN, WEIGHT, TAGS, COLOURS)


def _attribute(parameter_id: str, attribute: str, default: str = "") -> AttributeMapping:
    return AttributeMapping("77", parameter_id, Source.ATTRIBUTE, attribute=attribute, default=default)


def _value(parameter_id: str, value: str) -> AttributeMapping:
    return AttributeMapping("77", parameter_id, Source.VALUE, value=value)


def _from(parameter_id: str, source: Source) -> AttributeMapping:
    return AttributeMapping("77", parameter_id, source)


@pytest.mark.parametrize(
    ("parameter", "mapping", "field", "words"),
    [
        (CONDITION, _value("11323", "nowa"), "", ""),
        (CONDITION, _value("11323", "11323_2"), "", ""),
        (CONDITION, _value("11323", "zepsuty"), "value", "it has 'Nowy', 'Używany'"),
        (CONDITION, _value("11323", " "), "value", "no value for 'Stan'"),
        (CONDITION, _from("11323", Source.SKU), "source", "takes no SKU"),
        (CONDITION, _from("11323", Source.WEIGHT), "source", "one number"),
        (CONDITION, _attribute("11323", "pa_state", "nowy"), "", ""),
        (CONDITION, _attribute("11323", "pa_state", "?"), "default", "no entry '?'"),
        (CONDITION, _attribute("11323", " "), "attribute", "which attribute"),
        (CONDITION, replace(_attribute("11323", "pa_state"), value="Nowy"), "value", "'attribute' has no value"),
        (CONDITION, replace(_value("11323", "Nowy"), attribute="pa_state"), "attribute", "'value' has no attribute"),
        (MODEL, _value("3", "Mini"), "", ""),
        (MODEL, _value("3", "Midi"), "value", "no entry 'Midi'"),
        (replace(MODEL, entries=(*MODEL.entries, Entry("3_4", "mini", ("2_2",)))), _value("3", "MINI"), "value", "3_4"),
        (BRAND, _value("2", "Gamma"), "", ""),
        (CODE, _from("4", Source.SKU), "", ""),
        (CODE, _value("4", "12345678901"), "value", "10 characters at most"),
        (WEIGHT, _from("7", Source.WEIGHT), "", ""),
        (WEIGHT, _from("7", Source.SKU), "source", "takes no SKU"),
        (replace(WEIGHT, unit="l"), _from("7", Source.WEIGHT), "source", "none of weight"),
        (WEIGHT, _value("7", "1.125 kg"), "value", "1125 or 1.1250"),
        (TAGS, _value("8", "ciche | lekkie"), "", ""),
        (TAGS, _value("8", "a|b|c|d"), "value", "3 values at most"),
        (CODE, _value("4", "a|b"), "", ""),
        (COLOURS, _value("9", "biały|czarny"), "", ""),
        (COLOURS, _value("9", "biały|szary"), "value", "no entry 'szary'"),
        (replace(CODE, type=ParameterType.UNKNOWN), _from("4", Source.SKU), "parameter_id", "of a kind"),
    ],
)
def test_a_mapping_is_checked_when_it_is_saved(
    parameter: Parameter, mapping: AttributeMapping, field: str, words: str
) -> None:
    wrong = check_mapping(parameter, mapping)
    assert [each for each, _ in wrong] == ([field] if field else [])
    assert all(words in sentence for _, sentence in wrong)


MAPPINGS = (
    _value("11323", "Nowy"),
    _attribute("2", "pa_brand"),
    _attribute("3", "pa_model"),
    _from("4_old", Source.SKU),
    _value("6", "lekkie"),
    _from("7", Source.WEIGHT),
    _attribute("8", "pa_traits", "ciche|lekkie"),
    _attribute("9", "pa_colour", "a|b"),
)
MUG = ListedProduct(
    11,
    sku="MUG-1",
    weight="0.255",
    weight_unit=WeightUnit.KG,
    attributes={"pa_brand": ("Beta",), "pa_model": ("mini",), "pa_colour": ("Biały", "czarny")},
)


def _fill(product: ListedProduct = MUG, **other: AttributeMapping) -> Filled:
    """What the product makes of the mappings; `other` replace those of the parameters p2, p3, ..."""
    kept = [each for each in MAPPINGS if f"p{each.parameter_id}" not in other]
    return fill(PARAMETERS, [*kept, *other.values()], product)


def _texts(filled: Filled) -> dict[str, tuple[str, ...]]:
    return {
        value.parameter_id: value.entry_ids + value.texts
        for value in (*filled.values_of_product, *filled.values_of_offer)
    }


# Part of the words, whether it is needed for publishing, and whether for a new product, by parameter.
_Told = dict[str, tuple[str, bool, bool]]


def _with(attributes: Mapping[str, tuple[str, ...]]) -> ListedProduct:
    return replace(MUG, attributes={**MUG.attributes, **attributes})


def test_a_product_is_described_from_all_sources() -> None:
    filled = _fill()
    assert filled.values_of_product == (
        ParameterValue("3", entry_ids=("3_2",)),
        ParameterValue("4", texts=("MUG-1",)),
        ParameterValue("2", entry_ids=("2_2",)),
        ParameterValue("7", texts=("0.26",)),
        ParameterValue("8", texts=("ciche", "lekkie")),
        ParameterValue("9", entry_ids=("9_2", "9_1")),
    )
    assert filled.values_of_offer == (ParameterValue("11323", entry_ids=("11323_1",)),)
    assert (filled.missing, filled.wrong) == ((), ())
    assert filled.notes_of_offer == ("'Zużycie' is left out: Allegro does not show it with the other values.",)
    assert filled.notes_of_product == ("'Waga' is 0.26 kg, rounded from 0.255 kg.",)


def test_the_terms_of_the_store_are_read_as_html() -> None:
    filled = _fill(_with({"pa_traits": ("a &amp; b",), "pa_brand": ("Gamma &amp; Co",)}))
    assert _texts(filled)["8"] == ("a & b",)
    assert _texts(filled)["2"] == ("2_9", "Gamma & Co")


def test_an_entry_that_contains_the_mark_between_values_is_one_value() -> None:
    assert _texts(_fill(_with({"pa_colour": ("",)})))["9"] == ("9_3",)


@pytest.mark.parametrize(
    ("filled", "missing", "wrong"),
    [
        (_fill(replace(MUG, sku="")), {"4": ("no SKU", True, True)}, {}),
        # Its code is needed of new goods only.
        (_fill(replace(MUG, sku=""), p11323=_value("11323", "Używany")), {}, {}),
        # And not where there is an EAN.
        (_fill(replace(MUG, sku=""), p5=_value("5", "5901234123457")), {}, {}),
        (
            _fill(replace(MUG, sku="M"), p5=_value("5", "59")),
            {},
            {"4": ("3 char", True, True), "5": ("8 c", False, False)},
        ),
        (_fill(p11323=_from("x", Source.SKU)), {"11323": ("No mapping", True, False)}, {}),
        (_fill(p11323=_value("11323", "Używany"), p6=_from("x", Source.SKU)), {"6": ("No mapping", True, False)}, {}),
        # Nobody is asked for what Allegro does not show.
        (_fill(p6=_from("x", Source.SKU)), {}, {}),
        (_fill(p6=_value("6", "x" * 21)), {}, {}),
        (_fill(p2=_attribute("2", "pa_x", "Beta")), {}, {}),
        (_fill(p3=_attribute("3", "pa_x")), {"3": ("no attribute 'pa_x'", False, True)}, {}),
        (
            _fill(_with({"pa_brand": ("Alfa",), "pa_model": ("Maxi",)})),
            {},
            {"3": ("parameter 2 with 2_1", False, True)},
        ),
        (
            _fill(_with({"pa_brand": ("Alfa", "Beta")})),
            {},
            {"2": ("one value", True, True), "3": ("parameter 2 without a value", False, True)},
        ),
        (_fill(replace(MUG, weight="heavy")), {}, {"7": ("'heavy' is no number", False, False)}),
        (_fill(replace(MUG, weight="")), {}, {}),
        (_fill(replace(MUG, weight_unit=None)), {}, {}),
    ],
)
def test_what_is_missing_or_not_taken_is_told_apart(filled: Filled, missing: _Told, wrong: _Told) -> None:
    assert _without_words(filled.missing) == {each: needed for each, (_, *needed) in missing.items()}
    assert _without_words(filled.wrong) == {each: needed for each, (_, *needed) in wrong.items()}
    told: list[Missing | Wrong] = [*filled.missing, *filled.wrong]
    assert all({**missing, **wrong}[each.parameter.id][0] in each.why for each in told)


def _without_words(told: Iterable[Missing | Wrong]) -> dict[str, list[bool]]:
    return {each.parameter.id: [each.for_publishing, each.for_new_product] for each in told}


def test_no_weight_is_never_zero() -> None:
    for product in (replace(MUG, weight=""), replace(MUG, weight_unit=None), replace(MUG, weight="0")):
        assert "7" not in _texts(_fill(product))


def test_the_order_of_parameters_decides_nothing() -> None:
    some = (WEAR, MODEL, CODE, CONDITION, BRAND)
    found = {tuple(sorted(_texts(fill(order, MAPPINGS, MUG)).items())) for order in permutations(some)}
    assert len(found) == 1


def test_parameters_that_depend_on_each_other_in_a_circle_come_to_an_end() -> None:
    ring = [
        Parameter(
            str(number),
            f"P{number}",
            ParameterType.DICTIONARY,
            entries=(Entry(f"{number}_1", "yes"), Entry(f"{number}_2", "no")),
            displayed_if=Condition(((str((number + 1) % 3), (f"{(number + 1) % 3}_1",)),)),
        )
        for number in range(3)
    ]
    yes = [_value(parameter.id, "yes") for parameter in ring]
    assert set(_texts(fill(ring, yes, MUG))) == {"0", "1", "2"}
    for number in range(3):
        others = [_value(each.parameter_id, "no") if each is yes[number] else each for each in yes]
        assert _texts(fill(ring, others, MUG)) == {}


def test_entries_that_depend_on_each_other_in_a_circle_and_do_not_fit_are_dropped() -> None:
    one = replace(BRAND, depends_on="3", entries=(Entry("2_1", "Alfa", ("3_9",)),), custom_entry_id="")
    other = replace(MODEL, entries=(Entry("3_1", "Mini", ("2_1",)),))
    filled = fill([one, other], [_value("2", "Alfa"), _value("3", "Mini")], MUG)
    assert _texts(filled) == {}
    assert {each.parameter.id for each in filled.wrong} == {"2", "3"}


def test_a_variation_has_its_own_attributes_and_its_parents_where_it_has_none() -> None:
    parents = {"pa_colour": ("czarny", "biały"), "pa_brand": ("Alfa",), "pa_size": ("S", "M")}
    own = {"pa_colour": ("biały",), "pa_size": ("",)}
    assert attributes_of(own, parents) == {**parents, "pa_colour": ("biały",)}


_SAID = st.sampled_from(["Alfa", "beta", "Gamma", "Mini", "maxi", "czarny", "BIAŁY", "ciche", "", "x" * 30])
_PRODUCTS = st.builds(
    ListedProduct,
    st.just(11),
    sku=st.sampled_from(["", "MUG-1", "x" * 30]),
    weight=st.decimals(0, 2000, places=3).map(str),
    weight_unit=st.sampled_from([None, *WeightUnit]),
    attributes=st.dictionaries(
        st.sampled_from(["pa_brand", "pa_model", "pa_traits", "pa_colour"]), st.lists(_SAID, max_size=3).map(tuple)
    ),
)


@given(_PRODUCTS, st.sampled_from(["Nowy", "Używany"]))
def test_nothing_is_invented_and_what_was_found_is_found_again(product: ListedProduct, condition: str) -> None:
    parameters = {parameter.id: parameter for parameter in PARAMETERS}
    filled = _fill(product, p11323=_value("11323", condition))
    values = {value.parameter_id: value for value in (*filled.values_of_product, *filled.values_of_offer)}
    said = {product.sku, "lekkie", "ciche", *(term for terms in product.attributes.values() for term in terms)}
    for parameter_id, value in values.items():
        if parameter_id != "7":
            assert set(value.texts) <= said
        assert ("6" in values) == (condition == "Używany")
    told = [each.parameter.id for each in filled.missing] + [each.parameter.id for each in filled.wrong]
    assert len(told) == len(set(told))
    assert not set(told) & set(values)
    fixed = [
        _value(value.parameter_id, "|".join((*(each for each in value.entry_ids if each != "2_9"), *value.texts)))
        for value in values.values()
    ]
    again = fill(list(parameters.values()), fixed, product)
    assert (again.values_of_product, again.values_of_offer) == (filled.values_of_product, filled.values_of_offer)
