"""What Allegro wants to know of the offers and products of a category."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from app.domain.text_keys import text_key


class ParameterType(StrEnum):
    DICTIONARY = "dictionary"
    INTEGER = "integer"
    FLOAT = "float"
    STRING = "string"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Entry:
    """An entry of a dictionary. `depends_on` are entries of another parameter, one of which must be chosen there;
    empty: it can always be chosen. `former` are ids and names that it had."""

    id: str
    value: str
    depends_on: tuple[str, ...] = ()
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """Holds when each parameter of `with_value` has one of these entries (any value, where none is named), and each of
    `without_value` has none."""

    with_value: tuple[tuple[str, tuple[str, ...]], ...] = ()
    without_value: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """A parameter of a category.

    `required` gates publishing an offer, `required_for_product` describing a new product; with a condition that says
    when, None for always as they say. `displayed_if` None: it may always be given. `describes_product`: it is given
    with the product, otherwise with the offer.

    A dictionary has `entries`, of which `multiple` allows several. `custom_entry_id` is the entry "other" with which a
    text of one's own is given, "" where none can be; `depends_on` is the parameter that decides which entries can be
    chosen, "" for none. Numbers have `minimum`, `maximum` (both None where there is no limit), `is_range` (two values,
    from and to) and `precision` (decimals). Texts have `shortest` and `longest` (characters, 0 for no limit) and
    `most_values`.
    `unit` is "" for none. `former_ids` and `former_names` are what it was called before.
    """

    id: str
    name: str
    type: ParameterType
    required: bool = False
    required_for_product: bool = False
    required_if: Condition | None = None
    displayed_if: Condition | None = None
    unit: str = ""
    describes_product: bool = False
    entries: tuple[Entry, ...] = ()
    multiple: bool = False
    custom_entry_id: str = ""
    depends_on: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    is_range: bool = False
    precision: int = 0
    shortest: int = 0
    longest: int = 0
    most_values: int = 1
    former_ids: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()

    @cached_property
    def entries_by(self) -> tuple[Mapping[str, tuple[Entry, ...]], ...]:
        """The entries by what they are found by, the surest first: id, value, key of the value, key of a former one."""
        return (
            _grouped((entry.id, entry) for entry in self.entries),
            _grouped((entry.value.strip(), entry) for entry in self.entries),
            _grouped((text_key(entry.value, self.unit), entry) for entry in self.entries),
            _grouped((text_key(name, self.unit), entry) for entry in self.entries for name in entry.former),
        )

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What the entries' values are compared by."""
        return tuple(self.entries_by[2])

    @property
    def takes_several(self) -> bool:
        """Whether it may have more than one value."""
        return self.multiple if self.type is ParameterType.DICTIONARY else self.most_values > 1


def _grouped(pairs: Iterable[tuple[str, Entry]]) -> Mapping[str, tuple[Entry, ...]]:
    found: dict[str, dict[str, Entry]] = {}
    for key, entry in pairs:
        found.setdefault(key, {})[entry.id] = entry
    return {key: tuple(entries.values()) for key, entries in found.items()}


@dataclass(frozen=True)
class NotTaken:
    """Why a parameter does not take a text: a sentence that names the limit."""

    reason: str


@dataclass(frozen=True)
class ParametersRead:
    """The parameters of a category. `unreadable` pairs the id of each of the others, or "", with what is wrong: one
    of them may be required all the same.
    """

    parameters: tuple[Parameter, ...]
    unreadable: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ParameterValue:
    """What an offer or a product says for a parameter. `entry_ids` for a dictionary, `texts` for the rest, `low` and
    `high` for a range. Where a dictionary's "other" is among the entries, `texts` has one for each of them."""

    parameter_id: str
    entry_ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    low: str = ""
    high: str = ""


class Source(StrEnum):
    """Where a parameter's value comes from."""

    ATTRIBUTE = "attribute"  # a global attribute of the store's products
    SKU = "sku"
    WEIGHT = "weight"
    VALUE = "value"  # the same for all


@dataclass(frozen=True)
class AttributeMapping:
    """Where the value of one parameter of a category comes from.

    `attribute` is the store attribute's slug (`pa_colour`), with `default` for products that lack it; `value` is the
    value itself: an entry's id, or a text. Where several values are allowed, `|` parts them in `default` and `value`.
    What does not belong to the source is "".
    """

    category_id: str
    parameter_id: str
    source: Source
    attribute: str = ""
    default: str = ""
    value: str = ""
