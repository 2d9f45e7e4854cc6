"""What a change of status brings about: stock, mails, dates, notes."""

from app.sandbox.store.orders import REDUCED_STOCK, Note, Order, ProductLine
from app.sandbox.store.shop import Shop

REDUCING = ("processing", "on-hold", "completed")
RESTORING = ("cancelled", "pending")
_UNSETTLED = ("pending", "failed", "cancelled")
_NAMES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
}


def note(shop: Shop, order: Order, text: str, *, to_customer: bool = False) -> Note:
    made = Note(next(shop.numbers.note), shop.now(), text, to_customer)
    order.notes.append(made)
    return made


def set_status(shop: Shop, order: Order, status: str) -> None:
    """Move an order to a status with all that follows from it. The same status again changes nothing."""
    before = order.status
    if before == status:
        return
    order.status = status
    _set_dates(shop, order)
    if status in REDUCING:
        reduce_stock(shop, order)
    elif status in RESTORING:
        restore_stock(shop, order)
    note(shop, order, f"Order status changed from {_NAMES.get(before, before)} to {_NAMES.get(status, status)}.")
    _send_mails(shop, order, before)


def complete_payment(shop: Shop, order: Order) -> None:
    """What `set_paid` does: the order moves on from an unpaid status, and has a date of payment."""
    if order.status not in (*_UNSETTLED, "on-hold"):
        return
    order.paid = order.paid or shop.now()
    set_status(shop, order, _status_when_paid(order))


def _status_when_paid(order: Order) -> str:
    # Cash on delivery is paid when it is delivered, so a paid one is complete.
    return "processing" if order.needs_processing and order.payment_method != "cod" else "completed"


def _set_dates(shop: Shop, order: Order) -> None:
    wanted = _status_when_paid(order)
    passed = wanted == "processing" and order.status == "completed"
    if order.paid is None and (order.status == wanted or passed):
        order.paid = shop.now()
    if order.status == "completed":
        order.completed = shop.now()


def _send_mails(shop: Shop, order: Order, before: str) -> None:
    to, status = order.billing["email"], order.status
    if status in REDUCING and before in _UNSETTLED and not order.new_order_mail_sent:
        order.new_order_mail_sent = shop.mail_shop("new_order", order.id)
        if order.new_order_mail_sent:
            note(shop, order, 'Email "New order" sent.')
    if status == "cancelled" and before in ("processing", "on-hold"):
        shop.mail_shop("cancelled_order", order.id)
    template = {
        "processing": "customer_processing_order" if before in (*_UNSETTLED, "on-hold") else "",
        "on-hold": "customer_on_hold_order" if before in _UNSETTLED else "",
        "completed": "customer_completed_order",
    }.get(status, "")
    if template and shop.mail(to, template, order_id=order.id):
        note(shop, order, f'Email "{_NAMES[status]} order" sent.')


def _move(shop: Shop, line: ProductLine, by: int) -> str | None:
    """Move the stock behind a line; the words for a note, or None where no stock is managed."""
    product = shop.catalogue.find(line.sold_id)
    moved = shop.catalogue.move_stock(product, by, shop.stock_date()) if product else None
    return f"{line.name} ({moved[0]}&rarr;{moved[1]})" if moved else None


def _set_reduced(shop: Shop, line: ProductLine, pieces: int) -> None:
    line.meta = [meta for meta in line.meta if meta.key != REDUCED_STOCK]
    if pieces:
        line.meta.append(shop.new_meta(REDUCED_STOCK, str(pieces)))


def reduce_stock(shop: Shop, order: Order) -> None:
    """Take an order out of stock once, leaving out lines that have been; nobody checks that there is enough.

    Lines that came after that do not move until the order has given its stock back.
    """
    if order.stock_reduced:
        return
    order.stock_reduced = True
    told = []
    for line in order.lines:
        if line.reduced_stock:
            continue
        words = _move(shop, line, -line.quantity)
        if words is not None:
            _set_reduced(shop, line, line.quantity)
            told.append(words)
        product = shop.catalogue.find(line.product_id)
        if product:
            product.total_sales += line.quantity
    if told:
        note(shop, order, f"Stock levels reduced: {', '.join(told)}")


def restore_stock(shop: Shop, order: Order) -> None:
    """Give back what each line took, once."""
    if not order.stock_reduced:
        return
    order.stock_reduced = False
    told = [words for line in order.lines if (words := _give_back(shop, line)) is not None]
    if told:
        note(shop, order, f"Stock levels increased: {', '.join(told)}")


def _give_back(shop: Shop, line: ProductLine) -> str | None:
    pieces = line.reduced_stock
    if not pieces:
        return None
    _set_reduced(shop, line, 0)
    return _move(shop, line, pieces)


def adjust_stock(shop: Shop, line: ProductLine, quantity: int) -> str | None:
    """Bring what a line has taken out of stock to `quantity`; the words for a note, or None where nothing moved.

    The line knows how many pieces it took and not of what: after its product was changed, they count as the new one's.
    """
    difference = quantity - line.reduced_stock
    if not difference or not shop.adjusts_stock_of_edited_lines:
        return None
    words = _move(shop, line, -difference)
    if words is not None:
        _set_reduced(shop, line, quantity)
    return words
