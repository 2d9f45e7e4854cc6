"""Allegro's messages about categories and their parameters in our words. Pure."""

from app.channels.allegro.wire import CATEGORY_EVENT_KINDS, PARAMETER_TYPES
from app.channels.reading import Json, decimal_in
from app.domain.categories import Category, CategoryEvent, CategoryEventKind, SuggestedCategory
from app.domain.parameters import Condition, Entry, Parameter, ParameterType

_HIGHEST_TREE = 30


def category_from(row: Json) -> Category:
    """Raises `Unreadable` without an id or a name, or where it is not told whether it is a leaf."""
    leaf = row.get("leaf")
    if not isinstance(leaf, bool):
        raise row.unreadable("leaf", "is neither true nor false")
    return Category(
        id=row.required_text("id"),
        name=row.required_text("name"),
        parent_id=row.part("parent").text("id"),
        leaf=leaf,
        # Where nothing is said, Allegro says no when it must.
        allows_new_products=row.part("options").get("productCreationEnabled") is not False,
    )


def suggestion_from(row: Json) -> SuggestedCategory:
    """Raises `Unreadable` where it or any of those above it has no id or no name, and for a chain without end."""
    upwards: list[tuple[str, str]] = []
    step = row
    while step.is_object:
        if len(upwards) == _HIGHEST_TREE:
            raise row.unreadable("parent", f"has more than {_HIGHEST_TREE} categories above it")
        upwards.append((step.required_text("id"), step.required_text("name")))
        step = step.part("parent")
    if not upwards:
        raise row.unreadable("", "is no category")
    return SuggestedCategory(upwards[0][0], tuple(reversed(upwards)))


def category_event_from(row: Json) -> CategoryEvent:
    """Raises `Unreadable`."""
    return CategoryEvent(
        id=row.required_text("id"),
        kind=CATEGORY_EVENT_KINDS.get(row.text("type"), CategoryEventKind.UNKNOWN),
        category=category_from(row.required("category")),
        redirect_id=row.part("redirectCategory").text("id"),
    )


def parameter_from(row: Json) -> Parameter:
    """Raises `Unreadable` for what would be filled in wrongly: no id, a dictionary without entries, a condition that
    names no parameter. A limit that is not told is none: Allegro keeps its own.
    """
    kind = PARAMETER_TYPES.get(row.text("type"), ParameterType.UNKNOWN)
    options, limits, former = row.part("options"), row.part("restrictions"), row.part("formerData")
    return Parameter(
        id=row.required_text("id"),
        name=row.required_text("name"),
        type=kind,
        required=row.flag("required"),
        required_for_product=row.flag("requiredForProduct"),
        required_if=_condition(row.part("requiredIf")),
        displayed_if=_condition(row.part("displayedIf")),
        unit=row.text("unit"),
        describes_product=options.flag("describesProduct"),
        entries=_entries(row) if kind is ParameterType.DICTIONARY else (),
        multiple=limits.flag("multipleChoices"),
        custom_entry_id=options.text("ambiguousValueId") if options.flag("customValuesEnabled") else "",
        depends_on=options.text("dependsOnParameterId"),
        minimum=decimal_in(limits.get("min")),
        maximum=decimal_in(limits.get("max")),
        is_range=limits.flag("range"),
        precision=limits.required_integer("precision") if kind is ParameterType.FLOAT else 0,
        shortest=_count(limits, "minLength"),
        longest=_count(limits, "maxLength"),
        most_values=_count(limits, "allowedNumberOfValues") or 1,
        former_ids=former.texts("ids"),
        former_names=former.texts("names"),
    )


def _entries(row: Json) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            id=each.required_text("id"),
            value=each.text("value"),
            depends_on=each.texts("dependsOnValueIds"),
            former=(*each.part("formerData").texts("ids"), *each.part("formerData").texts("values")),
        )
        for each in row.required_rows("dictionary")
    )


def _condition(part: Json) -> Condition | None:
    if not part.is_object:
        return None
    return Condition(
        with_value=tuple(
            (each.required_text("id"), each.texts("oneOfValueIds")) for each in part.rows("parametersWithValue")
        ),
        without_value=tuple(each.required_text("id") for each in part.rows("parametersWithoutValue")),
    )


def _count(part: Json, name: str) -> int:
    """0 where none is told."""
    return part.required_integer(name) if part.get(name) is not None else 0
