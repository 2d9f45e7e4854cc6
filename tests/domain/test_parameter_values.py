"""What a parameter takes: every kind, with its limits."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.listed_products import WeightUnit
from app.domain.parameter_values import fits_together, value_from
from app.domain.parameters import Entry, NotTaken, Parameter, ParameterType, ParameterValue
from app.domain.text_keys import text_key
from app.domain.weights import Weighed, weight_in

COLOUR = Parameter(
    "1",
    "Kolor",
    ParameterType.DICTIONARY,
    entries=(
        Entry("1_1", "Żółty"),
        Entry("1_2", "biało-czerwony"),
        Entry("1_3", "Łososiowy", former=("różowy",)),
        Entry("1_4", "Czarny mat"),
        Entry("1_5", "czarny"),
        Entry("1_6", "CZARNY"),
        Entry("1_7", "żółć"),
    ),
)
COLOURS = replace(COLOUR, multiple=True)
BRAND = replace(COLOUR, name="Marka", entries=(*COLOUR.entries, Entry("1_9", "inna")), custom_entry_id="1_9")
VOLUME = Parameter(
    "2",
    "Pojemność",
    ParameterType.DICTIONARY,
    unit="ml",
    entries=(Entry("2_1", "500"), Entry("2_2", "1,5"), Entry("2_3", "-5"), Entry("2_4", "1-2"), Entry("2_5", "12")),
)
NAMED_VOLUME = replace(VOLUME, unit="", entries=(Entry("2_1", "500 ml"), Entry("2_2", "50 ml")))
MODEL = Parameter(
    "3",
    "Model",
    ParameterType.DICTIONARY,
    depends_on="1",
    entries=(
        Entry("3_1", "Mini", ("1_1",)),
        Entry("3_2", "Mini", ("1_2",)),
        Entry("3_3", "mini!", ()),
        Entry("3_4", "Maxi"),
    ),
)
MANY = (*(Entry(f"1_{number}", f"Nr {number}") for number in range(1500)), Entry("1_0000", "Model 1299"))
PIECES = Parameter("4", "Liczba sztuk", ParameterType.INTEGER, minimum=Decimal(1), maximum=Decimal(5000))
WIDTH = Parameter("5", "Szerokość", ParameterType.FLOAT, unit="cm", minimum=Decimal(0), precision=2)
FREE = Parameter("6", "Temperatura", ParameterType.FLOAT, precision=4)
AGE = Parameter("7", "Wiek", ParameterType.INTEGER, unit="lat", is_range=True, maximum=Decimal(99))
CODE = Parameter("8", "Kod", ParameterType.STRING, shortest=3, longest=8)
TAGS = replace(CODE, most_values=2)


def _entries(*ids: str, own: tuple[str, ...] = ()) -> ParameterValue:
    return ParameterValue(ids[0].partition("_")[0], entry_ids=ids, texts=own)


@pytest.mark.parametrize(
    ("parameter", "texts", "value"),
    [
        (COLOUR, ["1_2"], _entries("1_2")),
        (COLOUR, [" zolty "], _entries("1_1")),
        (COLOUR, ["BIAŁO – CZERWONY"], _entries("1_2")),
        (COLOUR, ["lososiowy"], _entries("1_3")),
        (COLOUR, ["Rozowy"], _entries("1_3")),
        (COLOUR, ["czarny-mat"], _entries("1_4")),
        (COLOUR, ["CZARNY"], _entries("1_6")),
        (COLOUR, ["żółty", "", "Żółty", "1_1"], _entries("1_1")),
        (COLOURS, ["żółty", "czarny mat", "zolty"], _entries("1_1", "1_4")),
        (BRAND, ["Wytwórnia"], _entries("1_9", own=("Wytwórnia",))),
        (replace(BRAND, multiple=True), ["Wytwórnia", "ZOLTY"], _entries("1_1", "1_9", own=("Żółty", "Wytwórnia"))),
        (replace(BRAND, multiple=True), ["Huta", "Wytwórnia"], _entries("1_9", "1_9", own=("Huta", "Wytwórnia"))),
        (VOLUME, ["500 ML"], _entries("2_1")),
        (VOLUME, ["500"], _entries("2_1")),
        (VOLUME, ["1.5ml"], _entries("2_2")),
        (VOLUME, ["−5"], _entries("2_3")),
        (VOLUME, ["1 – 2"], _entries("2_4")),
        (NAMED_VOLUME, ["500ml"], _entries("2_1")),
        (MODEL, ["maxi"], _entries("3_4")),
        (PIECES, ["1 500"], ParameterValue("4", texts=("1500",))),
        (PIECES, ["1.250,00"], ParameterValue("4", texts=("1250",))),
        (PIECES, ["1"], ParameterValue("4", texts=("1",))),
        (PIECES, ["5000"], ParameterValue("4", texts=("5000",))),
        (WIDTH, ["1,5"], ParameterValue("5", texts=("1.5",))),
        (WIDTH, ["1.50 CM"], ParameterValue("5", texts=("1.5",))),
        (WIDTH, ["12 345,5 cm"], ParameterValue("5", texts=("12345.5",))),
        (WIDTH, ["1,234,567.25"], ParameterValue("5", texts=("1234567.25",))),
        (WIDTH, ["0,500"], ParameterValue("5", texts=("0.5",))),
        (WIDTH, ["0"], ParameterValue("5", texts=("0",))),
        (FREE, ["–1.2500"], ParameterValue("6", texts=("-1.25",))),
        (AGE, ["10-20"], ParameterValue("7", low="10", high="20")),
        (AGE, ["10–20 lat"], ParameterValue("7", low="10", high="20")),
        (AGE, ["10 lat - 20 lat"], ParameterValue("7", low="10", high="20")),
        (AGE, ["-10 - -5"], ParameterValue("7", low="-10", high="-5")),
        (AGE, ["20", "3"], ParameterValue("7", low="3", high="20")),
        (CODE, ["  żółć "], ParameterValue("8", texts=("żółć",))),
        (CODE, ["abc"], ParameterValue("8", texts=("abc",))),
        (CODE, ["ą" * 8], ParameterValue("8", texts=("ą" * 8,))),
        (TAGS, ["abc", "def", "abc"], ParameterValue("8", texts=("abc", "def"))),
    ],
)
def test_a_text_that_fits_is_taken(parameter: Parameter, texts: Sequence[str], value: ParameterValue) -> None:
    assert value_from(parameter, texts) == value


@pytest.mark.parametrize(
    ("parameter", "texts", "words"),
    [
        (COLOUR, [" ", ""], ["no value for 'Kolor'"]),
        (COLOUR, ["Czarny"], ["several entries", "'czarny' (1_5)", "'CZARNY' (1_6)"]),
        (COLOUR, ["czarny mta"], ["no entry 'czarny mta'", "nearest", "'Czarny mat'"]),
        (NAMED_VOLUME, ["500"], ["no entry '500'", "'500 ml', '50 ml'"]),
        (VOLUME, ["5"], ["no entry '5'"]),
        (VOLUME, ["1 2"], ["no entry '1 2'"]),
        (replace(COLOUR, entries=MANY), ["model 12"], ["no entry", "the nearest are 'Model 1299'"]),
        (replace(COLOUR, entries=MANY), ["xr 129"], ["no entry 'xr 129'."]),
        (replace(COLOUR, entries=()), ["x"], ["Allegro names no entries"]),
        (COLOUR, ["żółty", "czarny mat"], ["one value", "2", "'czarny mat'"]),
        (COLOURS, ["żółty", "kraciasty"], ["no entry 'kraciasty'"]),
        (BRAND, ["Inna"], ["'inna' of 'Marka' needs a text of your own"]),
        (BRAND, ["a\tb"], ["control characters"]),
        (MODEL, ["MINI"], ["(3_1)", "(3_2)"]),
        (PIECES, ["1.500"], ["1500 or 1.5000"]),
        (PIECES, ["1,5"], ["whole numbers", "1.5"]),
        (PIECES, ["0"], ["from 1 to 5000", "0"]),
        (PIECES, ["5001"], ["from 1 to 5000", "5001"]),
        (PIECES, ["5 szt"], ["no number"]),
        (PIECES, ["1e3"], ["no number"]),
        (PIECES, ["1 50"], ["no number"]),
        (PIECES, ["٣"], ["no number"]),
        (PIECES, ["1", "2"], ["one value", "2"]),
        (WIDTH, ["10-20"], ["no number of cm"]),
        (WIDTH, ["1.255"], ["1255 or 1.2550"]),
        (WIDTH, ["1.2550"], ["2 decimals at most", "1.255 has 3"]),
        (WIDTH, ["-1"], ["from 0 cm", "-1"]),
        (WIDTH, ["5 m"], ["'5 m' is no number of cm"]),
        (AGE, ["10"], ["two numbers", "10-10"]),
        (AGE, ["20-10"], ["ends before it begins"]),
        (AGE, ["10-100"], ["to 99 lat", "100"]),
        (AGE, ["1.000-2000"], ["1000 or 1.0000"]),
        (AGE, ["1", "2", "3"], ["2 values at most"]),
        (AGE, ["1", "x"], ["'x' is no number"]),
        (CODE, ["ab"], ["3 characters at least", "has 2"]),
        (CODE, ["ą" * 9], ["8 characters at most", "has 9"]),
        (CODE, ["abc\ndef"], ["line breaks"]),
        (CODE, ["abc", "def"], ["one value", "2"]),
        (TAGS, ["abc", "def", "ghi"], ["2 values at most", "3"]),
        (replace(CODE, type=ParameterType.UNKNOWN), ["abc"], ["of a kind"]),
    ],
)
def test_a_refusal_names_the_limit(parameter: Parameter, texts: Sequence[str], words: Sequence[str]) -> None:
    refused = value_from(parameter, texts)
    assert isinstance(refused, NotTaken)
    assert [word for word in words if word not in refused.reason] == []
    assert refused.reason.endswith(".")


@pytest.mark.parametrize(
    ("text", "chosen", "entry_id"),
    [
        ("Mini", ["1_1"], "3_1"),
        ("mini", ["1_2"], "3_2"),
        ("Maxi", [], "3_4"),
        ("Mini", ["1_3"], ""),
        ("3_1", ["1_2"], ""),
        ("3_1", [], ""),
    ],
)
def test_an_entry_is_chosen_only_with_what_it_depends_on(text: str, chosen: Collection[str], entry_id: str) -> None:
    taken = value_from(MODEL, [text], chosen)
    if entry_id:
        assert taken == _entries(entry_id)
        assert fits_together(MODEL, _entries(entry_id), chosen)
    else:
        assert isinstance(taken, NotTaken)
        assert f"does not go with parameter 1 {'with 1_' if chosen else 'without a value'}" in taken.reason


KG = Parameter("9", "Waga", ParameterType.FLOAT, unit="kg", precision=2, maximum=Decimal(1000))


@pytest.mark.parametrize(
    ("weight", "store_unit", "parameter", "text", "note"),
    [
        ("0.5", WeightUnit.KG, KG, "0.5", ""),
        ("250", WeightUnit.G, KG, "0.25", ""),
        ("1.005", WeightUnit.KG, KG, "1.01", "'Waga' is 1.01 kg, rounded from 1.005 kg."),
        ("1.525", WeightUnit.KG, replace(KG, precision=3), "1.525", ""),
        ("1", WeightUnit.LBS, KG, "0.45", "rounded from 1 lbs"),
        ("16", WeightUnit.OZ, replace(KG, unit="lb"), "1", ""),
        ("2", WeightUnit.KG, replace(KG, unit="[G]", maximum=None), "2000", ""),
        ("0.3", WeightUnit.G, replace(KG, unit="mg"), "300", ""),
        ("250", WeightUnit.G, replace(KG, unit="dag"), "25", ""),
        ("0.5", WeightUnit.G, replace(KG, unit="g", type=ParameterType.INTEGER), "1", "rounded from 0.5 g"),
    ],
)
def test_a_weight_is_told_in_the_parameters_unit(
    weight: str, store_unit: WeightUnit, parameter: Parameter, text: str, note: str
) -> None:
    weighed = weight_in(Decimal(weight), store_unit, parameter)
    assert isinstance(weighed, Weighed)
    assert weighed.value == ParameterValue("9", texts=(text,))
    assert note in weighed.note
    assert bool(note) == bool(weighed.note)


@pytest.mark.parametrize(
    ("weight", "parameter", "words"),
    [
        ("1", replace(KG, unit=""), "not told"),
        ("1", replace(KG, unit="l"), "'l' is none of weight"),
        ("1", replace(KG, unit="Mg"), "'Mg' is none of weight"),
        ("1", replace(KG, is_range=True), "one number"),
        ("1", replace(KG, type=ParameterType.STRING), "one number"),
        ("0", KG, "0 kg is no weight"),
        ("-1", KG, "no weight"),
        ("NaN", KG, "no weight"),
        ("1E+90", KG, "more than goods can weigh"),
        ("0.004", KG, "0.004 kg is less than 'Waga' can tell, with 2 decimals of kg"),
        ("1001", KG, "to 1000 kg, and not 1001"),
    ],
)
def test_a_weight_that_cannot_be_told_is_not(weight: str, parameter: Parameter, words: str) -> None:
    refused = weight_in(Decimal(weight), WeightUnit.KG, parameter)
    assert isinstance(refused, NotTaken)
    assert words in refused.reason


_WRITTEN = st.one_of(
    st.text(max_size=6),
    st.text("0123456789 .,-–kgcml", max_size=9),
    st.sampled_from(["Żółty", "zolty", "Mini", "czarny", "1_1", "500 ml", "10-20", "inna"]),
)
_LIMITED = st.sampled_from([COLOUR, COLOURS, BRAND, VOLUME, MODEL, PIECES, WIDTH, FREE, AGE, CODE, TAGS, KG])


@given(_LIMITED, st.lists(_WRITTEN, max_size=3))
@settings(max_examples=150)
def test_what_is_taken_is_within_the_limits(parameter: Parameter, texts: list[str]) -> None:
    value = value_from(parameter, texts)
    if isinstance(value, NotTaken):
        assert len(value.reason) > 10
        return
    assert value.parameter_id == parameter.id
    if parameter.type is ParameterType.DICTIONARY:
        known = {entry.id for entry in parameter.entries}
        assert value.entry_ids
        assert set(value.entry_ids) <= known
        assert len(set(value.entry_ids)) == len(value.entry_ids)
        assert len(value.entry_ids) == 1 or parameter.multiple
        assert bool(value.texts) == (parameter.custom_entry_id in value.entry_ids)
    elif parameter.type is ParameterType.STRING:
        assert 1 <= len(value.texts) <= parameter.most_values
        assert all(parameter.shortest <= len(text) <= parameter.longest for text in value.texts)
    else:
        written = (value.low, value.high) if parameter.is_range else value.texts
        numbers = [Decimal(text) for text in written]
        assert len(numbers) == 1 + parameter.is_range
        assert numbers == sorted(numbers)
        for number in numbers:
            assert parameter.minimum is None or number >= parameter.minimum
            assert parameter.maximum is None or number <= parameter.maximum
            assert number == round(number, parameter.precision)


@given(st.text(max_size=12), st.sampled_from(["", "ml", "°C"]))
def test_a_key_is_nothing_only_for_a_blank_text(text: str, unit: str) -> None:
    assert bool(text_key(text, unit)) == bool(text.strip())
