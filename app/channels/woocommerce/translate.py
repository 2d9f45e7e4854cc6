"""The store's messages in our words, and our orders in the store's. Pure."""

from decimal import Decimal
from typing import Any

from app.channels.reading import Json, decimal_in
from app.channels.woocommerce.wire import (
    CREATED_VIA,
    META_LINE_ID,
    META_OFFER_ID,
    META_PAYMENT_ID,
    NO_PRODUCT_SKU,
    REDUCED_STOCK,
    SHIPPING_METHOD,
    read,
)
from app.domain.buyers import META_BUYER_ID, NOBODY, CustomerDraft, StoreCustomer
from app.domain.orders import Address
from app.domain.parties import META_ACCOUNT, META_ORDER_ID
from app.domain.store import (
    Amendment,
    DraftFee,
    DraftLine,
    OrderChange,
    OrderDraft,
    StoreFee,
    StoreOrder,
    StoreOrderLine,
    StoreTaxes,
    StoreWebhook,
    TaxRate,
)


def order_from(row: Json) -> StoreOrder:
    """Raises `Unreadable` without an id or a status; a total that cannot be read is None.

    Only an order that carries an Allegro id has its lines read: other orders may hold what plugins put there
    (half a metre of cloth), and must not stand in the way.
    """
    order_id = row.required_integer("id")
    row = row.about(f"Store order {order_id}")
    allegro_order_id = meta_text(row, META_ORDER_ID)
    return StoreOrder(
        id=order_id,
        status=row.required_text("status"),
        total=decimal_in(row.get("total")),
        currency=row.text("currency"),
        transaction_id=row.text("transaction_id"),
        allegro_order_id=allegro_order_id,
        allegro_account=meta_text(row, META_ACCOUNT),
        created_at=row.instant("date_created_gmt"),
        lines=tuple(_line_from(line) for line in row.rows("line_items")) if allegro_order_id else (),
        fees=tuple(_fee_from(fee) for fee in row.rows("fee_lines")) if allegro_order_id else (),
        shipping_line_ids=tuple(line.required_integer("id") for line in row.rows("shipping_lines")),
    )


def _line_from(row: Json) -> StoreOrderLine:
    return StoreOrderLine(
        id=row.required_integer("id"),
        # An unknown product is 0, sometimes null.
        product_id=row.required_integer("product_id") if row.get("product_id") is not None else 0,
        variation_id=row.required_integer("variation_id") if row.get("variation_id") is not None else 0,
        quantity=row.required_integer("quantity"),
        total=row.required_decimal("total"),
        allegro_line_id=meta_text(row, META_LINE_ID),
        reduced_stock=_pieces(meta_text(row, REDUCED_STOCK)),
    )


def _pieces(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _fee_from(row: Json) -> StoreFee:
    return StoreFee(
        id=row.required_integer("id"),
        name=row.text("name"),
        total=row.required_decimal("total"),
        payment_id=meta_text(row, META_PAYMENT_ID),
    )


def meta_text(row: Json, key: str) -> str:
    """The text of the first piece of meta data with this key, "" without one."""
    return next((meta.text("value") for meta in row.rows("meta_data") if meta.text("key") == key), "")


def untaxed_from(general: object) -> StoreTaxes | None:
    """The taxes of a store that has them switched off, out of its settings `general`; None where they are on.

    Raises `Unreadable` where a setting that decides about amounts is missing.
    """
    values = settings_in(general)
    if values.required_text("woocommerce_calc_taxes") == "yes":
        return None
    return StoreTaxes(
        enabled=False,
        based_on="base",
        base_country=values.text("woocommerce_default_country").partition(":")[0],
        base_state="",
        round_at_subtotal=False,
        shipping_tax_class="",
        decimals=values.required_integer("woocommerce_price_num_decimals"),
        currency=values.text("woocommerce_currency"),
    )


def taxes_from(general: object, tax: object, rates: list[Json]) -> StoreTaxes:
    """How the store taxes, out of the settings `general` and `tax` and its tax table. Raises `Unreadable`."""
    values, taxing = settings_in(general), settings_in(tax)
    country, _, state = values.required_text("woocommerce_default_country").partition(":")
    return StoreTaxes(
        enabled=True,
        based_on=taxing.required_text("woocommerce_tax_based_on"),
        base_country=country,
        base_state=state,
        round_at_subtotal=taxing.required_text("woocommerce_tax_round_at_subtotal") == "yes",
        shipping_tax_class=taxing.text("woocommerce_shipping_tax_class"),
        rates=tuple(_rate_from(row) for row in rates),
        decimals=values.required_integer("woocommerce_price_num_decimals"),
        currency=values.text("woocommerce_currency"),
        base_postcode=values.text("woocommerce_store_postcode"),
        base_city=values.text("woocommerce_store_city"),
        prices_include_tax=_yes_or_no(taxing, "woocommerce_prices_include_tax"),
    )


def _yes_or_no(values: Json, name: str) -> bool:
    said = values.required_text(name)
    if said not in ("yes", "no"):
        raise values.unreadable(name, "is neither yes nor no")
    return said == "yes"


def settings_in(group: object) -> Json:
    """A group of settings as one object: the id of each with its value. Raises `Unreadable`."""
    rows = read(group, "The store's settings").items()
    return read({row.text("id"): row.get("value") for row in rows}, "The store's settings")


def _rate_from(row: Json) -> TaxRate:
    rate_id = row.required_integer("id")
    row = row.about(f"Tax rate {rate_id} of the store")
    return TaxRate(
        id=rate_id,
        country=row.text("country"),
        state=row.text("state"),
        postcodes=_places(row, "postcodes", "postcode"),
        cities=_places(row, "cities", "city"),
        percent=row.required_decimal("rate"),
        priority=row.required_integer("priority"),
        compound=row.flag("compound"),
        on_shipping=row.flag("shipping"),
        tax_class=row.text("class"),
        order=row.required_integer("order"),
    )


def _places(row: Json, name: str, former_name: str) -> tuple[str, ...]:
    # Older stores have one text with ";" between the places.
    places = row.get(name)
    values = places if isinstance(places, list) else row.text(former_name).split(";")
    return tuple(text for value in values if (text := str(value).strip()))


def webhook_from(row: Json) -> StoreWebhook:
    """Raises `Unreadable` without id, topic or status."""
    return StoreWebhook(
        id=row.required_integer("id"),
        name=row.text("name"),
        topic=row.required_text("topic"),
        delivery_url=row.text("delivery_url"),
        status=row.required_text("status"),
    )


def customer_from(row: Json) -> StoreCustomer:
    """Raises `Unreadable` without an id. WordPress has accounts without an e-mail, too."""
    return StoreCustomer(
        id=row.required_integer("id"),
        email=row.text("email"),
        username=row.text("username"),
        # Only an administrator's key is shown meta data.
        buyer_id=meta_text(row, META_BUYER_ID) if row.get("meta_data") is not None else None,
        created_at=row.instant("date_created_gmt"),
    )


def customer_to(draft: CustomerDraft) -> dict[str, Any]:
    """The body of `POST /customers`. Without a password the store makes one and offers a link to set another."""
    return {
        "username": draft.username,
        "email": draft.email,
        "first_name": draft.first_name,
        "last_name": draft.last_name,
        "billing": _address_to(draft.billing),
        "shipping": _address_to(draft.shipping),
        "meta_data": [{"key": key, "value": value} for key, value in draft.meta],
    }


def order_to(draft: OrderDraft) -> dict[str, Any]:
    """The body of `POST /orders`. The Allegro id stands in the meta, and as transaction id for the store's search."""
    billing = _address_to(draft.billing)
    if draft.billing_email:
        # An empty e-mail is refused as not valid; without one the customer is sent no mail.
        billing["email"] = draft.billing_email
    elif draft.customer_id:
        # Into an order without an e-mail WooCommerce writes its customer's, and mails there from then on.
        billing["email"] = NOBODY
    meta = {META_ORDER_ID: draft.order_id, **dict(draft.meta)}
    body: dict[str, Any] = {
        "status": draft.status,
        "currency": draft.currency,
        "created_via": CREATED_VIA,
        "transaction_id": draft.order_id,
        "set_paid": draft.set_paid,
        "payment_method": draft.payment_method,
        "payment_method_title": draft.payment_method_title,
        "customer_note": draft.customer_note,
        "billing": billing,
        "shipping": _address_to(draft.shipping),
        "line_items": [_line_to(line) for line in draft.lines],
        "fee_lines": [_fee_to(fee) for fee in draft.fees],
        "meta_data": [{"key": key, "value": value} for key, value in meta.items()],
    }
    if draft.customer_id:
        body["customer_id"] = draft.customer_id
    if draft.shipping_net is not None:
        shipping_line = {
            "method_id": draft.shipping_method or SHIPPING_METHOD,
            "method_title": draft.shipping_title,
            "total": _amount(draft.shipping_net),
        }
        if draft.shipping_instance is not None:
            shipping_line["instance_id"] = str(draft.shipping_instance)
        body["shipping_lines"] = [shipping_line]
    return body


def change_to(change: OrderChange) -> dict[str, Any]:
    """The body of a `PUT /orders/{id}` that repeats without harm."""
    body: dict[str, Any] = {}
    if change.status:
        body["status"] = change.status
    billing = _address_to(change.billing) if change.billing else {}
    if change.billing_email:
        billing["email"] = change.billing_email
    if billing:
        body["billing"] = billing
    if change.shipping:
        body["shipping"] = _address_to(change.shipping)
    if change.meta:
        body["meta_data"] = [{"key": key, "value": value} for key, value in change.meta]
    return body


def amendment_to(amendment: Amendment) -> dict[str, Any]:
    """The body of a `PUT /orders/{id}` that changes lines. A fee without an id is added each time it is sent."""
    body: dict[str, Any] = {}
    if amendment.lines:
        body["line_items"] = [{"id": line_id, **_line_to(line)} for line_id, line in amendment.lines]
    if amendment.fees:
        body["fee_lines"] = [({"id": fee_id} if fee_id else {}) | _fee_to(fee) for fee_id, fee in amendment.fees]
    if amendment.shipping:
        line_id, net = amendment.shipping
        body["shipping_lines"] = [{"id": line_id, "total": _amount(net)}]
    return body


def _fee_to(fee: DraftFee) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": fee.name,
        "total": _amount(fee.total),
        "tax_status": "taxable" if fee.taxable else "none",
    }
    if fee.payment_id:
        body["meta_data"] = [{"key": META_PAYMENT_ID, "value": fee.payment_id}]
    return body


def _line_to(line: DraftLine) -> dict[str, Any]:
    total = _amount(line.net_total)
    body: dict[str, Any] = {
        "quantity": line.quantity,
        # A subtotal of its own shows as a discount.
        "subtotal": total if line.net_subtotal is None else _amount(line.net_subtotal),
        "total": total,
        "meta_data": [
            {"key": META_LINE_ID, "value": line.line_id},
            {"key": META_OFFER_ID, "value": line.offer_id},
        ],
    }
    if line.product_id is None:
        # WooCommerce refuses a line that refers to no product, and makes one without a product of a SKU that it does
        # not know.
        body["sku"] = f"{NO_PRODUCT_SKU}{line.offer_id}"
        body["name"] = line.name
    else:
        body["product_id"] = line.product_id
        if line.variation_id:
            body["variation_id"] = line.variation_id
    return body


def _address_to(address: Address) -> dict[str, str]:
    return {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "address_1": address.street,
        "city": address.city,
        "postcode": address.postcode,
        "country": address.country,
        "phone": address.phone,
    }


def _amount(amount: Decimal) -> str:
    # Never with an exponent, which PHP would read and people would not.
    return format(amount, "f")
