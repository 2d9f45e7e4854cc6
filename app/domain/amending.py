"""What a store order that was made lacks, compared with what it should have."""

from app.domain.amounts import ROUNDING
from app.domain.orders import Order
from app.domain.store import Amendment, DraftFee, DraftLine, OrderDraft, StoreOrder

# In these statuses the store has taken the order's pieces out of stock; the bin gives none of them back.
_REDUCING = ("processing", "on-hold", "completed", "trash")
# In these it has not, or gave them back. Of a status that a plugin made up only the lines themselves can tell.
_NOT_REDUCING = ("pending", "cancelled", "failed", "refunded", "checkout-draft", "auto-draft")


def plan_amendment(made: StoreOrder, draft: OrderDraft) -> Amendment:
    """The products that can now be put on lines without one, and the fees that came after the order was made.

    Nothing that a person may have changed in the store is changed back. Where a line gets its product, delivery is
    taxed like the goods it travels with, and the rounding may be another.
    """
    wanted = {line.line_id: line for line in draft.lines}
    lines: list[tuple[int, DraftLine]] = []
    for line in made.lines:
        now = wanted.get(line.allegro_line_id)
        if line.product_id == 0 and now is not None and now.product_id is not None:
            lines.append((line.id, now))
    known = {fee.payment_id for fee in made.fees if fee.payment_id}
    fees: list[tuple[int | None, DraftFee]] = [
        (None, fee) for fee in draft.fees if fee.payment_id and fee.payment_id not in known
    ]
    if lines or fees:
        fees += _rounding(made, draft)
    # The rounding may have been made possible by a lower delivery.
    is_rounded = ROUNDING in {fee.name for fee in draft.fees} | {fee.name for fee in made.fees}
    shipping = None
    if (lines or (fees and is_rounded)) and draft.shipping_net is not None and len(made.shipping_line_ids) == 1:
        shipping = (made.shipping_line_ids[0], draft.shipping_net)
    return Amendment(tuple(lines), shipping, tuple(fees))


def taken_lines(made: StoreOrder, order: Order, *, is_new: bool) -> frozenset[str]:
    """Those of the order's lines whose pieces the store order has taken out of stock.

    A line that is gone from an order which is not new was replaced by a person, who minds the stock as well.
    """
    if made.status in _NOT_REDUCING:
        return frozenset()
    with_product = {
        line.allegro_line_id
        for line in made.lines
        if line.reduced_stock or (line.product_id and made.status in _REDUCING)
    }
    present = {line.allegro_line_id for line in made.lines}
    return frozenset(
        line.id for line in order.lines if line.id in with_product or (not is_new and line.id not in present)
    )


def not_taken(made: StoreOrder, amendment: Amendment) -> tuple[DraftLine, ...]:
    """Lines that got their product and whose pieces the store did not take out of stock; older stores do not."""
    reduced = {line.id: line.reduced_stock for line in made.lines}
    return tuple(
        line for line_id, line in amendment.lines if line.manages_stock and reduced.get(line_id, 0) < line.quantity
    )


def _rounding(made: StoreOrder, draft: OrderDraft) -> list[tuple[int | None, DraftFee]]:
    wanted = next((fee for fee in draft.fees if fee.name == ROUNDING), None)
    there = next((fee for fee in made.fees if fee.name == ROUNDING), None)
    if there is None:
        return [(None, wanted)] if wanted else []
    if wanted is None:
        return [(there.id, DraftFee(ROUNDING, there.total * 0))]
    return [(there.id, wanted)] if wanted.total != there.total else []
