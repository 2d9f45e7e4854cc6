from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.sandbox.allegro.forms import Line, Service
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = "7700000001"
PLAKAT = "7700000009"


def total(allegro: AllegroWorld, form_id: str) -> str:
    return str(allegro.form(form_id)["summary"]["totalToPay"]["amount"])


def test_a_paid_purchase_is_ready_and_says_so_in_the_journal(allegro: AllegroWorld, api: Api) -> None:
    form = api.get(f"/order/checkout-forms/{allegro.buy(Line(KUBEK))}").json()
    assert form["status"] == "READY_FOR_PROCESSING"
    assert form["payment"]["paidAmount"] == form["summary"]["totalToPay"]
    assert form["payment"]["finishedAt"]
    assert api.event_types() == ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]


def test_an_unpaid_purchase_has_neither_payment_nor_delivery(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(Line(KUBEK), pay=False)
    form = allegro.form(form_id)
    assert (form["status"], form["payment"], form["delivery"]) == ("BOUGHT", None, None)
    allegro.fill_in(form_id)
    assert (form["status"], form["payment"]["finishedAt"]) == ("FILLED_IN", None)
    allegro.pay(form_id)
    assert form["status"] == "READY_FOR_PROCESSING"
    assert api.event_types() == ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]


def test_cash_on_delivery_is_ready_without_money(allegro: AllegroWorld) -> None:
    form = allegro.form(allegro.buy(Line(KUBEK), kind="cod"))
    assert form["status"] == "READY_FOR_PROCESSING"
    assert form["payment"]["type"] == "CASH_ON_DELIVERY"
    assert (form["payment"]["finishedAt"], form["payment"]["paidAmount"]) == (None, None)


def test_the_total_has_lines_deposits_services_and_delivery(allegro: AllegroWorld) -> None:
    wrapping = Service("Pakowanie na prezent", Decimal("5.00"), quantity=2)
    line = Line(
        KUBEK,
        3,
        price=Decimal("10.01"),
        original_price=Decimal("12.00"),
        deposit=Decimal("0.50"),
        services=(wrapping,),
    )
    form_id = allegro.buy(line, Line(PLAKAT), delivery_cost=Decimal("7.77"))
    assert total(allegro, form_id) == str(Decimal("30.03") + Decimal("1.50") + 10 + Decimal("59.00") + Decimal("7.77"))
    assert allegro.form(form_id)["lineItems"][0]["discounts"]


def test_smart_delivery_costs_nothing(allegro: AllegroWorld) -> None:
    assert total(allegro, allegro.buy(Line(KUBEK), smart=True)) == "39.99"


def test_buying_takes_the_pieces_off_the_offer_at_once(allegro: AllegroWorld, api: Api) -> None:
    allegro.buy(Line(KUBEK, 4), pay=False)
    [offer] = api.get("/sale/offers", external_id="KUB-001").json()["offers"]
    assert (offer["stock"]["available"], offer["publication"]["status"]) == (20, "ACTIVE")
    allegro.buy(Line(KUBEK, 20))
    [offer] = api.get("/sale/offers", offer_id=KUBEK).json()["offers"]
    assert (offer["stock"]["available"], offer["publication"]["status"]) == (0, "ENDED")


@pytest.mark.parametrize(
    ("by", "event"), [("buyer", "BUYER_CANCELLED"), ("auto", "AUTO_CANCELLED")], ids=["buyer", "auto"]
)
def test_cancelling_leaves_the_form_cancelled(allegro: AllegroWorld, api: Api, by: str, event: str) -> None:
    form_id = allegro.buy(Line(KUBEK, 2))
    allegro.cancel(form_id, by="buyer" if by == "buyer" else "auto")
    assert allegro.form(form_id)["status"] == "CANCELLED"
    assert api.event_types()[-1] == event
    assert allegro.offers[KUBEK].available == 22


def test_stock_comes_back_on_cancellation_where_the_world_is_set_so(allegro: AllegroWorld) -> None:
    allegro.market.returns_stock = True
    allegro.cancel(allegro.buy(Line(KUBEK, 2)))
    assert allegro.offers[KUBEK].available == 24


def test_merging_makes_a_new_form_of_the_same_lines(allegro: AllegroWorld, api: Api) -> None:
    old = [allegro.buy(Line(KUBEK), buyer="jan", pay=False), allegro.buy(Line(PLAKAT), buyer="jan", pay=False)]
    lines = [allegro.form(form_id)["lineItems"][0]["id"] for form_id in old]
    merged = allegro.merge(old)
    form = allegro.form(merged)
    assert [line["id"] for line in form["lineItems"]] == lines
    assert form["status"] == "READY_FOR_PROCESSING"
    assert [api.get(f"/order/checkout-forms/{form_id}").status_code for form_id in old] == [404, 404]
    assert total(allegro, merged) == str(Decimal("39.99") + Decimal("59.00") + Decimal("12.99"))


def test_one_buyer_has_one_id_and_an_address_per_order(allegro: AllegroWorld) -> None:
    first, second, other = (allegro.form(allegro.buy(Line(KUBEK), buyer=login)) for login in ("jan", "jan", "ola"))
    assert first["buyer"]["id"] == second["buyer"]["id"] != other["buyer"]["id"]
    assert first["buyer"]["email"] != second["buyer"]["email"]
    assert first["buyer"]["email"].split("+")[0] == second["buyer"]["email"].split("+")[0]


def test_an_invoice_is_for_a_company_or_for_a_person(allegro: AllegroWorld) -> None:
    company, person, none = (
        allegro.form(allegro.buy(Line(KUBEK), invoice=kind))["invoice"] for kind in ("company", "person", None)
    )
    assert company["address"]["company"]["ids"][0]["type"] == "PL_NIP"
    assert person["address"]["naturalPerson"]
    assert person["address"]["company"] is None
    assert none == {"required": False, "address": None, "dueDate": None, "features": []}


def test_a_changed_address_moves_the_revision(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(Line(KUBEK))
    before = allegro.form(form_id)["revision"]
    allegro.modify_address(form_id, street="ul. Nowa 1")
    form = allegro.form(form_id)
    assert form["delivery"]["address"]["street"] == "ul. Nowa 1"
    assert form["revision"] != before
    assert api.event_types()[-1] == "BUYER_MODIFIED"


def test_a_foreign_marketplace_has_its_own_currency(allegro: AllegroWorld) -> None:
    form = allegro.form(allegro.buy(Line(KUBEK), marketplace="allegro-cz"))
    assert form["summary"]["totalToPay"]["currency"] == "CZK"
    assert form["delivery"]["address"]["countryCode"] == "CZ"


def test_a_purchase_of_the_past_lies_in_the_past_of_the_journal(allegro: AllegroWorld, api: Api) -> None:
    allegro.buy(Line(KUBEK))
    earlier = allegro.clock.now() - timedelta(days=3)
    form_id = allegro.buy(Line(PLAKAT), at=earlier)
    events = api.get("/order/events").json()["events"]
    assert [event["order"]["checkoutForm"]["id"] == form_id for event in events] == [True] * 3 + [False] * 3
    assert allegro.form(form_id)["payment"]["finishedAt"].startswith(earlier.date().isoformat())


def test_the_same_seed_makes_the_same_purchases(allegro: AllegroWorld) -> None:
    first = allegro.form(allegro.buy(Line(KUBEK)))["buyer"]
    allegro.reset(seed=1)
    assert allegro.form(allegro.buy(Line(KUBEK)))["buyer"] == first


def test_another_seller_sees_neither_orders_nor_offers(allegro: AllegroWorld, browser: httpx.Client) -> None:
    form_id = allegro.buy(Line(KUBEK))
    other = Api(browser, allegro.open_session("inny-sprzedawca")["access_token"])
    assert other.get(f"/order/checkout-forms/{form_id}").status_code == 404
    assert other.get("/order/checkout-forms").json()["totalCount"] == 0
    assert other.events() == []
    assert other.get("/sale/offers").json()["totalCount"] == 0


def test_purchases_are_made_and_changed_over_http_too(allegro: AllegroWorld, browser: httpx.Client) -> None:
    wanted = {
        "lines": [{"sku": "KUB-001", "quantity": 2, "price": "30.00"}, {"offer_id": PLAKAT}],
        "buyer": "jan",
        "pay": False,
        "delivery": "pickup_point",
    }
    made = browser.post("/_sandbox/purchases", json=wanted)
    assert made.status_code == 201
    form_id = made.json()["checkout_form_id"]
    assert browser.post(f"/_sandbox/purchases/{form_id}/pay", json={}).status_code == 204
    assert allegro.form(form_id)["delivery"]["pickupPoint"]
    assert total(allegro, form_id) == str(60 + Decimal("59.00") + Decimal("9.99"))
    browser.post(f"/_sandbox/purchases/{form_id}/cancel", json={"by": "auto"})
    assert allegro.form(form_id)["status"] == "CANCELLED"
    assert browser.post("/_sandbox/purchases", json={"lines": [{"sku": "nothing"}]}).status_code == 422
    assert browser.post(f"/_sandbox/purchases/{form_id}/eat", json={}).status_code == 404


def test_a_thousand_purchases_are_quick(allegro: AllegroWorld) -> None:
    for _ in range(1000):
        allegro.buy(Line(KUBEK))
    assert len(allegro.forms) == 1000
    assert len(allegro.events) == 3000
