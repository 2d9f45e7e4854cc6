"""What we send to Allegro is what its own document says."""

import re
from datetime import timedelta

from app.domain.reimport import Period
from tests.sandbox.allegro.contract import check_query, check_request
from tests.sync.orders.conftest import Desk

_ORDER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_every_request_of_an_import_fits_allegros_document(desk: Desk) -> None:
    for kind in ("online", "cod"):
        desk.buy(kind=kind)
    unpaid = desk.buy(pay=False)
    desk.run()
    desk.world.allegro.cancel(unpaid)
    desk.run()
    desk.wait(hours=25)
    desk.run("orders_sweep")
    sent = [request for request in desk.world.allegro.requests if not request.path.startswith("/auth/")]
    paths = set()
    for request in sent:
        template = _ORDER_ID.sub("{id}", request.path)
        check_query(request.method, template, request.query)
        check_request(request.method, template, request.body)
        assert request.headers["accept"] == "application/vnd.allegro.public.v1+json"
        paths.add((request.method, template))
    assert paths >= {
        ("GET", "/me"),
        ("GET", "/order/events"),
        ("GET", "/order/event-stats"),
        ("GET", "/order/checkout-forms"),
        ("GET", "/order/checkout-forms/{id}"),
        ("PUT", "/order/checkout-forms/{id}/fulfillment"),
    }
    assert desk.world.allegro.bad_user_agents == []


def test_the_list_of_a_period_is_asked_for_as_allegros_document_has_it(desk: Desk) -> None:
    now = desk.services.now()
    desk.services.reimporter.preview(desk.account, Period(now - timedelta(days=1), now))
    sent = [each for each in desk.world.allegro.requests if each.path == "/order/checkout-forms"][-1]
    assert "lineItems.boughtAt.gte" in sent.query
    check_query(sent.method, sent.path, sent.query)
