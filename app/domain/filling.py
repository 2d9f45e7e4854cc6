"""The parameters of one product's offer, from where the mappings say."""

import html
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.gtins import gtin_of, takes_gtin
from app.domain.listed_products import ListedProduct
from app.domain.parameter_values import fits_together, parts_of, value_from, why_unfit
from app.domain.parameters import AttributeMapping, Condition, NotTaken, Parameter, ParameterValue, Source
from app.domain.weights import weight_in


@dataclass(frozen=True)
class Missing:
    """A parameter that has no value and needs one: for publishing, for describing a new product, or both."""

    parameter: Parameter
    why: str
    for_publishing: bool
    for_new_product: bool


@dataclass(frozen=True)
class Wrong:
    """A parameter whose value was not taken, so that it has none; both False: it can do without one."""

    parameter: Parameter
    why: str
    for_publishing: bool
    for_new_product: bool


@dataclass(frozen=True)
class Filled:
    """`missing` and `wrong` never name the same parameter. The notes say what was rounded and what was left out."""

    values_of_product: tuple[ParameterValue, ...]
    values_of_offer: tuple[ParameterValue, ...]
    missing: tuple[Missing, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    notes_of_product: tuple[str, ...] = ()
    notes_of_offer: tuple[str, ...] = ()


def fill(parameters: Sequence[Parameter], mappings: Iterable[AttributeMapping], product: ListedProduct) -> Filled:
    """What the product says for the parameters of its category. `mappings` are those of the category.

    A parameter that Allegro does not show with the values of the others is left out. So is an entry that does not go
    with the choice for the parameter on which it depends, and that is told as wrong.
    """
    return _Filling(parameters, mappings, product).filled()


@dataclass(frozen=True)
class _Absent:
    """Why there is nothing to take a value from."""

    why: str


class _Filling:
    def __init__(
        self, parameters: Sequence[Parameter], mappings: Iterable[AttributeMapping], product: ListedProduct
    ) -> None:
        self._parameters = {parameter.id: parameter for parameter in parameters}
        self._mappings = {mapping.parameter_id: mapping for mapping in mappings}
        self._product = product
        self._values: dict[str, ParameterValue] = {}
        self._absent: dict[str, str] = {}
        self._wrong: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._undecided = set(self._parameters)

    def filled(self) -> Filled:
        for parameter in _prerequisites_first(self._parameters):
            self._decide(parameter)
        # Only where parameters depend on each other in a circle is there anything left to drop.
        while any(self._drop_unfit(parameter) for parameter in self._parameters.values()):
            pass
        parameters = self._parameters.values()
        given = [(parameter, self._values[parameter.id]) for parameter in parameters if parameter.id in self._values]
        notes = [(parameter, self._notes[parameter.id]) for parameter in parameters if parameter.id in self._notes]
        shown = [parameter for parameter in parameters if self._is_shown(parameter)]
        return Filled(
            tuple(value for parameter, value in given if parameter.describes_product),
            tuple(value for parameter, value in given if not parameter.describes_product),
            tuple(
                Missing(parameter, self._absent[parameter.id], *needed)
                for parameter in shown
                if parameter.id in self._absent and any(needed := self._needed(parameter))
            ),
            tuple(
                Wrong(parameter, self._wrong[parameter.id], *self._needed(parameter))
                for parameter in shown
                if parameter.id in self._wrong
            ),
            tuple(note for parameter, note in notes if parameter.describes_product),
            tuple(note for parameter, note in notes if not parameter.describes_product),
        )

    def _decide(self, parameter: Parameter) -> None:
        value = self._value(parameter)
        self._undecided.discard(parameter.id)
        match value:
            case _Absent():
                self._absent[parameter.id] = value.why
            case NotTaken():
                self._wrong[parameter.id] = value.reason
            case ParameterValue():
                self._values[parameter.id] = value
                if not self._is_shown(parameter):
                    self._leave_out(parameter)

    def _value(self, parameter: Parameter) -> ParameterValue | NotTaken | _Absent:
        value = self._mapped(parameter)
        number = gtin_of(self._product)
        if not isinstance(value, _Absent) or not number or not takes_gtin(parameter, number):
            return value
        given = value_from(parameter, (number,))
        return value if isinstance(given, NotTaken) else given

    def _mapped(self, parameter: Parameter) -> ParameterValue | NotTaken | _Absent:
        mapping = self._mapping(parameter)
        if mapping is None:
            return _Absent("No mapping says where its value comes from.")
        if mapping.source is Source.WEIGHT:
            return self._weight(parameter)
        texts = _texts(parameter, mapping, self._product)
        return texts if isinstance(texts, _Absent) else value_from(parameter, texts, self._chosen_for(parameter))

    def _mapping(self, parameter: Parameter) -> AttributeMapping | None:
        for parameter_id in (parameter.id, *parameter.former_ids):
            if parameter_id in self._mappings:
                return self._mappings[parameter_id]
        return None

    def _weight(self, parameter: Parameter) -> ParameterValue | NotTaken | _Absent:
        written, unit = self._product.weight.strip(), self._product.weight_unit
        if not written:
            return _Absent("The product has no weight.")
        if unit is None:
            return _Absent("The unit of the store's weights is not known.")
        try:
            weight = Decimal(written)
        except InvalidOperation:
            return NotTaken(f"The product's weight {written!r} is no number.")
        weighed = weight_in(weight, unit, parameter)
        if isinstance(weighed, NotTaken):
            return weighed
        if weighed.note:
            self._notes[parameter.id] = weighed.note
        return weighed.value

    def _chosen_for(self, parameter: Parameter) -> Collection[str] | None:
        """The entries of what decides about the parameter's own; None where nothing does, or not yet."""
        if not parameter.depends_on or parameter.depends_on in self._undecided:
            return None
        decider = self._values.get(parameter.depends_on)
        return decider.entry_ids if decider else ()

    def _is_shown(self, parameter: Parameter) -> bool:
        return parameter.displayed_if is None or self._holds(parameter.displayed_if)

    def _holds(self, condition: Condition) -> bool:
        return all(self._has(each, entry_ids) for each, entry_ids in condition.with_value) and not any(
            each in self._values for each in condition.without_value
        )

    def _has(self, parameter_id: str, entry_ids: tuple[str, ...]) -> bool:
        if parameter_id in self._undecided:
            return True
        value = self._values.get(parameter_id)
        return value is not None and (not entry_ids or not set(entry_ids).isdisjoint(value.entry_ids))

    def _drop_unfit(self, parameter: Parameter) -> bool:
        value = self._values.get(parameter.id)
        if value is None:
            return False
        if not self._is_shown(parameter):
            self._leave_out(parameter)
            return True
        chosen = self._chosen_for(parameter)
        if chosen is None or fits_together(parameter, value, chosen):
            return False
        del self._values[parameter.id]
        self._wrong[parameter.id] = why_unfit(parameter, ", ".join(value.entry_ids), chosen)
        return True

    def _leave_out(self, parameter: Parameter) -> None:
        del self._values[parameter.id]
        self._notes[parameter.id] = f"{parameter.name!r} is left out: Allegro does not show it with the other values."

    def _needed(self, parameter: Parameter) -> tuple[bool, bool]:
        """Whether it needs a value for publishing, and for describing a new product."""
        if parameter.required_if is not None and not self._holds(parameter.required_if):
            return False, False
        return parameter.required, parameter.required_for_product


def _texts(parameter: Parameter, mapping: AttributeMapping, product: ListedProduct) -> tuple[str, ...] | _Absent:
    if mapping.source is Source.SKU:
        return (product.sku,) if product.sku.strip() else _Absent("The product has no SKU.")
    if mapping.source is Source.VALUE:
        return parts_of(parameter, mapping.value)
    # The store keeps the names of terms as HTML.
    terms = tuple(html.unescape(term) for term in product.attributes.get(mapping.attribute, ()) if term.strip())
    if terms:
        return terms
    if mapping.default.strip():
        return parts_of(parameter, mapping.default)
    return _Absent(f"The product has no attribute {mapping.attribute!r}, and there is no default.")


def _prerequisites_first(parameters: Mapping[str, Parameter]) -> list[Parameter]:
    """The parameters, each after those that decide what it can say and whether it is shown. A circle is entered where
    it comes first."""
    order: dict[str, Parameter] = {}
    entered: set[str] = set()

    def enter(parameter: Parameter) -> None:
        if parameter.id in entered:
            return
        entered.add(parameter.id)
        shown = parameter.displayed_if or Condition()
        for each in (parameter.depends_on, *(each for each, _ in shown.with_value), *shown.without_value):
            if each in parameters:
                enter(parameters[each])
        order[parameter.id] = parameter

    for parameter in parameters.values():
        enter(parameter)
    return list(order.values())
