"""The store's orders as parcels are made of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.api.deps import Services
from app.channels.errors import Unavailable, Unreadable
from app.channels.http import Transport
from app.channels.woocommerce.client import StoreClient
from app.channels.woocommerce.session import StoreSession
from app.channels.woocommerce.shipping import StoreShipping
from app.domain.parcels import ShippedLine, ShippedOrder, ShippedOrders
from app.sandbox.world import Sandbox
from tests.channels.woocommerce.messages import order
from tests.channels.woocommerce.test_client import API, Listing

SINCE = datetime(2026, 10, 12, 10, tzinfo=UTC)
TRACKING = "_wc_shipment_tracking_items"


@pytest.fixture
def shipping(transport: Transport) -> StoreShipping:
    return StoreClient(StoreSession(transport, "https://shop.example", httpx.BasicAuth("ck_1", "cs_1"))).shipping


def meta(**values: Any) -> list[dict[str, Any]]:
    return [{"id": number, "key": key, "value": value} for number, (key, value) in enumerate(values.items(), 1)]


def ours(number: int, **more: Any) -> dict[str, Any]:
    values = {"_allegro_checkout_form_id": f"form-{number}", "_allegro_account": "Kubki", **more.pop("values", {})}
    return order(number, **{"meta_data": meta(**values), "date_modified_gmt": "2026-10-12T10:00:00", **more})


@respx.mock
def test_changed_orders_are_read_with_all_that_plugins_wrote(shipping: StoreShipping) -> None:
    items = [{"tracking_number": "620", "tracking_provider": "inpost"}]
    lines = [
        {"id": 7, "quantity": 2, "meta_data": meta(_allegro_line_id="line-1", _vi_wot="[]")},
        {"id": 8, "quantity": 0.5, "meta_data": None},
    ]
    completed = {"status": "completed", "date_completed_gmt": "2026-10-12T09:00:00"}
    row = ours(50, **completed, values={TRACKING: items, "_x": 1.5}, line_items=lines)
    row["meta_data"] += [{"id": 9, "key": "_x", "value": None}, {"id": 10, "key": None}, None]
    listing = Listing([order(49), row, ours(51)])
    respx.get(f"{API}/orders").mock(side_effect=listing)
    assert shipping.orders_changed(SINCE) == ShippedOrders(
        (
            ShippedOrder(
                store_order_id=50,
                allegro_order_id="form-50",
                account="Kubki",
                status="completed",
                modified_at=SINCE,
                completed_at=SINCE - timedelta(hours=1),
                meta=(
                    ("_allegro_checkout_form_id", "form-50"),
                    ("_allegro_account", "Kubki"),
                    (TRACKING, items),
                    ("_x", Decimal("1.5")),
                    ("_x", None),
                ),
                lines=(
                    ShippedLine(7, "line-1", 2, (("_allegro_line_id", "line-1"), ("_vi_wot", "[]"))),
                    ShippedLine(8, "", None),
                ),
            ),
            ShippedOrder(
                51,
                "form-51",
                "Kubki",
                "processing",
                SINCE,
                None,
                (("_allegro_checkout_form_id", "form-51"), ("_allegro_account", "Kubki")),
            ),
        )
    )
    [asked] = listing.asked
    assert (asked["modified_after"], asked["dates_are_gmt"]) == ("2026-10-12T09:59:59", "true")
    assert (asked["status"], asked["orderby"]) == ("any", "id")
    assert asked["_fields"] == "id,status,date_modified_gmt,date_completed_gmt,meta_data,line_items"


@respx.mock
def test_an_order_that_cannot_be_read_is_told_and_hides_no_other(shipping: StoreShipping) -> None:
    rows = [ours(1, status=""), ours(2, line_items=[{"id": None}]), order(3, status=""), ours(4)]
    respx.get(f"{API}/orders").mock(side_effect=Listing(rows))
    told = shipping.orders_changed(SINCE)
    assert [each.store_order_id for each in told.found] == [4]
    assert [(order_id, reason.split(" cannot")[0]) for order_id, reason in told.unreadable] == [
        (1, "Store order 1"),
        (2, "Store order 2"),
    ]
    assert told.complete


@respx.mock
def test_a_list_that_never_stands_still_is_not_complete(shipping: StoreShipping) -> None:
    respx.get(f"{API}/orders").mock(side_effect=Listing([ours(1)], total=99))
    assert not shipping.orders_changed(SINCE).complete


@respx.mock
def test_orders_are_asked_for_by_id_a_hundred_at_a_time(shipping: StoreShipping) -> None:
    asked: list[list[int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append([int(text) for text in request.url.params["include"].split(",")])
        # Order 999 was not asked for, and order 5 is gone.
        return httpx.Response(200, json=[ours(number) for number in (*asked[-1], 999) if number != 5])

    respx.get(f"{API}/orders").mock(side_effect=answer)
    told = shipping.orders([*range(120, 0, -1), 7])
    assert asked == [list(range(1, 101)), list(range(101, 121))]
    assert [each.store_order_id for each in told.found] == [number for number in range(1, 121) if number != 5]
    assert shipping.orders([]) == ShippedOrders()
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "error"), [({"json": {"message": "maintenance"}}, Unreadable), ({"status_code": 503}, Unavailable)]
)
@respx.mock
def test_an_answer_that_is_no_list_is_not_an_empty_store(
    shipping: StoreShipping, answer: dict[str, Any], error: type[Exception]
) -> None:
    respx.get(f"{API}/orders").respond(**answer)
    with pytest.raises(error):
        shipping.orders_changed(SINCE)
    with pytest.raises(error):
        shipping.orders([1])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_plugin_writes_into_an_order_is_found(services: Services, world: Sandbox) -> None:
    shipping, store = services.lines.store().shipping, world.store
    sold = [store.sell("KUB-001", 1), store.sell("KUB-002", 1), store.sell("KUB-002", 1)]
    mine, other, gone = (order_id for order_id in sold if order_id is not None)
    for order_id in (mine, gone):
        store.set_order_meta(order_id, "_allegro_checkout_form_id", f"form-{order_id}")
    world.clock.advance(3600)
    began = world.clock.now()
    assert shipping.orders_changed(began) == ShippedOrders()
    store.set_order_meta(mine, TRACKING, [{"tracking_number": "620"}])
    store.set_order_status(other, "completed")
    store.trash(gone)
    [found] = shipping.orders_changed(began).found
    assert (found.store_order_id, dict(found.meta)[TRACKING]) == (mine, [{"tracking_number": "620"}])
    assert [line.quantity for line in found.lines] == [1]
    assert shipping.orders([mine, other, gone]).found == (found,)
    store.set_order_meta(mine, TRACKING, None)
    [found] = shipping.orders_changed(began - timedelta(hours=2)).found
    assert TRACKING not in dict(found.meta)
