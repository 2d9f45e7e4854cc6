"""Whether the value of a parameter can come from where a mapping says."""

from app.domain.parameter_values import entries_called, parts_of, value_from
from app.domain.parameters import AttributeMapping, NotTaken, Parameter, ParameterType, Source
from app.domain.weights import why_no_weight

_FIELDS = {
    Source.ATTRIBUTE: ("attribute", "default"),
    Source.SKU: (),
    Source.WEIGHT: (),
    Source.VALUE: ("value",),
}


def check_mapping(parameter: Parameter, mapping: AttributeMapping) -> list[tuple[str, str]]:
    """What is wrong with a mapping of the parameter, as (field, sentence); empty when it can be saved."""
    if parameter.type is ParameterType.UNKNOWN:
        return [("parameter_id", f"{parameter.name!r} is of a kind that Allegro has introduced since: leave it out.")]
    wrong = [
        (field, f"The source {mapping.source.value!r} has no {field}.")
        for field in ("attribute", "default", "value")
        if getattr(mapping, field).strip() and field not in _FIELDS[mapping.source]
    ]
    match mapping.source:
        case Source.ATTRIBUTE:
            if not mapping.attribute.strip():
                wrong.append(("attribute", "Say which attribute of the store's products."))
            if mapping.default.strip() and (why := _why_not_taken(parameter, mapping.default)):
                wrong.append(("default", why))
        case Source.SKU:
            if parameter.type is not ParameterType.STRING:
                wrong.append(("source", f"{parameter.name!r} takes no SKU: it is no text."))
        case Source.WEIGHT:
            if why := why_no_weight(parameter):
                wrong.append(("source", why))
        case Source.VALUE:
            if why := _why_not_taken(parameter, mapping.value):
                wrong.append(("value", why))
    return wrong


def _why_not_taken(parameter: Parameter, value: str) -> str:
    texts = parts_of(parameter, value)
    if parameter.depends_on:
        texts = tuple(_decided(parameter, text) for text in texts)
    taken = value_from(parameter, texts)
    return taken.reason if isinstance(taken, NotTaken) else ""


def _decided(parameter: Parameter, text: str) -> str:
    """The text, or the id of any entry that it may mean where each product's own choice decides which one it is."""
    found = entries_called(parameter, text)
    deciders = [decider for entry in found for decider in entry.depends_on]
    is_decided = all(entry.depends_on for entry in found) and len(deciders) == len(set(deciders))
    return found[0].id if found and is_decided else text
