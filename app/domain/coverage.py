"""What products lack before they can be listed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.categories import Category
from app.domain.filling import Filled
from app.domain.listed_products import ListedProduct
from app.domain.parameters import Parameter


class Reason(StrEnum):
    NO_CATEGORY = "no_category"
    CATALOGUE_ONLY = "catalogue_only"
    PARAMETER_MISSING = "parameter_missing"
    VALUE_NOT_TAKEN = "value_not_taken"
    NO_IMAGE = "no_image"
    NO_PRICE = "no_price"
    TITLE = "title"


class Stops(StrEnum):
    """What a gap keeps from being done."""

    LISTING = "listing"
    NEW_PRODUCT = "new_product"  # where the catalogue has the product, it may have what is missing, too
    NOTHING = "nothing"


@dataclass(frozen=True)
class Gap:
    """`parameter_id` is "" for what is no matter of a parameter."""

    reason: Reason
    words: str
    stops: Stops
    parameter_id: str = ""


@dataclass(frozen=True)
class Coverage:
    """What one product lacks; no gaps: all is there."""

    product_id: int
    variation_id: int
    sku: str
    gaps: tuple[Gap, ...]

    def can_be_listed(self, *, as_new_product: bool) -> bool:
        """Whether no gap keeps the product from being listed, with a catalogue product or as a new one."""
        stopping = (Stops.LISTING, Stops.NEW_PRODUCT) if as_new_product else (Stops.LISTING,)
        return not any(gap.stops in stopping for gap in self.gaps)


def coverage_of(
    product: ListedProduct, category: Category | None, filled: Filled | None, title_faults: Sequence[str] = ()
) -> Coverage:
    """What the product lacks. `category` is the one that it is listed in and `filled` what it says there, None for
    none; `title_faults` are sentences about the title that its offer would have."""
    gaps = _of_category(category)
    if filled is not None:
        gaps += _of_parameters(filled)
    if not product.images:
        gaps.append(Gap(Reason.NO_IMAGE, "The product has no image.", Stops.NEW_PRODUCT))
    if product.price is None or product.price.amount <= 0:
        gaps.append(Gap(Reason.NO_PRICE, "The product has no price.", Stops.LISTING))
    gaps += [Gap(Reason.TITLE, fault, Stops.LISTING) for fault in title_faults]
    return Coverage(product.product_id, product.variation_id, product.sku, tuple(gaps))


def count_by_reason(coverages: Iterable[Coverage]) -> dict[Reason, int]:
    """How many products have a gap of each kind, the most frequent first; a product counts once for a kind."""
    counts = Counter(reason for each in coverages for reason in dict.fromkeys(gap.reason for gap in each.gaps))
    return dict(counts.most_common())


def _of_category(category: Category | None) -> list[Gap]:
    if category is None:
        return [Gap(Reason.NO_CATEGORY, "None of its categories is mapped to one of Allegro's.", Stops.LISTING)]
    if not category.leaf:
        words = f"Allegro's category {category.name!r} has others below it: offers are listed in the lowest only."
        return [Gap(Reason.NO_CATEGORY, words, Stops.LISTING)]
    if not category.allows_new_products:
        words = f"In {category.name!r} Allegro takes products of its catalogue only."
        return [Gap(Reason.CATALOGUE_ONLY, words, Stops.NEW_PRODUCT)]
    return []


def _of_parameters(filled: Filled) -> list[Gap]:
    missing = [
        Gap(
            Reason.PARAMETER_MISSING,
            f"{each.parameter.name!r} is missing: {each.why}",
            _stopped_by(each.parameter, each.for_publishing, each.for_new_product),
            each.parameter.id,
        )
        for each in filled.missing
    ]
    wrong = [
        Gap(
            Reason.VALUE_NOT_TAKEN,
            each.why,
            _stopped_by(each.parameter, each.for_publishing, each.for_new_product),
            each.parameter.id,
        )
        for each in filled.wrong
    ]
    return missing + wrong


def _stopped_by(parameter: Parameter, for_publishing: bool, for_new_product: bool) -> Stops:
    if for_publishing and not parameter.describes_product:
        return Stops.LISTING
    return Stops.NEW_PRODUCT if for_publishing or for_new_product else Stops.NOTHING
