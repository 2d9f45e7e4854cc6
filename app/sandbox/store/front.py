"""The store's front door: faults first, then the key, then the answer, then what a bad host does to it."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from fastapi import Response

from app.sandbox.clock import Clock
from app.sandbox.serving import DropConnection
from app.sandbox.store import control, routes
from app.sandbox.store.deliveries import php_json
from app.sandbox.store.exchange import Answer, Call, StoreError
from app.sandbox.store.keys import Keys
from app.sandbox.store.misbehaviour import StoreFaults
from app.sandbox.store.order_api import critical_error
from app.sandbox.store.pictures import served_picture
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop
from app.sandbox.store.system_api import wordpress_index

_JSON = "application/json; charset=UTF-8"
_HTML = "text/html; charset=UTF-8"
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_PHP_NOTICE = (
    b"<br />\n<b>Deprecated</b>:  Creation of dynamic property Shipping_Plugin::$rates is deprecated in "
    b"<b>/var/www/html/wp-content/plugins/shipping/shipping.php</b> on line <b>43</b><br />\n"
)
_PAGES = {
    "gateway_timeout_html": (504, "504 Gateway Time-out"),
    "unavailable": (503, "Briefly unavailable for scheduled maintenance. Check back in a minute."),
    "firewall": (403, "Sorry, you have been blocked"),
}


class House(control.Controlled, Protocol):
    """What stands behind the door."""

    clock: Clock
    faults: StoreFaults
    keys: Keys
    shop: Shop
    frozen_shop: Shop | None
    pretend_https: bool

    def addressed_as(self, origin: str) -> None: ...


def _page(status: int, text: str) -> Response:
    page = f"<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>\n"
    return Response(page, status, media_type=_HTML)


class Front:
    def __init__(self, house: House) -> None:
        self._house = house

    def answer(self, call: Call) -> Response:
        """Raises DropConnection where the caller shall not learn the outcome."""
        if call.path.startswith(control.PREFIX):
            return self._json(call, lambda: control.respond(self._house, call))
        secure = self._house.pretend_https or call.headers.get("x-forwarded-proto", "") == "https"
        if secure:
            call = replace(call, origin=f"https://{call.origin.partition('://')[2]}")
        self._house.addressed_as(call.origin)
        in_the_way = self._in_the_way(call)
        if in_the_way is not None:
            return in_the_way
        answered = self._json(call, lambda: self._from_wordpress(call, secure=secure))
        if self._house.faults.strike_on("php_notice", call):
            return Response(_PHP_NOTICE + bytes(answered.body), answered.status_code, media_type=_HTML)
        return answered

    def _in_the_way(self, call: Call) -> Response | None:
        """What happens before the request reaches WordPress."""
        faults = self._house.faults
        if faults.strike_on("drop", call):
            raise DropConnection
        slow = faults.strike_on("slow", call)
        if slow:
            time.sleep(float(slow.args.get("seconds", 1)))
        for name, (status, text) in _PAGES.items():
            if name == "firewall" and call.method not in _WRITING:
                continue
            if faults.strike_on(name, call):
                return _page(status, text)
        redirect = faults.strike_on("redirect", call)
        if redirect:
            return Response(status_code=301, headers={"Location": _elsewhere(call, redirect.args.get("to"))})
        upload = self._upload(call)
        if upload is not None:
            return upload
        if not call.path.startswith("/wp-json") and "rest_route" not in call.query:
            return _page(404, "Page not found")
        return None

    def _upload(self, call: Call) -> Response | None:
        """A picture or a PDF, which is for everybody."""
        if call.method not in ("GET", "HEAD"):
            return None
        if (document := self._house.shop.documents.get(call.path)) is not None:
            return Response(document, media_type="application/pdf")
        picture = served_picture(call.path, self._house.faults)
        return None if picture is None else Response(picture, media_type="image/png")

    def _from_wordpress(self, call: Call, *, secure: bool) -> Answer:
        faults, house = self._house.faults, self._house
        if faults.strike_on("server_error", call):
            raise critical_error()
        if call.path in ("/wp-json", "/wp-json/"):
            return wordpress_index(house.shop, call)
        if faults.strike_on("unauthorized", call):
            raise StoreError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if call.path.rstrip("/") == API:
            return routes.routes_index(house.shop, call)
        if faults.active().get("auth_header_stripped") and "authorization" in call.headers:
            faults.strike("auth_header_stripped")
            call = replace(call, headers={k: v for k, v in call.headers.items() if k != "authorization"})
        # Keys count under /wp-json/ alone, so the other form of the address is always a stranger's.
        with house.shop.lock:
            house.keys.admit(call, secure=secure, now=house.clock.now())
        answer = routes.respond(self._shop_for(call), call)
        if isinstance(answer.body, list) and call.method == "GET" and faults.strike_on("empty_list", call):
            return Answer([], headers={"X-WP-Total": "0", "X-WP-TotalPages": "0"})
        return answer

    def _shop_for(self, call: Call) -> Shop:
        """The state to answer from: as it is, or as it was when reads were frozen."""
        house = self._house
        fault = house.faults.active().get("cached")
        if fault is None or house.frozen_shop is None or call.method != "GET":
            return house.shop
        if fault.args.get("heeds_no_cache") and "no-cache" in call.headers.get("cache-control", ""):
            return house.shop
        return house.frozen_shop if house.faults.strike_on("cached", call) else house.shop

    @staticmethod
    def _json(call: Call, work: Callable[[], Answer]) -> Response:
        try:
            answer = work()
        except StoreError as error:
            answer = Answer(error.body(), error.status)
        api = {"Link": f'<{call.origin}/wp-json/>; rel="https://api.w.org/"'}
        uncached = {"Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private"}
        body = php_json(answer.body)
        return Response(body, answer.status, headers={**api, **uncached, **answer.headers}, media_type=_JSON)


def _elsewhere(call: Call, to: object) -> str:
    scheme, _, host = call.origin.partition("://")
    if to == "https":
        scheme = "https"
    elif to == "www":
        host = f"www.{host}"
    query = "&".join(f"{key}={value}" for key, value in call.pairs)
    return f"{scheme}://{host}{call.path}" + (f"?{query}" if query else "")
