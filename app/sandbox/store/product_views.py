"""Products and variations as the REST API shows them."""

import html
import re
from decimal import Decimal
from typing import Any

from app.sandbox.store.catalogue import Catalogue, Product
from app.sandbox.store.listing import links
from app.sandbox.store.pictures import picture_view
from app.sandbox.store.term_views import category_reference
from app.sandbox.store.times import dated

API = "/wp-json/wc/v3"
_SYMBOL = "&#122;&#322;"
_BLOCK = re.compile(r"<(?:!--|(?:p|h[1-6]|ul|ol|table|div|blockquote)\b)")


def _variation_attributes(product: Product, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Those that it leaves to the customer are not among them."""
    return [
        {
            "id": catalogue.attributes.get(name, 0),
            "name": name,
            "slug": catalogue.attribute_slug(name),
            "option": option,
        }
        for name, option in product.attributes.items()
        if option
    ]


def _product_attributes(product: Product, catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "id": catalogue.attributes.get(name, 0),
            "name": name,
            "slug": catalogue.attribute_slug(name) if name in catalogue.attributes else name,
            "position": position,
            "visible": True,
            "variation": name in product.varying,
            "options": options.split("|"),
        }
        for position, (name, options) in enumerate(product.attributes.items())
    ]


def _as_shown(text: str) -> str:
    """WordPress makes paragraphs of what has none, and ends each block with a line of its own."""
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text))
    return "".join(f"{_paragraph(block)}\n" for block in blocks if block)


def _paragraph(block: str) -> str:
    return block if _BLOCK.match(block) else f"<p>{block}</p>".replace("\n", "<br />\n")


def full_name(product: Product) -> str:
    """A variation is called after its parent and its options."""
    return f"{product.name} - {options_name(product)}" if product.parent_id else product.name


def options_name(product: Product) -> str:
    return ", ".join(product.attributes.values())


def _permalink(product: Product, catalogue: Catalogue, origin: str) -> str:
    page = f"{origin}/product/{product.slug}/"
    if not product.parent_id:
        return page
    chosen = "&".join(f"attribute_{catalogue.attribute_slug(n)}={o.lower()}" for n, o in product.attributes.items())
    return f"{page}?{chosen}"


def _amount_html(price: str) -> str:
    shown = f"{Decimal(price):.2f}".replace(".", ",")
    return (
        f'<span class="woocommerce-Price-amount amount"><bdi>{shown}&nbsp;'
        f'<span class="woocommerce-Price-currencySymbol" translate="no">{_SYMBOL}</span></bdi></span>'
    )


def _price_html(product: Product, price: str, *, on_sale: bool) -> str:
    if not price:
        return ""
    if on_sale:
        return f'<del aria-hidden="true">{_amount_html(product.regular_price)}</del> <ins>{_amount_html(price)}</ins>'
    return _amount_html(price)


def _shared(product: Product, catalogue: Catalogue) -> dict[str, Any]:
    """The fields of products and variations alike."""
    price = catalogue.price_of(product)
    managed = product.manage_stock and catalogue.settings.manages_stock
    return {
        "id": product.id,
        "type": product.type,
        **dated("date_created", product.created),
        **dated("date_modified", product.modified),
        "sku": product.sku,
        "global_unique_id": product.global_unique_id,
        "price": price,
        "regular_price": product.regular_price,
        "sale_price": product.sale_price,
        **dated("date_on_sale_from", product.sale_from),
        **dated("date_on_sale_to", product.sale_until),
        "on_sale": catalogue.is_on_sale(product),
        "status": product.status,
        "purchasable": price != "",
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": product.tax_status,
        "manage_stock": managed,
        "stock_quantity": product.stock_quantity,
        "stock_status": product.stock_status,
        "backorders": product.backorders,
        "backorders_allowed": product.backorders != "no",
        "backordered": product.backorders != "no" and managed and (product.stock_quantity or 0) <= 0,
        "low_stock_amount": product.low_stock_amount,
        "weight": catalogue.weight_of(product),
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "menu_order": product.menu_order,
        "meta_data": [meta.view() for meta in product.meta],
        "parent_id": product.parent_id,
    }


def product_view(product: Product, catalogue: Catalogue, origin: str, *, editing: bool = False) -> dict[str, Any]:
    """As `/products` shows it; a variation reached through `/products/{id}` too.

    `editing` adds the two fields that answers to writes have.
    """
    own = f"{origin}{API}/products/{product.id}"
    up = {"up": [{"href": f"{origin}{API}/products/{product.parent_id}"}]} if product.parent_id else {}
    is_variation = bool(product.parent_id)
    attributes = (_variation_attributes if is_variation else _product_attributes)(product, catalogue)
    return {
        **_shared(product, catalogue),
        "name": html.escape(full_name(product), quote=False) if "&" in product.name else full_name(product),
        "slug": product.slug,
        "permalink": _permalink(product, catalogue, origin),
        "featured": False,
        "catalog_visibility": "visible",
        "description": product.description if editing else _as_shown(product.description),
        "short_description": product.short_description if editing else _as_shown(product.short_description),
        "total_sales": str(product.total_sales) if is_variation else product.total_sales,
        "external_url": "",
        "button_text": "",
        "tax_class": catalogue.tax_class_of(product),
        "sold_individually": False,
        "shipping_required": True,
        "shipping_taxable": True,
        "reviews_allowed": not is_variation,
        "average_rating": "0" if editing else "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "purchase_note": "",
        "categories": [] if is_variation else [category_reference(number) for number in product.category_ids],
        "brands": [],
        "tags": [],
        "images": [picture_view(image, product.created, origin) for image in catalogue.images_of(product)],
        "attributes": attributes,
        "default_attributes": [],
        "variations": [child.id for child in catalogue.variations_of(product)],
        "grouped_products": [],
        "price_html": _price_html(product, catalogue.price_of(product), on_sale=catalogue.is_on_sale(product)),
        "related_ids": [],
        "has_options": product.type == "variable",
        "post_password": "",
        **({"permalink_template": f"{origin}/product/%pagename%/", "generated_slug": product.slug} if editing else {}),
        "_links": links(own, f"{origin}{API}/products", **up),
    }


def variation_view(product: Product, catalogue: Catalogue, origin: str, *, editing: bool = False) -> dict[str, Any]:
    """As `/products/{parent}/variations` and `/variations` show it.

    Where the parent manages the stock, `manage_stock` is "parent" and the quantity is the parent's. An answer to
    a write (`editing`) shows the tax class as kept, "parent", where a read shows the class it stands for.
    """
    collection = f"{origin}{API}/products/{product.parent_id}/variations"
    holder = catalogue.stock_holder(product)
    from_parent = {}
    if holder is not None and holder is not product:
        from_parent = {"manage_stock": "parent", "stock_quantity": holder.stock_quantity}
    return {
        **_shared(product, catalogue),
        **from_parent,
        "description": _as_shown(product.description),
        "permalink": _permalink(product, catalogue, origin),
        "tax_class": product.tax_class if editing else catalogue.tax_class_of(product),
        "image": next((picture_view(each, product.created, origin) for each in catalogue.images_of(product)), None),
        "gallery_image_ids": [],
        "attributes": _variation_attributes(product, catalogue),
        "name": options_name(product),
        "_links": links(
            f"{collection}/{product.id}", collection, up=[{"href": f"{origin}{API}/products/{product.parent_id}"}]
        ),
    }
