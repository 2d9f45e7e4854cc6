"""What an offer says now, compared with what it is to say."""

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum

from app.domain.description import Description, Picture
from app.domain.filling import Filled
from app.domain.new_offers import ContentChange, FieldError, OfferContent
from app.domain.parameters import ParameterValue
from app.domain.wording import Goods, Wording


class ContentField(StrEnum):
    """What of an offer can be said anew by itself."""

    TITLE = "title"
    DESCRIPTION = "description"
    IMAGES = "images"
    PARAMETERS = "parameters"


def plan_content(now: OfferContent, wanted: OfferContent, fields: Collection[ContentField]) -> ContentChange:
    """What of these fields is to be said anew. What the goods do not fill stays: no pictures, no description, or a
    parameter without a value take nothing away."""
    is_described = ContentField.DESCRIPTION in fields and bool(wanted.description.sections)
    description = wanted.description if is_described else now.description
    images = now.images
    if ContentField.IMAGES in fields and wanted.images:
        images = _with_those_shown_in(description, wanted.images)
    parameters = _merged(now.parameters, wanted.parameters) if ContentField.PARAMETERS in fields else now.parameters
    return ContentChange(
        title=wanted.title if ContentField.TITLE in fields and wanted.title != now.title else None,
        images=images if images != now.images else None,
        description=description if description.sections != now.description.sections else None,
        parameters=parameters if parameters != now.parameters else None,
    )


def both_sides(now: OfferContent, change: ContentChange) -> tuple[ContentChange, ContentChange]:
    """What the change takes the place of, and what it puts there: of parameters only those that differ."""
    if change.parameters is None:
        before, after = None, None
    else:
        before = tuple(value for value in now.parameters if value not in change.parameters)
        after = tuple(value for value in change.parameters if value not in now.parameters)
    return (
        ContentChange(
            title=None if change.title is None else now.title,
            images=None if change.images is None else now.images,
            description=None if change.description is None else now.description,
            parameters=before,
        ),
        ContentChange(change.title, change.images, change.description, after),
    )


def faults_in(goods: Goods, wording: Wording, fields: Collection[ContentField]) -> tuple[FieldError, ...]:
    """Why these fields cannot be said. An error's field is where Allegro has it in what is sent."""
    faults: list[FieldError] = []
    if ContentField.TITLE in fields:
        remedy = "Change the product's name, or the title of the template."
        faults += [FieldError("name", f"{each} {remedy}") for each in wording.title.problems]
    if ContentField.PARAMETERS in fields:
        if goods.filled is None:
            faults.append(FieldError("parameters", "Which parameters the offer's category has is not known."))
        else:
            faults += [FieldError("parameters", why) for why, stops in _wrong(goods.filled) if stops]
    return tuple(faults)


def notes_on(goods: Goods, wording: Wording, now: OfferContent, fields: Collection[ContentField]) -> tuple[str, ...]:
    """What of these fields is left out, rounded, shortened or left as it is, in sentences for the seller."""
    notes: list[str] = []
    if ContentField.TITLE in fields:
        notes += wording.title.notes
    if ContentField.DESCRIPTION in fields:
        notes += wording.description.notes
        if not wording.description.sections:
            notes.append("The product has no description, so the offer's stays as it is.")
    if ContentField.IMAGES in fields:
        notes += wording.image_notes
        notes += _on_images(wording, now, fields)
    if ContentField.PARAMETERS in fields and goods.filled is not None:
        notes += _on_parameters(goods.filled, now)
    return tuple(notes)


def _on_images(wording: Wording, now: OfferContent, fields: Collection[ContentField]) -> Iterator[str]:
    if not wording.images:
        yield "The product has no picture of its own to show, so the offer's stay as they are."
        return
    is_described = ContentField.DESCRIPTION in fields and bool(wording.description.sections)
    shown = () if is_described else _pictures_in(now.description)
    if any(each not in wording.images for each in shown):
        yield "Pictures that the offer's description shows stay with the offer, after those of the product."


def _on_parameters(filled: Filled, now: OfferContent) -> Iterator[str]:
    yield from filled.notes_of_offer
    yield from (f"{why} It stays as it is." for why, stops in _wrong(filled) if not stops)
    has = {value.parameter_id for value in now.parameters}
    for each in filled.missing:
        if each.for_publishing and not each.parameter.describes_product and each.parameter.id not in has:
            yield f"The offer lacks {each.parameter.name!r}, which Allegro asks for: {each.why}"


def _wrong(filled: Filled) -> Iterator[tuple[str, bool]]:
    """Why the value of a parameter of the offer is not taken, and whether the offer needs one."""
    return ((each.why, each.for_publishing) for each in filled.wrong if not each.parameter.describes_product)


def _pictures_in(description: Description) -> Iterator[str]:
    return (item.url for section in description.sections for item in section if isinstance(item, Picture))


def _with_those_shown_in(description: Description, images: Iterable[str]) -> tuple[str, ...]:
    # Allegro refuses a description with a picture that the offer does not have.
    return tuple(dict.fromkeys([*images, *_pictures_in(description)]))


def _merged(now: tuple[ParameterValue, ...], wanted: Iterable[ParameterValue]) -> tuple[ParameterValue, ...]:
    """All of the offer's parameters: a list that is sent takes the place of the whole one."""
    after = {value.parameter_id: value for value in now}
    for value in wanted:
        there = after.get(value.parameter_id)
        if there is None or not _says(there, value):
            after[value.parameter_id] = value
    return tuple(after.values())


def _says(there: ParameterValue, wanted: ParameterValue) -> bool:
    """Whether the offer says this already; in an offer the names of entries stand beside their ids, as texts."""
    if (there.low, there.high) != (wanted.low, wanted.high) or set(there.entry_ids) != set(wanted.entry_ids):
        return False
    if wanted.entry_ids:
        return set(wanted.texts) <= set(there.texts)
    return set(wanted.texts) == set(there.texts)
