"""From texts to what Allegro takes for a parameter. Nothing is rounded, cut or guessed: what does not fit is said."""

import difflib
import unicodedata
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache

from app.domain.parameters import Entry, NotTaken, Parameter, ParameterType, ParameterValue
from app.domain.text_keys import text_key
from app.domain.written_numbers import as_written, number_from, range_from

_NEAREST = 3
# A dictionary of so few entries is told as a whole.
_FEW_ENTRIES = 5
# Of more, only those with the same first letter are looked at for the nearest.
_MANY_ENTRIES = 1000


def value_from(
    parameter: Parameter, texts: Sequence[str], chosen: Collection[str] | None = None
) -> ParameterValue | NotTaken:
    """What the parameter says with these texts. Blank texts and repetitions do not count.

    `chosen` are the entries of the parameter that decides which entries of this one can be chosen; None: it is not
    known, so that each can.
    """
    given = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not given:
        return NotTaken(f"There is no value for {parameter.name!r}.")
    match parameter.type:
        case ParameterType.DICTIONARY:
            return _of_dictionary(parameter, given, chosen)
        case ParameterType.INTEGER | ParameterType.FLOAT:
            return _of_range(parameter, given) if parameter.is_range else _of_number(parameter, given)
        case ParameterType.STRING:
            return _of_texts(parameter, given)
        case ParameterType.UNKNOWN:
            return NotTaken(f"{parameter.name!r} is of a kind that Allegro has introduced since, and is left out.")


def parts_of(parameter: Parameter, value: str) -> tuple[str, ...]:
    """The texts in a mapping's value or default: several, parted by `|`, only where the parameter takes several."""
    if not parameter.takes_several or entries_called(parameter, value):
        return (value,)
    return tuple(value.split("|"))


def number_value(parameter: Parameter, number: Decimal) -> ParameterValue | NotTaken:
    """The value of a parameter that takes one number."""
    why = _why_no_number(parameter, number)
    return NotTaken(why) if why else ParameterValue(parameter.id, texts=(as_written(number),))


def entries_called(parameter: Parameter, text: str, chosen: Collection[str] | None = None) -> tuple[Entry, ...]:
    """The entries that the text may mean, by the surest way that finds any: id, value, the value as a person would
    compare it, a former value. `chosen` is as for `value_from`."""
    text = text.strip()
    key = text_key(text, parameter.unit)
    for sought, by in zip((text, text, key, key), parameter.entries_by, strict=True):
        if found := tuple(entry for entry in by.get(sought, ()) if can_be_chosen(entry, chosen)):
            return found
    return ()


def can_be_chosen(entry: Entry, chosen: Collection[str] | None) -> bool:
    """Whether the entry goes with what is chosen for the parameter that it depends on."""
    return chosen is None or not entry.depends_on or not set(chosen).isdisjoint(entry.depends_on)


def fits_together(parameter: Parameter, value: ParameterValue, chosen: Collection[str]) -> bool:
    """Whether all entries of the value can be chosen with those of the parameter on which this one depends."""
    by_id = parameter.entries_by[0]
    return all(can_be_chosen(entry, chosen) for entry_id in value.entry_ids for entry in by_id.get(entry_id, ()))


def why_unfit(parameter: Parameter, text: str, chosen: Collection[str]) -> str:
    """What is to be said of entries that `chosen` does not allow."""
    choice = f"with {', '.join(chosen)}" if chosen else "without a value"
    return f"{text!r} of {parameter.name!r} does not go with parameter {parameter.depends_on} {choice}."


def _of_dictionary(
    parameter: Parameter, given: tuple[str, ...], chosen: Collection[str] | None
) -> ParameterValue | NotTaken:
    chosen_ones: dict[str, str] = {}
    own: list[str] = []
    for text in given:
        found = entries_called(parameter, text, chosen)
        if len(found) > 1:
            named = ", ".join(f"{entry.value!r} ({entry.id})" for entry in found)
            return NotTaken(f"{text!r} may be several entries of {parameter.name!r}: {named}. Give the id of one.")
        if found and found[0].id == parameter.custom_entry_id:
            # Allegro refuses "other" without saying what else (EmptyCustomValueOnAmbiguousValueException).
            return NotTaken(f"{found[0].value!r} of {parameter.name!r} needs a text of your own: give that instead.")
        if found:
            chosen_ones[found[0].id] = found[0].value
            continue
        if entries_called(parameter, text):
            return NotTaken(why_unfit(parameter, text, chosen or ()))
        if not parameter.custom_entry_id:
            return NotTaken(f"{parameter.name!r} has no entry {text!r}{_nearest_to(parameter, text)}.")
        if why := _why_no_text(parameter, text):
            return NotTaken(why)
        own.append(text)
    if len(chosen_ones) + len(own) > 1 and not parameter.multiple:
        return _too_many(parameter, 1, given)
    if not own:
        return ParameterValue(parameter.id, entry_ids=tuple(chosen_ones))
    # With texts Allegro wants one for each id, which says the same (DictionaryParameterIdsAndValuesNotMatch).
    ids = (*chosen_ones, *(parameter.custom_entry_id for _ in own))
    return ParameterValue(parameter.id, entry_ids=ids, texts=(*chosen_ones.values(), *own))


def _nearest_to(parameter: Parameter, text: str) -> str:
    if not parameter.entries:
        return ": Allegro names no entries"
    if len(parameter.entries) <= _FEW_ENTRIES:
        return f": it has {_named(tuple(entry.value for entry in parameter.entries))}"
    near = _nearest_keys(text_key(text, parameter.unit), parameter.keys)
    return f": the nearest are {_named(tuple(parameter.entries_by[2][key][0].value for key in near))}" if near else ""


@lru_cache(maxsize=1024)
def _nearest_keys(key: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    # A comparison with thousands takes long, and many products lack the same text.
    compared = [each for each in keys if each[:1] == key[:1]] if len(keys) > _MANY_ENTRIES else keys
    return tuple(difflib.get_close_matches(key, compared, _NEAREST))


def _named(values: tuple[str, ...]) -> str:
    return ", ".join(map(repr, values))


def _of_number(parameter: Parameter, given: tuple[str, ...]) -> ParameterValue | NotTaken:
    if len(given) > 1:
        return _too_many(parameter, 1, given)
    number = number_from(given[0], parameter.unit)
    if isinstance(number, NotTaken):
        return NotTaken(f"{parameter.name!r} takes a number: {number.reason}")
    return number_value(parameter, number)


def _of_range(parameter: Parameter, given: tuple[str, ...]) -> ParameterValue | NotTaken:
    if len(given) > 2:
        return _too_many(parameter, 2, given)
    ends: list[Decimal] = []
    for text in given:
        number = number_from(text, parameter.unit)
        if isinstance(number, Decimal):
            ends.append(number)
            continue
        if len(given) > 1:
            return NotTaken(f"{parameter.name!r} takes two numbers, from and to: {number.reason}")
        both = range_from(text, parameter.unit)
        if isinstance(both, NotTaken):
            return NotTaken(f"{parameter.name!r} takes two numbers, from and to: {both.reason}")
        ends.extend(both)
    if len(ends) == 1:
        return NotTaken(f"{parameter.name!r} takes two numbers, from and to, as {given[0]}-{given[0]}.")
    # The terms of an attribute have no order that means anything, the ends of a written range have.
    low, high = sorted(ends) if len(given) > 1 else ends
    if low > high:
        return NotTaken(f"{parameter.name!r} takes two numbers, from and to, and {given[0]!r} ends before it begins.")
    if why := _why_no_number(parameter, low) or _why_no_number(parameter, high):
        return NotTaken(why)
    return ParameterValue(parameter.id, low=as_written(low), high=as_written(high))


def _why_no_number(parameter: Parameter, number: Decimal) -> str:
    written = as_written(number)
    decimals = len(written.partition(".")[2])
    most = parameter.precision if parameter.type is ParameterType.FLOAT else 0
    if decimals > most:
        allowed = f"numbers of {most} decimals at most" if most else "whole numbers"
        return f"{parameter.name!r} takes {allowed}, and {written} has {decimals}."
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        limits = [f"from {as_written(low)}"] if low is not None else []
        limits += [f"to {as_written(high)}"] if high is not None else []
        unit = f" {parameter.unit}" if parameter.unit else ""
        return f"{parameter.name!r} takes numbers {' '.join(limits)}{unit}, and not {written}."
    return ""


def _of_texts(parameter: Parameter, given: tuple[str, ...]) -> ParameterValue | NotTaken:
    most = max(parameter.most_values, 1)
    if len(given) > most:
        return _too_many(parameter, most, given)
    for text in given:
        if why := _why_no_text(parameter, text):
            return NotTaken(why)
    return ParameterValue(parameter.id, texts=given)


def _why_no_text(parameter: Parameter, text: str) -> str:
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return f"{parameter.name!r} takes no line breaks, tabs and other control characters, and {text!r} has some."
    if len(text) < parameter.shortest:
        return f"{parameter.name!r} takes {parameter.shortest} characters at least, and {text!r} has {len(text)}."
    if parameter.longest and len(text) > parameter.longest:
        return f"{parameter.name!r} takes {parameter.longest} characters at most, and {text!r} has {len(text)}."
    return ""


def _too_many(parameter: Parameter, most: int, given: tuple[str, ...]) -> NotTaken:
    values = "one value" if most == 1 else f"{most} values at most"
    return NotTaken(f"{parameter.name!r} takes {values}, and there are {len(given)}: {_named(given)}.")
