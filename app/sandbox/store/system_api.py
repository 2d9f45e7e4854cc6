"""Endpoints about the store itself: settings, taxes, currency, state, ways to pay."""

from typing import Any

from app.sandbox.store.exchange import Answer, Call, StoreError, missing
from app.sandbox.store.listing import links, page
from app.sandbox.store.order_views import WC_VERSION
from app.sandbox.store.product_views import API
from app.sandbox.store.settings import Setting
from app.sandbox.store.shop import Shop
from app.sandbox.store.taxes import TaxRate, class_views
from app.sandbox.store.times import ZONE, gmt, local

_CURRENCIES = {
    "PLN": ("Polish z&#x142;oty", "&#122;&#322;"),
    "EUR": ("Euro", "&euro;"),
    "CZK": ("Czech koruna", "&#75;&#269;"),
    "HUF": ("Hungarian forint", "&#70;&#116;"),
}
_GATEWAYS = (
    ("bacs", "Przelew", True, "Direct bank transfer"),
    ("cheque", "Check payments", False, "Check payments"),
    ("cod", "Za pobraniem", True, "Cash on delivery"),
)


def _setting_view(setting: Setting, call: Call, *, alone: bool) -> dict[str, Any]:
    collection = f"{call.origin}{API}/settings/{setting.group}"
    view: dict[str, Any] = {
        "id": setting.id,
        "label": setting.label,
        "description": setting.description,
        "type": setting.type,
        "default": setting.default,
    }
    if setting.options is not None:
        view["options"] = setting.options
    if setting.tip is not None:
        view["tip"] = setting.tip
    view["value"] = setting.value
    if alone:
        view["group_id"] = setting.group
    return {**view, "_links": links(f"{collection}/{setting.id}", collection, "GET", "POST", "PUT", "PATCH")}


def list_groups(shop: Shop, call: Call) -> Answer:
    base = f"{call.origin}{API}/settings"
    return Answer(
        [{**group, "_links": {"options": [{"href": f"{base}/{group['id']}"}]}} for group in shop.settings.groups()]
    )


def list_settings(shop: Shop, call: Call, group: str) -> Answer:
    found = [setting for setting in shop.settings.items if setting.group == group]
    if not found:
        raise StoreError(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
    return Answer([_setting_view(setting, call, alone=False) for setting in found])


def get_setting(shop: Shop, call: Call, group: str, name: str) -> Answer:
    return Answer(_setting_view(shop.settings.find(group, name), call, alone=True))


def put_setting(shop: Shop, call: Call, group: str, name: str) -> Answer:
    shop.settings.find(group, name)
    sent = call.json()
    if "value" not in sent:
        raise missing("value")
    return Answer(_setting_view(shop.settings.set(group, name, str(sent["value"])), call, alone=True))


def _tax_view(rate: TaxRate, call: Call) -> dict[str, Any]:
    collection = f"{call.origin}{API}/taxes"
    return {**rate.view(), "_links": links(f"{collection}/{rate.id}", collection)}


def list_taxes(shop: Shop, call: Call) -> Answer:
    wanted = call.text("class")
    found = [rate for rate in shop.taxes.rates if wanted in (None, rate.tax_class or "standard")]
    return page(call, found, lambda rate: _tax_view(rate, call))


def get_tax(shop: Shop, call: Call, rate_id: int) -> Answer:
    found = shop.taxes.rate(rate_id)
    if found is None:
        raise StoreError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return Answer(_tax_view(found, call))


def list_tax_classes(_shop: Shop, call: Call) -> Answer:
    collection = {"_links": {"collection": [{"href": f"{call.origin}{API}/taxes/classes"}]}}
    classes = [{**view, **collection} for view in class_views()]
    return Answer(classes, headers={"X-WP-Total": str(len(classes)), "X-WP-TotalPages": "1"})


def get_currency(shop: Shop, call: Call, code: str) -> Answer:
    wanted = shop.settings.currency if code == "current" else code.upper()
    if wanted not in _CURRENCIES:
        raise StoreError(
            404, "woocommerce_rest_data_invalid_currency", "There are no currencies matching these parameters."
        )
    name, symbol = _CURRENCIES[wanted]
    collection = f"{call.origin}{API}/data/currencies"
    own = links(f"{collection}/{wanted}", collection, "GET")
    return Answer({"code": wanted, "name": name, "symbol": symbol, "_links": own})


def get_system_status(shop: Shop, call: Call) -> Answer:
    """The parts that tell versions and settings; a real store says far more."""
    settings = shop.settings
    return Answer(
        {
            "environment": {
                "home_url": call.origin,
                "site_url": call.origin,
                "version": WC_VERSION,
                "wp_version": "7.1.3",
                "php_version": "8.2.36",
                "server_info": "nginx/1.22.1",
                "default_timezone": "UTC",
            },
            "database": {"wc_database_version": WC_VERSION},
            "active_plugins": [],
            "settings": {
                "api_enabled": True,
                "currency": settings.currency,
                "number_of_decimals": int(settings.find("general", "woocommerce_price_num_decimals").value),
                "HPOS_enabled": True,
            },
        }
    )


def list_gateways(_shop: Shop, call: Call) -> Answer:
    collection = f"{call.origin}{API}/payment_gateways"

    def view(entry: tuple[int, tuple[str, str, bool, str]]) -> dict[str, Any]:
        place, (name, title, enabled, method) = entry
        return {
            "id": name,
            "title": title,
            "description": "",
            "order": place,
            "enabled": enabled,
            "method_title": method,
            "method_description": "",
            "method_supports": ["products"],
            "settings": {},
            "needs_setup": False,
            "post_install_scripts": [],
            "settings_url": f"{call.origin}/wp-admin/admin.php?page=wc-settings&tab=checkout&section={name}",
            "connection_url": None,
            "setup_help_text": None,
            "required_settings_keys": [],
            "_links": links(f"{collection}/{name}", collection, "GET", "POST", "PUT", "PATCH"),
        }

    return page(call, list(enumerate(_GATEWAYS, start=1)), view)


def wordpress_index(shop: Shop, call: Call) -> Answer:
    """What WordPress says about itself to anyone who asks, key or no key."""
    now = shop.clock.now()
    return Answer(
        {
            "name": "Kubki i Spółka",
            "description": "",
            "url": call.origin,
            "home": call.origin,
            "gmt_offset": ((now.astimezone(ZONE).utcoffset() or now - now).total_seconds()) / 3600,
            "timezone_string": str(ZONE),
            "namespaces": ["oembed/1.0", "wc/v3", "wp/v2"],
            "authentication": {},
            "routes": {},
            "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
        },
        headers={"Date-Local": local(now) or "", "Date-Gmt": gmt(now) or ""},
    )
