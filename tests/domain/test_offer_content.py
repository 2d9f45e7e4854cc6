"""What of an offer is said anew."""

from collections.abc import Collection
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import pytest

from app.channels.allegro.translate_new_offers import content_to
from app.domain.description import Description, Picture, Text
from app.domain.filling import fill
from app.domain.new_offers import ContentChange, FieldError, OfferContent
from app.domain.offer_content import ContentField, both_sides, faults_in, notes_on, plan_content
from app.domain.parameters import AttributeMapping, Entry, Parameter, ParameterType, ParameterValue, Source
from app.domain.wording import wording_of
from tests.domain.composing_samples import CONDITION, ITEM, MAPPINGS, MUG, PARAMETERS, SHOP

A, B, C = (f"https://a.allegroimg.com/original/{letter}" for letter in "abc")
STATE, COLOUR, KIND = (
    ParameterValue("11323", ("n",)),
    ParameterValue("2", ("r", "g")),
    ParameterValue("3", texts=("x",)),
)
NOW = OfferContent(
    "Kubek w kropki 300 ml",
    (A, B),
    Description(((Text("<p>Kubek</p>"), Picture(B)),)),
    (ParameterValue("11323", ("n",), ("Nowy",)), KIND),
)
WANTED = OfferContent(
    "Kubek w paski 300 ml",
    (B, C),
    Description(((Text("<p>Nowy kubek</p>"),), (Picture(C),)), notes=("A table is left out.",)),
    (STATE, COLOUR),
)
TITLE, DESCRIPTION, IMAGES, PARAMETERS_OF_OFFER = ContentField
SENT: dict[ContentField, dict[str, Any]] = {
    TITLE: {"name": "Kubek w paski 300 ml"},
    DESCRIPTION: {
        "description": {
            "sections": [
                {"items": [{"type": "TEXT", "content": "<p>Nowy kubek</p>"}]},
                {"items": [{"type": "IMAGE", "url": C}]},
            ]
        }
    },
    IMAGES: {"images": [B, C]},
    PARAMETERS_OF_OFFER: {
        "parameters": [
            {"id": "11323", "valuesIds": ["n"], "values": ["Nowy"]},
            {"id": "3", "values": ["x"]},
            {"id": "2", "valuesIds": ["r", "g"]},
        ]
    },
}
SUBSETS = list(chain.from_iterable(combinations(ContentField, size) for size in range(1, 5)))


@pytest.mark.parametrize("fields", SUBSETS, ids="+".join)
def test_what_is_sent_holds_what_was_chosen_and_nothing_else(fields: Collection[ContentField]) -> None:
    expected = {name: value for field in fields for name, value in SENT[field].items()}
    assert content_to(plan_content(NOW, WANTED, fields)) == expected


@pytest.mark.parametrize("fields", SUBSETS, ids="+".join)
def test_what_the_offer_says_already_is_not_said_again(fields: Collection[ContentField]) -> None:
    after = replace(WANTED, parameters=(COLOUR, STATE))
    assert plan_content(after, WANTED, fields) == ContentChange()


NOTHING = OfferContent("", (), Description(), ())


def test_what_the_product_does_not_have_takes_nothing_away() -> None:
    assert plan_content(NOW, NOTHING, (DESCRIPTION, IMAGES, PARAMETERS_OF_OFFER)) == ContentChange()


@pytest.mark.parametrize(
    ("there", "wanted", "same"),
    [
        (ParameterValue("1", ("a", "b"), ("A", "B")), ParameterValue("1", ("b", "a")), True),
        (ParameterValue("1", ("a",), ("A",)), ParameterValue("1", ("b",)), False),
        (ParameterValue("1", ("a", "b"), ("A", "B")), ParameterValue("1", ("a",)), False),
        (ParameterValue("1", ("other",), ("w kropki",)), ParameterValue("1", ("other",), ("w kropki",)), True),
        (ParameterValue("1", ("other",), ("w kropki",)), ParameterValue("1", ("other",), ("w paski",)), False),
        (ParameterValue("1", texts=("x", "y")), ParameterValue("1", texts=("y", "x")), True),
        (ParameterValue("1", texts=("x", "y")), ParameterValue("1", texts=("x",)), False),
        (ParameterValue("1", low="1", high="2"), ParameterValue("1", low="1", high="2"), True),
        (ParameterValue("1", low="1", high="2"), ParameterValue("1", low="1", high="3"), False),
    ],
)
def test_a_parameter_differs_by_what_it_says(there: ParameterValue, wanted: ParameterValue, same: bool) -> None:
    now = replace(NOW, parameters=(there, KIND))
    change = plan_content(now, replace(WANTED, parameters=(wanted,)), [PARAMETERS_OF_OFFER])
    assert change.parameters == (None if same else (wanted, KIND))


def test_a_picture_that_the_description_shows_stays_with_the_offer() -> None:
    wanted = replace(WANTED, images=(C,))
    assert plan_content(NOW, wanted, [IMAGES]).images == (C, B)
    assert plan_content(NOW, wanted, [IMAGES, DESCRIPTION]).images == (C,)
    # Also where the product has no description to take its place.
    assert plan_content(NOW, replace(wanted, description=Description()), [IMAGES, DESCRIPTION]).images == (C, B)


def test_of_parameters_both_sides_show_those_that_differ() -> None:
    now = replace(NOW, parameters=(STATE, replace(COLOUR, entry_ids=("b",)), KIND))
    before, after = both_sides(now, plan_content(now, WANTED, [TITLE, PARAMETERS_OF_OFFER]))
    assert before == ContentChange(title=NOW.title, parameters=(ParameterValue("2", ("b",)),))
    assert after == ContentChange(title=WANTED.title, parameters=(COLOUR,))


NOTE = Parameter("9", "Uwagi", ParameterType.STRING, longest=3)
TOLD = [*MAPPINGS, AttributeMapping("77", "9", Source.VALUE, value="za długie")]
GOODS = replace(ITEM, parameters=(*PARAMETERS, NOTE), filled=fill((*PARAMETERS, NOTE), TOLD, MUG))
UNFIT = replace(CONDITION, entries=(Entry("1", "Używany"),))
BARE = replace(MUG, name="Kubek", description="", images=())


def test_only_what_is_wrong_with_a_chosen_field_keeps_it_from_being_said() -> None:
    goods = replace(GOODS, listed=BARE, filled=fill((UNFIT,), MAPPINGS, MUG))
    wording = wording_of(goods)
    assert [each.field for each in faults_in(goods, wording, [TITLE])] == ["name", "name"]
    assert [each.field for each in faults_in(goods, wording, [PARAMETERS_OF_OFFER])] == ["parameters"]
    assert faults_in(goods, wording, [DESCRIPTION, IMAGES]) == ()
    unknown = FieldError("parameters", "Which parameters the offer's category has is not known.")
    assert faults_in(replace(goods, filled=None), wording, [PARAMETERS_OF_OFFER]) == (unknown,)


def test_what_is_left_as_it_is_is_told_with_its_field() -> None:
    kept = notes_on(GOODS, wording_of(GOODS), NOW, [PARAMETERS_OF_OFFER])
    assert [note.endswith("It stays as it is.") for note in kept] == [True]
    bare = replace(GOODS, listed=BARE, filled=fill((CONDITION,), (), BARE))
    wording = wording_of(bare)
    assert notes_on(bare, wording, NOW, [PARAMETERS_OF_OFFER]) == ()
    (lacking,) = notes_on(bare, wording, replace(NOW, parameters=()), [PARAMETERS_OF_OFFER])
    assert "lacks 'Stan'" in lacking
    assert notes_on(bare, wording, NOW, [DESCRIPTION]) == (
        "The product has no description, so the offer's stays as it is.",
    )
    assert notes_on(bare, wording, NOW, [IMAGES]) == (
        "The product has no picture of its own to show, so the offer's stay as they are.",
    )
    half = replace(GOODS, images={SHOP + "1.jpg": A})
    refused, shown = notes_on(half, wording_of(half), NOW, [IMAGES])
    assert SHOP + "2.jpg" in refused
    assert "after those of the product" in shown
