from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.sandbox.allegro.forms import Company, Line, PaymentKind, Service, Voucher
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
    assert form["delivery"]["cost"]["amount"] == "18.99"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("online", ("ONLINE", "P24")),
        ("cod", ("CASH_ON_DELIVERY", None)),
        ("wire", ("WIRE_TRANSFER", "OFFLINE")),
        ("split", ("SPLIT_PAYMENT", "OFFLINE")),
        ("term", ("EXTENDED_TERM", "EPT")),
    ],
)
def test_each_kind_of_payment_has_its_provider(
    allegro: AllegroWorld, kind: PaymentKind, shown: tuple[str, str | None]
) -> None:
    payment = allegro.form(allegro.buy(Line(KUBEK), kind=kind))["payment"]
    assert (payment["type"], payment["provider"]) == shown


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


def test_smart_delivery_costs_nothing_unless_allegro_pays_only_part_of_it(allegro: AllegroWorld) -> None:
    assert total(allegro, allegro.buy(Line(KUBEK), smart=True)) == "39.99"
    shared = allegro.buy(Line(KUBEK), smart=True, delivery_cost=Decimal("4.99"))
    assert allegro.form(shared)["delivery"]["smart"]
    assert total(allegro, shared) == "44.98"


@pytest.mark.parametrize(("lowered", "expected"), [(False, "79.98"), (True, "54.98")])
def test_a_valid_voucher_lowers_the_total_only_where_the_purchase_says_so(
    allegro: AllegroWorld, lowered: bool, expected: str
) -> None:
    vouchers = (Voucher(Decimal("25.00")), Voucher(Decimal("10.00"), status="CANCELLED"))
    line = Line(KUBEK, 2, vouchers=vouchers)
    form_id = allegro.buy(line, delivery_cost=Decimal(0), vouchers_lower_total=lowered)
    form = allegro.form(form_id)
    assert [(each["value"]["amount"], each["status"]) for each in form["lineItems"][0]["vouchers"]] == [
        ("25.00", "ACTIVE"),
        ("10.00", "CANCELLED"),
    ]
    assert total(allegro, form_id) == form["payment"]["paidAmount"]["amount"] == expected


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
@pytest.mark.parametrize("paid", [False, True], ids=["unpaid", "paid"])
def test_cancelling_leaves_the_form_cancelled(allegro: AllegroWorld, api: Api, by: str, event: str, paid: bool) -> None:
    form_id = allegro.buy(Line(KUBEK, 2), pay=paid)
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
    told = [
        event["type"]
        for event in api.get("/order/events").json()["events"]
        if event["order"]["checkoutForm"]["id"] == merged
    ]
    assert told == ["FILLED_IN", "READY_FOR_PROCESSING"]


def test_a_merge_of_something_unknown_leaves_everything_as_it_was(allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK), pay=False)
    with pytest.raises(KeyError):
        allegro.merge([form_id, "unknown"])
    assert list(allegro.forms) == [form_id]


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


@pytest.mark.parametrize(
    "party",
    [
        Company(),
        Company(tax_id="NIP: 913-110-01-32"),
        Company((("VAT_EU", "CZ12345678"),), features=("VAT_EU_VERIFIED",)),
    ],
    ids=["no number", "only the former field", "a number of the union"],
)
def test_the_numbers_on_an_invoice_can_be_chosen(allegro: AllegroWorld, party: Company) -> None:
    form = allegro.form(allegro.buy(Line(KUBEK), invoice=party))
    company = form["invoice"]["address"]["company"]
    assert form["invoice"]["required"]
    assert company["name"] == form["buyer"]["companyName"]
    assert company["taxId"] == party.tax_id
    assert tuple((each["type"], each["value"]) for each in company["ids"]) == party.ids
    assert form["invoice"]["features"] == list(party.features)


@pytest.mark.parametrize(
    ("marketplace", "country", "currency", "price", "delivery"),
    [
        ("allegro-cz", "CZ", "CZK", "232.00", "75.00"),
        ("allegro-sk", "SK", "EUR", "9.20", "2.99"),
        ("allegro-hu", "HU", "HUF", "3679.00", "1195.00"),
    ],
)
def test_a_foreign_marketplace_has_its_own_currency_and_prices_that_exist_there(
    allegro: AllegroWorld, marketplace: str, country: str, currency: str, price: str, delivery: str
) -> None:
    form = allegro.form(allegro.buy(Line(KUBEK), marketplace=marketplace))
    assert form["summary"]["totalToPay"]["currency"] == currency
    assert form["delivery"]["address"]["countryCode"] == country
    assert form["lineItems"][0]["price"]["amount"] == price
    assert form["delivery"]["cost"]["amount"] == delivery


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


def test_every_option_of_a_purchase_can_be_sent_over_http(allegro: AllegroWorld, browser: httpx.Client) -> None:
    line = {
        "sku": "KUB-001",
        "price": "100",
        "deposit": "1",
        "services": [{"name": "Pakowanie", "price": "10"}],
        "vouchers": [{"value": "30"}],
    }
    wanted = {
        "lines": [line],
        "kind": "term",
        "marketplace": "allegro-cz",
        "smart": True,
        "delivery": "pickup_point",
        "delivery_cost": "29",
        "vouchers_lower_total": True,
        "invoice": {"ids": {"VAT_EU": "CZ12345678"}, "features": ["VAT_EU_VERIFIED"]},
    }
    form_id = browser.post("/_sandbox/purchases", json=wanted).json()["checkout_form_id"]
    form = allegro.form(form_id)
    assert form["summary"]["totalToPay"] == {"amount": "110.00", "currency": "CZK"}
    assert form["payment"]["type"] == "EXTENDED_TERM"
    assert form["invoice"]["address"]["company"]["ids"] == [{"type": "VAT_EU", "value": "CZ12345678"}]

    def act(action: str, **sent: object) -> int:
        return browser.post(f"/_sandbox/purchases/{form_id}/{action}", json=sent).status_code

    assert act("refund") == 422
    assert act("settle_payment", announced=False) == 204
    assert act("surcharge", amount="5", paid=False) == 204
    assert act("surcharge", amount="much") == 422
    assert act("change_pickup_point", point="PRA01", city="Praha") == 204
    assert act("refund", returned=True) == 204
    assert form["summary"]["totalToPay"]["amount"] == "115.00"
    assert form["delivery"]["pickupPoint"]["id"] == "PRA01"
    assert form["fulfillment"]["status"] == "RETURNED"


def test_a_thousand_purchases_are_quick(allegro: AllegroWorld) -> None:
    for _ in range(1000):
        allegro.buy(Line(KUBEK))
    assert len(allegro.forms) == 1000
    assert len(allegro.events) == 3000
