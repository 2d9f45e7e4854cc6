"""A product's weight in the unit of a parameter."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.domain.listed_products import WeightUnit
from app.domain.money import round_to
from app.domain.parameter_values import number_value
from app.domain.parameters import NotTaken, Parameter, ParameterType, ParameterValue
from app.domain.written_numbers import as_written

_GRAMS = {
    "mg": Decimal("0.001"),
    "g": Decimal(1),
    "dag": Decimal(10),
    "dkg": Decimal(10),
    "kg": Decimal(1000),
    "t": Decimal(1_000_000),
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
}
# A megagram is a tonne.
_NOT_MILLIGRAMS = "Mg"
# Goods are lighter, and so many digits are enough for all that are.
_HEAVIEST_GRAMS = Decimal(10) ** 12
_DIGITS = 60


@dataclass(frozen=True)
class Weighed:
    """`note` says what rounding has changed, "" where it has not."""

    value: ParameterValue
    note: str = ""


def weight_in(weight: Decimal, store_unit: WeightUnit, parameter: Parameter) -> Weighed | NotTaken:
    """The weight in the parameter's unit, rounded half up to as many decimals as it takes."""
    if why := why_no_weight(parameter):
        return NotTaken(why)
    told = f"{weight} {store_unit}"
    if not weight.is_finite() or weight <= 0:
        return NotTaken(f"{told} is no weight.")
    with localcontext(prec=_DIGITS):
        grams = weight * _GRAMS[store_unit]
        if grams > _HEAVIEST_GRAMS:
            return NotTaken(f"{told} is more than goods can weigh.")
        exact = grams / _GRAMS[_unit_of(parameter)]
        decimals = parameter.precision if parameter.type is ParameterType.FLOAT else 0
        rounded = round_to(exact, decimals)
    if not rounded:
        return NotTaken(
            f"{told} is less than {parameter.name!r} can tell, with {decimals} decimals of {parameter.unit}."
        )
    value = number_value(parameter, rounded)
    if isinstance(value, NotTaken):
        return value
    if rounded == exact:
        return Weighed(value)
    return Weighed(value, f"{parameter.name!r} is {as_written(rounded)} {parameter.unit}, rounded from {told}.")


def why_no_weight(parameter: Parameter) -> str:
    """Why the parameter cannot be filled with a weight, or ""."""
    if parameter.type not in (ParameterType.INTEGER, ParameterType.FLOAT) or parameter.is_range:
        return f"{parameter.name!r} does not take one number, as a weight is."
    if _unit_of(parameter) not in _GRAMS:
        unit = f"unit {parameter.unit!r} is none of weight" if parameter.unit else "unit is not told by Allegro"
        return f"{parameter.name!r} takes no weight: its {unit}."
    return ""


def _unit_of(parameter: Parameter) -> str:
    unit = parameter.unit.strip(" .[]")
    return unit if unit == _NOT_MILLIGRAMS else unit.lower()
