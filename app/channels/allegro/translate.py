"""Allegro's messages in our words. Pure.

Strict where a guess would ship or charge the wrong thing: ids, money, quantity, currency, time of purchase. Lenient in
everything else: real messages have null in any optional field, and new values and fields appear without notice.
"""

from app.channels.allegro.wire import ACTIVE_VOUCHER, BUYING, FULFILLED_BY_ALLEGRO, ORDER_STATUSES, PAYMENT_KINDS, read
from app.channels.reading import Json
from app.domain.money import Money
from app.domain.orders import (
    Address,
    BoughtLine,
    Buyer,
    Charge,
    ChargeKind,
    Delivery,
    Invoice,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentKind,
    PickupPoint,
)


def order_from(data: object) -> Order:
    """An order out of a checkout form. Raises `Unreadable`, naming the order and the field."""
    form = read(data, "An Allegro order")
    order_id = form.required_text("id")
    form = form.about(f"Allegro order {order_id}")
    total = _money(form.required("summary"), "totalToPay")
    rows = form.required_rows("lineItems")
    if not rows:
        raise form.unreadable("lineItems", "is empty")
    fulfilment = form.part("fulfillment")
    return Order(
        id=order_id,
        status=ORDER_STATUSES.get(form.text("status"), OrderStatus.UNKNOWN),
        revision=form.text("revision"),
        marketplace=form.part("marketplace").text("id"),
        buyer=_buyer(form.part("buyer")),
        payment=_payment(form.part("payment"), total.currency),
        delivery=_delivery(form.part("delivery"), total.currency),
        invoice=_invoice(form.part("invoice")),
        lines=tuple(_line(row, total.currency) for row in rows),
        total=total,
        message=form.text("messageToSeller"),
        fulfilment=fulfilment.text("status"),
        fulfilled_by_allegro=fulfilment.part("provider").text("id") == FULFILLED_BY_ALLEGRO,
        updated_at=form.instant("updatedAt"),
        charges=tuple(charge for row in rows for charge in _charges(row, total.currency)),
        surcharges=tuple(filter(None, (_payment(row, total.currency) for row in form.rows("surcharges")))),
    )


def event_from(row: Json) -> OrderEvent:
    """An entry of the order journal. Raises `Unreadable`."""
    event_id = row.required_text("id")
    row = row.about(f"Event {event_id} of Allegro's order journal")
    order = row.part("order")
    form = order.part("checkoutForm")
    return OrderEvent(
        id=event_id,
        order_id=form.required_text("id"),
        type=row.text("type"),
        occurred_at=row.required_instant("occurredAt"),
        revision=form.text("revision"),
        seller_id=order.part("seller").text("id"),
        bought=tuple(filter(None, map(_bought_line, order.rows("lineItems")))) if row.text("type") in BUYING else (),
    )


def _bought_line(row: Json) -> BoughtLine | None:
    line_id, offer_id, quantity = row.text("id"), row.part("offer").text("id"), row.get("quantity")
    if not line_id or not offer_id or not isinstance(quantity, int) or quantity < 1:
        return None  # the order itself will tell
    return BoughtLine(line_id, offer_id, quantity)


def _money(parent: Json, name: str, currency: str = "") -> Money:
    """An amount that must be there, in `currency` unless that is empty."""
    part = parent.required(name)
    found = part.required_text("currency")
    if currency and found != currency:
        raise part.unreadable("currency", f"is {found}, but the order is paid in {currency}")
    return Money(part.required_decimal("amount"), found)


def _optional_money(parent: Json, name: str, currency: str) -> Money | None:
    return None if parent.get(name) is None else _money(parent, name, currency)


def _line(row: Json, currency: str) -> OrderLine:
    quantity = row.required_integer("quantity")
    if quantity <= 0:
        raise row.unreadable("quantity", f"is {quantity}")
    price = _money(row, "price", currency)
    if price.amount < 0:
        raise row.unreadable("price.amount", f"is {price.amount}")
    offer = row.required("offer")
    return OrderLine(
        id=row.required_text("id"),
        offer_id=offer.required_text("id"),
        # The name is what people read; without one the offer's id has to do.
        offer_name=offer.text("name") or f"Allegro offer {offer.text('id')}",
        external_id=offer.part("external").text("id"),
        quantity=quantity,
        unit_price=price,
        original_unit_price=_optional_money(row, "originalPrice", currency) or price,
        bought_at=row.required_instant("boughtAt"),
        # A voucher without a value explains no amount.
        vouchers=tuple(
            _money(voucher, "value", currency)
            for voucher in row.rows("vouchers")
            if voucher.text("status") == ACTIVE_VOUCHER and voucher.part("value").is_object
        ),
    )


def _charges(row: Json, currency: str) -> list[Charge]:
    """The deposit of a line, which is named for one piece, and the services chosen for it."""
    charges: list[Charge] = []
    name = row.part("offer").text("name")
    if row.part("deposit").is_object:
        each = _money(row.part("deposit"), "price", currency)
        charges.append(Charge(ChargeKind.DEPOSIT, f"Deposit: {name}", each * row.required_integer("quantity")))
    for service in row.rows("selectedAdditionalServices"):
        price = _money(service, "price", currency)
        quantity = service.required_integer("quantity")
        charges.append(Charge(ChargeKind.SERVICE, service.text("name") or "Additional service", price * quantity))
    return [charge for charge in charges if charge.amount.amount]


def _buyer(part: Json) -> Buyer:
    return Buyer(
        id=part.text("id"),
        login=part.text("login"),
        email=part.text("email"),
        first_name=part.text("firstName"),
        last_name=part.text("lastName"),
        company=part.text("companyName"),
        phone=part.text("phoneNumber"),
        language=part.part("preferences").text("language"),
        guest=part.flag("guest"),
    )


def _payment(part: Json, currency: str) -> Payment | None:
    if not part.is_object:
        return None
    return Payment(
        id=part.text("id"),
        kind=PAYMENT_KINDS.get(part.text("type"), PaymentKind.UNKNOWN),
        provider=part.text("provider"),
        finished_at=part.instant("finishedAt"),
        paid=_optional_money(part, "paidAmount", currency),
    )


def _delivery(part: Json, currency: str) -> Delivery:
    point = part.part("pickupPoint")
    method = part.part("method")
    return Delivery(
        address=_address(part.part("address")),
        method_id=method.text("id"),
        method_name=method.text("name"),
        pickup_point=(
            PickupPoint(
                id=point.text("id"),
                name=point.text("name"),
                description=point.text("description"),
                address=_address(point.part("address")) or Address(),
            )
            if point.is_object
            else None
        ),
        cost=_optional_money(part, "cost", currency),
        smart=part.flag("smart"),
    )


def _invoice(part: Json) -> Invoice:
    address = part.part("address")
    company = address.part("company")
    person = address.part("naturalPerson")
    numbers = tuple(
        (row.text("type") or "OTHER", row.text("value")) for row in company.rows("ids") if row.text("value")
    )
    # The field that came before `ids`; some orders have only this one.
    former = company.text("taxId")
    return Invoice(
        required=part.flag("required"),
        address=(
            Address(
                first_name=person.text("firstName"),
                last_name=person.text("lastName"),
                company=company.text("name"),
                street=address.text("street"),
                city=address.text("city"),
                postcode=address.text("zipCode"),
                country=address.text("countryCode"),
            )
            if address.is_object
            else None
        ),
        tax_numbers=numbers or ((("TAX_ID", former),) if former else ()),
    )


def _address(part: Json) -> Address | None:
    if not part.is_object:
        return None
    return Address(
        first_name=part.text("firstName"),
        last_name=part.text("lastName"),
        company=part.text("companyName"),
        street=part.text("street"),
        city=part.text("city"),
        postcode=part.text("zipCode"),
        country=part.text("countryCode"),
        phone=part.text("phoneNumber"),
    )
