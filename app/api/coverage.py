"""Which products could not be listed, and why."""

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.deps import AccountId, ServicesDep
from app.domain.coverage import Reason, Stops
from app.sync.catalogue.coverage import Surveyed

router = APIRouter(tags=["listing: coverage"])

_MOST_SHOWN = 1000


class GapAnswer(BaseModel):
    """`stops`: `listing` (the product cannot be listed), `new_product` (it can, if Allegro's catalogue has it), or
    `nothing`. `parameter_id` is null for what is no matter of a parameter."""

    reason: Reason
    message: str
    stops: Stops
    parameter_id: str | None


class LackingProduct(BaseModel):
    """`variation_id` and `allegro_category_id` are null for none."""

    product_id: int
    variation_id: int | None
    sku: str
    name: str
    allegro_category_id: str | None
    can_be_listed: bool
    gaps: list[GapAnswer]


class UnknownProduct(BaseModel):
    product_id: int
    message: str


class CoverageAnswer(BaseModel):
    """`items` are products that lack something, 1,000 at the most; `left_out` counts the others. `counts` says how many
    lack what, of `looked_at` products and variations that can be sold. `unknown` could not be read."""

    items: list[LackingProduct]
    left_out: int
    counts: dict[Reason, int]
    looked_at: int
    unknown: list[UnknownProduct]
    next_cursor: None = None


@router.get("/accounts/{account_id}/coverage")
def get_coverage(account_id: AccountId, services: ServicesDep) -> CoverageAnswer:
    """Every product of the store is read for it."""
    survey = services.surveyor.survey(account_id)
    return CoverageAnswer(
        items=[_lacking(each) for each in survey.lacking[:_MOST_SHOWN]],
        left_out=max(0, len(survey.lacking) - _MOST_SHOWN),
        counts=dict(survey.counts),
        looked_at=survey.looked_at,
        unknown=[UnknownProduct(product_id=own_id, message=why) for own_id, why in survey.unknown.items()],
    )


def _lacking(surveyed: Surveyed) -> LackingProduct:
    product, coverage = surveyed.product, surveyed.coverage
    return LackingProduct(
        product_id=product.product_id,
        variation_id=product.variation_id or None,
        sku=product.sku,
        name=product.name,
        allegro_category_id=surveyed.category_id,
        can_be_listed=coverage.can_be_listed(as_new_product=True),
        gaps=[
            GapAnswer(reason=gap.reason, message=gap.words, stops=gap.stops, parameter_id=gap.parameter_id or None)
            for gap in coverage.gaps
        ],
    )
