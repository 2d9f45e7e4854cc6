"""WooCommerce's names: what its messages call things, and how it says no."""

from datetime import UTC, datetime, timedelta

from app.channels.calls import Reply
from app.channels.errors import AuthRequired, ChannelError, Misconfigured, NotFound, Rejected
from app.channels.reading import Json

CHANNEL = "store"

# Meta of a line; the order's own meta is named where the order is composed.
META_LINE_ID = "_allegro_line_id"
META_OFFER_ID = "_allegro_offer_id"
# Meta of a fee.
META_PAYMENT_ID = "_allegro_payment_id"
# Meta of a line in which WooCommerce itself keeps how many pieces it has taken out of stock.
REDUCED_STOCK = "_reduced_stock"
# The SKU of a line without a product; no store has a product of this SKU.
NO_PRODUCT_SKU = "allegro-offer-without-product-"
CREATED_VIA = "allegro"
SHIPPING_METHOD = "allegro"

# `_fields`: a full order is ten times as long.
LISTED_FIELDS = "id,status,total,currency,transaction_id,date_created_gmt,meta_data"
ORDER_FIELDS = f"{LISTED_FIELDS},line_items,fee_lines,shipping_lines"
SHIPPED_FIELDS = "id,status,date_modified_gmt,date_completed_gmt,meta_data,line_items"
PRODUCT_FIELDS = "id,parent_id,type,sku,name,status,tax_class,tax_status,manage_stock,stock_quantity,backorders"
GOODS_FIELDS = (
    "id,parent_id,type,sku,global_unique_id,name,status,manage_stock,stock_quantity,stock_status,backorders,"
    "price,regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt,tax_status,tax_class"
)
LISTING_FIELDS = f"{GOODS_FIELDS},weight,description,short_description,image,images,categories,attributes,variations"
CUSTOMER_FIELDS = "id,email,username,date_created_gmt,meta_data"
WEBHOOK_FIELDS = "id,name,topic,delivery_url,status"

# What the store says of an order, product, webhook or customer that is not there; on PUT with status 400.
_MISSING_CODES = frozenset(
    {
        "woocommerce_rest_shop_order_invalid_id",
        "woocommerce_rest_product_invalid_id",
        "woocommerce_rest_shop_webhook_invalid_id",
        "woocommerce_rest_invalid_id",
    }
)


# How WooCommerce's own refusals for want of a right begin.
_CANNOT = "woocommerce_rest_cannot_"
_NO_ROUTE = "rest_no_route"


def read(data: object, about: str) -> Json:
    return Json(data, channel=CHANNEL, about=about)


def from_instant(name: str, since: datetime) -> dict[str, str | int]:
    """The parameters with which a filter by date, like `after`, gives what is from an instant on."""
    # Without Z: with both Z and the flag the store shifts the time twice. The filter leaves out the instant.
    written = (since.astimezone(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    return {name: written, "dates_are_gmt": "true"}


def refusal(reply: Reply, *, what: str) -> ChannelError:
    """The error for a 4xx answer."""
    answer = read(reply.data, "")
    code = answer.text("code")
    said = (answer.text("message") or code or f"status {reply.status}").rstrip(".")
    if reply.status == 401:
        return _unauthorized(what, code, said)
    if reply.status == 404 and (code == _NO_ROUTE or not code):
        return Misconfigured(
            f"The store does not know the call ({what}): {said}. Check that its address is right, that WooCommerce is "
            "active and that the permalinks are not set to plain.",
            channel=CHANNEL,
        )
    if reply.status in (403, 405, 406, 415):
        # WooCommerce itself answers 401 where a key does not suffice.
        return Misconfigured(
            f"Something in front of WooCommerce refuses the call ({what}): {said}. "
            "Allow this service in the firewall or the security plugin.",
            channel=CHANNEL,
        )
    kind = NotFound if reply.status == 404 or code in _MISSING_CODES else Rejected
    params = answer.part("data").get("params")
    return kind(
        f"The store refuses {what}: {said}",
        channel=CHANNEL,
        status=reply.status,
        code=code,
        fields=tuple((str(name), str(text)) for name, text in params.items()) if isinstance(params, dict) else (),
    )


def customer_refusal(reply: Reply, *, what: str) -> ChannelError:
    """As `refusal`, where the key's owner may not make customers (a shop manager of an older store)."""
    code = read(reply.data, "").text("code")
    if reply.status == 403 and code.startswith(_CANNOT):
        return Rejected(
            f"The store refuses {what}: the owner of the REST key may not do that. Make a key of an administrator.",
            channel=CHANNEL,
            status=reply.status,
            code=code,
        )
    return refusal(reply, what=what)


def list_refusal(reply: Reply, *, what: str) -> ChannelError:
    """As `refusal`, where older stores have no such list: that is `NotFound`."""
    answer = read(reply.data, "")
    if reply.status == 404 and answer.text("code") == _NO_ROUTE:
        return NotFound(f"The store does not know the call ({what}).", channel=CHANNEL, status=404, code=_NO_ROUTE)
    return refusal(reply, what=what)


def _unauthorized(what: str, code: str, said: str) -> AuthRequired:
    if "write permission" in said:
        permission, remedy = "write", 'Give the key the permission "Read/Write".'
    elif "read permission" in said:
        permission, remedy = "read", 'Give the key the permission "Read/Write".'
    elif code.startswith(_CANNOT):
        permission = ""
        remedy = "Compare the key with the store's, and check that its owner is an administrator or shop manager."
    else:
        permission, remedy = "", "Compare key and secret with the store's; a lost secret needs a new key."
    return AuthRequired(
        f"The store does not accept the REST key ({what}): {said}. {remedy}", channel=CHANNEL, permission=permission
    )
