"""Titles of offers, from a template's pattern."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.titles import Title, check_pattern, title_from, title_length

MUG = {"name": "Kubek emaliowany z uchem", "sku": "MUG-1", "brand": "Huta", "attribute:pa_colour": "czerwony"}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{name}", "Kubek emaliowany z uchem"),
        ("{name} {brand}, {attribute:pa_colour} [{sku}]", "Kubek emaliowany z uchem Huta, czerwony [MUG-1]"),
        ("  NOWY\t{name}\n", "NOWY Kubek emaliowany z uchem"),
    ],
)
def test_a_pattern_is_filled_with_what_is_known_of_the_product(pattern: str, text: str) -> None:
    assert check_pattern(pattern) == ()
    assert title_from(pattern, MUG) == Title(text)


@pytest.mark.parametrize(
    ("name", "text", "notes"),
    [
        ("Tom &amp; Jerry – kubek „duży” 2×4 l…", 'Tom & Jerry - kubek "duży" 2x4 l...', ()),
        ("Kubek <br>dla  <i>mamy</i>\x07 5 < 6", "Kubek dla mamy 5 < 6", ()),
        ("Zestaw do 40°C za 5 € + 1", "Zestaw do 40°C za 5 € + 1", ()),
        ("Lego™ klocki® dla dzieci 🎁", "Lego klocki dla dzieci", ("Allegro takes no ® ™ 🎁 in a title.",)),
        ("- Kubek z uchem, +", "Kubek z uchem", ()),
        ("-5 stopni, klasa A+", "-5 stopni, klasa A+", ()),
        ("Z\u0307o\u0301łty kubek z uchem", "Żółty kubek z uchem", ()),
    ],
)
def test_a_title_is_written_in_signs_that_allegro_takes(name: str, text: str, notes: tuple[str, ...]) -> None:
    assert title_from("{name}", {"name": name}) == Title(text, notes)


def test_a_field_that_the_product_lacks_leaves_nothing_behind_but_a_note() -> None:
    title = title_from("{name} ({attribute:pa_size}) - {brand}", {"name": "Kubek z uchem", "brand": " "})
    assert title == Title("Kubek z uchem", ("The product has no attribute:pa_size.", "The product has no brand."))


@pytest.mark.parametrize(
    ("name", "text", "left_out"),
    [
        ("słowo " * 12 + "abc", "słowo " * 12 + "abc", None),
        ("słowo " * 12 + "abcd", ("słowo " * 12).strip(), "abcd"),
        ("słowo " * 11 + "a - b - cd", "słowo " * 11 + "a - b", "- cd"),
        ("kubek " * 8 + '"a" "b" "c"', "kubek " * 8 + '"a" "b"', '"c"'),
        ("x" * 80, "x" * 75, "x" * 5),
    ],
)
def test_a_title_that_is_too_long_is_cut_at_a_words_end(name: str, text: str, left_out: str | None) -> None:
    note = f"Allegro takes 75 characters in a title, so “{left_out}” is left out."
    title = title_from("{name}", {"name": name})
    assert (title.text, title.notes) == (text, (note,) if left_out else ())


def test_allegro_counts_some_characters_as_the_entities_that_it_keeps() -> None:
    assert [title_length(each) for each in ("a", "ł", "&", "<", ">", '"', "'")] == [1, 1, 5, 4, 4, 6, 1]
    # A title that a seller asked about, and what Allegro counted.
    assert title_length("PSI PATROL FLIP & FLY POJAZD FIGURKA RUBBLE") == 47


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("Duży kubek 1", ()),
        ("A b c", ("A title has at least 12 characters; this one has 5.",)),
        ("Kubek emaliowany", ("A title has at least 3 words; this one has 2.",)),
        (
            "Krem nawilżająco-przeciwzmarszczkowy pod oczy",
            ("A word in a title has at most 30 characters; “nawilżająco-przeciwzmarszczkowy” has 31.",),
        ),
    ],
)
def test_what_allegro_would_refuse_is_said_before_it_is_sent(name: str, problems: tuple[str, ...]) -> None:
    assert title_from("{name}", {"name": name}).problems == problems


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("{name} {colour}", ("There is no field {colour}.",)),
        ("{attribute:} {}", ("There is no field {attribute:}.", "There is no field {}.")),
        ("{name} {sku", ("A brace is opened and not closed, or closed and not opened.",)),
        ("Kubek z uchem", ("Without a field such as {name} all offers would have the same title.",)),
        (
            "{name} " + "kubek " * 13,
            ("Allegro takes 75 characters, and the pattern's own words leave no room for a field.",),
        ),
    ],
)
def test_a_pattern_that_makes_no_titles_is_told_why(pattern: str, wrong: tuple[str, ...]) -> None:
    assert check_pattern(pattern) == wrong


@given(st.text(), st.text(max_size=10))
@settings(deadline=None, max_examples=50)
def test_whatever_a_product_is_called_its_title_is_one_that_allegro_takes_or_says_why_not(name: str, sku: str) -> None:
    title = title_from("{name} {sku}", {"name": name * 5, "sku": sku})
    assert title_length(title.text) <= 75
    assert not re.search(r"\s\s|^\s|\s$|[^\S ]", title.text)
    assert not any(unicodedata.category(each)[0] == "C" for each in title.text)
    is_fine = title_length(title.text) >= 12 and len(title.text.split()) >= 3
    assert title.problems or is_fine
