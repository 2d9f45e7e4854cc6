"""What stands in the store order, for every ordinary kind of purchase, through the real pipe."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line, Service, Voucher
from app.sandbox.seed import GOODS
from tests.sync.orders.conftest import Desk

# What stands in the store does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _meta(thing: dict[str, Any]) -> dict[str, Any]:
    return {meta["key"]: meta["value"] for meta in thing["meta_data"]}


def _imported(desk: Desk, *lines: Line, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The checkout form of a purchase, and the store order that was made of it."""
    order_id = desk.world.allegro.buy(*lines, **more)
    desk.run()
    form, order = desk.world.allegro.form(order_id), desk.store_order(order_id)
    assert desk.entry(order_id).state is LogState.IMPORTED, desk.entry(order_id).reason
    assert Decimal(order["total"]) == Decimal(form["summary"]["totalToPay"]["amount"])
    return form, order


def _line(desk: Desk, sku: str, **more: Any) -> Line:
    return Line(desk.world.allegro.offer_id(sku), **more)


def test_an_order_paid_online_is_paid_in_the_store_and_carries_allegros_ids(desk: Desk) -> None:
    form, order = _imported(desk, _line(desk, "KUB-001", quantity=2), message="Proszę zapakować na prezent.")
    assert order["status"] == "processing"
    assert order["date_paid"] is not None
    assert order["payment_method"] == "allegro"
    assert order["transaction_id"] == form["id"]
    assert order["customer_note"] == "Proszę zapakować na prezent."
    assert order["currency"] == "PLN"
    meta = _meta(order)
    assert meta["_allegro_checkout_form_id"] == form["id"]
    assert meta["_allegro_account"] == "Kubki"
    assert meta["_allegro_buyer_login"] == form["buyer"]["login"]
    assert meta["_allegro_buyer_email"] == form["buyer"]["email"]
    assert meta["_allegro_payment_id"] == form["payment"]["id"]
    [line] = order["line_items"]
    assert (line["sku"], line["quantity"]) == ("KUB-001", 2)
    assert _meta(line)["_allegro_line_id"] == form["lineItems"][0]["id"]
    assert _meta(line)["_allegro_offer_id"] == form["lineItems"][0]["offer"]["id"]


def test_cash_on_delivery_is_released_unpaid(desk: Desk) -> None:
    _, order = _imported(desk, _line(desk, "KUB-002"), kind="cod")
    assert (order["status"], order["date_paid"], order["payment_method"]) == ("processing", None, "cod")


def test_a_parcel_by_courier_goes_to_the_receiver_and_its_delivery_is_a_shipping_line(desk: Desk) -> None:
    form, order = _imported(desk, _line(desk, "KUB-001"), delivery="courier", delivery_cost=Decimal("14.99"))
    address = form["delivery"]["address"]
    assert order["shipping"]["first_name"] == address["firstName"]
    assert order["shipping"]["address_1"] == address["street"]
    assert order["shipping"]["postcode"] == address["zipCode"]
    [shipping] = order["shipping_lines"]
    assert shipping["method_title"] == form["delivery"]["method"]["name"]
    assert Decimal(shipping["total"]) + Decimal(shipping["total_tax"]) == Decimal("14.99")


def test_a_parcel_to_a_pickup_point_goes_to_the_point_and_names_it(desk: Desk) -> None:
    form, order = _imported(desk, _line(desk, "KUB-001"), delivery="pickup_point")
    point = form["delivery"]["pickupPoint"]
    assert order["shipping"]["address_1"] == point["address"]["street"]
    assert point["id"] in order["shipping"]["company"]
    meta = _meta(order)
    assert (meta["_allegro_pickup_point_id"], meta["_allegro_pickup_point_name"]) == (point["id"], point["name"])
    assert order["shipping"]["last_name"] == form["delivery"]["address"]["lastName"]


def test_a_company_that_wants_an_invoice_is_billed_with_its_tax_number(desk: Desk) -> None:
    form, order = _imported(desk, _line(desk, "KUB-001"), invoice="company")
    party = form["invoice"]["address"]
    assert order["billing"]["company"] == party["company"]["name"]
    assert order["billing"]["address_1"] == party["street"]
    meta = _meta(order)
    assert meta["_allegro_tax_number_pl_nip"] == party["company"]["ids"][0]["value"]
    assert meta["_allegro_invoice_required"] == "yes"


def test_several_lines_and_pieces_reduce_the_stock_of_each_product(desk: Desk) -> None:
    wanted = {"KUB-001": 2, "KUB-003": 3, "MIS-001": 1}
    before = {sku: desk.world.store.stock(sku) or 0 for sku in wanted}
    _, order = _imported(desk, *(_line(desk, sku, quantity=quantity) for sku, quantity in wanted.items()))
    assert {line["sku"]: line["quantity"] for line in order["line_items"]} == wanted
    after = {sku: desk.world.store.stock(sku) for sku in wanted}
    assert after == {sku: before[sku] - quantity for sku, quantity in wanted.items()}


def test_a_discounted_line_costs_what_the_buyer_was_charged(desk: Desk) -> None:
    line = _line(desk, "KUB-001", quantity=3, price=Decimal("31.99"), original_price=Decimal("39.99"))
    _, order = _imported(desk, line, delivery_cost=Decimal(0))
    [made] = order["line_items"]
    assert Decimal(made["total"]) + Decimal(made["total_tax"]) == Decimal("95.97")


def test_a_variation_is_sold_as_the_variation_and_its_own_stock_falls(desk: Desk) -> None:
    variation = next(good for good in GOODS if good.parent_sku)
    before = desk.world.store.stock(variation.sku)
    assert before is not None
    _, order = _imported(desk, _line(desk, variation.sku))
    [line] = order["line_items"]
    assert line["sku"] == variation.sku
    assert line["variation_id"] > 0
    assert desk.world.store.stock(variation.sku) == before - 1


def test_deposits_and_services_are_lines_of_their_own(desk: Desk) -> None:
    wrapping = Service("Pakowanie na prezent", Decimal("5.00"), quantity=2)
    line = _line(desk, "KUB-001", quantity=3, deposit=Decimal("0.50"), services=(wrapping,))
    _, order = _imported(desk, line, delivery_cost=Decimal("14.99"))
    fees = {fee["name"]: (Decimal(fee["total"]), Decimal(fee["total_tax"])) for fee in order["fee_lines"]}
    net, tax = fees.pop("Pakowanie na prezent")
    assert net + tax == Decimal("10.00")
    assert tax > 0
    assert list(fees.values()) == [(Decimal("1.50"), Decimal(0))]


def test_a_surcharge_that_was_paid_later_is_part_of_the_total(desk: Desk) -> None:
    order_id = desk.buy()
    form = desk.world.allegro.forms[order_id].body
    total = Decimal(form["summary"]["totalToPay"]["amount"]) + Decimal("7.00")
    form["summary"]["totalToPay"]["amount"] = str(total)
    form["surcharges"] = [{**form["payment"], "paidAmount": {"amount": "7.00", "currency": "PLN"}}]
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert Decimal(desk.store_order(order_id)["total"]) == total


@pytest.mark.parametrize("marketplace", ["allegro-cz", "allegro-sk", "allegro-hu"])
def test_an_order_of_another_marketplace_keeps_its_currency(desk: Desk, marketplace: str) -> None:
    desk.switch(foreign_hold_minutes=0)
    form, order = _imported(desk, _line(desk, "KUB-001", quantity=2), marketplace=marketplace)
    assert order["currency"] == form["summary"]["totalToPay"]["currency"] != "PLN"
    assert order["shipping"]["country"] == form["delivery"]["address"]["countryCode"] != "PL"
    told = [note.text for note in desk.world.store.shop.orders[order["id"]].notes]
    assert any(order["currency"] in text and "reports" in text for text in told)


@pytest.mark.parametrize(("wanted", "mails"), [(False, []), (True, ["customer_processing_order"])])
def test_the_buyer_gets_the_stores_mail_only_when_the_seller_wants_it(
    desk: Desk, wanted: bool, mails: list[str]
) -> None:
    desk.switch(send_customer_emails=wanted)
    form, order = _imported(desk, _line(desk, "KUB-001"))
    assert order["billing"]["email"] == (form["buyer"]["email"] if wanted else "")
    assert [mail.template for mail in desk.world.store.outbox if mail.to == form["buyer"]["email"]] == mails


def test_a_line_whose_product_is_unknown_is_imported_with_its_price_and_the_order_waits_for_a_person(
    desk: Desk,
) -> None:
    stranger = desk.world.allegro.add_offer("Kubek spoza sklepu", Decimal("25.00"))
    order_id = desk.world.allegro.buy(Line(stranger, quantity=2), _line(desk, "KUB-001"))
    desk.run()
    form, order = desk.world.allegro.form(order_id), desk.store_order(order_id)
    assert order["status"] == "on-hold"
    assert Decimal(order["total"]) == Decimal(form["summary"]["totalToPay"]["amount"])
    lost = next(line for line in order["line_items"] if line["name"] == "Kubek spoza sklepu")
    assert (lost["product_id"], lost["quantity"]) == (0, 2)
    assert desk.entry(order_id).state is LogState.ON_HOLD
    [alert] = desk.alerts()
    assert alert.kind == "order_on_hold"
    assert "Kubek spoza sklepu" in alert.title
    assert str(order["id"]) in alert.title


def test_two_products_with_one_sku_are_never_guessed_between(desk: Desk) -> None:
    """The store hinders a second product with the same SKU, imports and plugins do not."""
    twins = [desk.world.store.product("KUB-001")["id"], desk.world.store.product("KUB-002")["id"]]
    for product_id in twins:
        desk.world.store.shop.catalogue.products[product_id].sku = "KUB-001"
    order_id = desk.buy("KUB-001")
    desk.run()
    assert desk.store_order(order_id)["status"] == "on-hold"
    assert "2 products" in desk.entry(order_id).reason


def test_a_total_that_the_lines_do_not_explain_holds_the_order_and_says_by_how_much(desk: Desk) -> None:
    order_id = desk.buy()
    form = desk.world.allegro.forms[order_id].body
    total = Decimal(form["summary"]["totalToPay"]["amount"])
    form["summary"]["totalToPay"]["amount"] = str(total + 5)
    desk.run()
    assert desk.store_order(order_id)["status"] == "on-hold"
    [alert] = desk.alerts()
    assert "+5.00" in alert.title


def test_a_grosz_that_nothing_explains_is_a_line_of_its_own_and_a_note_says_so(desk: Desk) -> None:
    order_id = desk.buy()
    form = desk.world.allegro.forms[order_id].body
    total = Decimal(form["summary"]["totalToPay"]["amount"]) - Decimal("0.01")
    form["summary"]["totalToPay"]["amount"] = str(total)
    desk.run()
    order = desk.store_order(order_id)
    assert Decimal(order["total"]) == total
    assert order["status"] == "processing"
    [fee] = order["fee_lines"]
    assert fee["name"] == "Rounding"
    assert Decimal(fee["total"]) > 0
    assert any("Rounding" in note.text for note in desk.world.store.shop.orders[order["id"]].notes)


def _every_kind(desk: Desk) -> dict[str, str]:
    """One purchase of each kind, unpaid surcharges and all; the order of each by its name."""
    allegro, goods = desk.world.allegro, ("KUB-001", "KUB-003", "FIL-001", "TAL-001")
    mug = allegro.offer_id("KUB-001")
    wrapping = Service("Pakowanie na prezent", Decimal("5.00"), quantity=2)
    voucher = Line(mug, price=Decimal("120.00"), vouchers=(Voucher(Decimal("33.33")),))
    cheap = Line(mug, quantity=3, price=Decimal("31.99"), original_price=Decimal("39.99"))
    orders = {
        "several lines of all rates": allegro.buy(*(_line(desk, sku, quantity=3) for sku in goods)),
        "two lines of one offer": allegro.buy(Line(mug), Line(mug, quantity=2)),
        "free delivery": allegro.buy(Line(mug), delivery_cost=Decimal(0)),
        "Smart! that Allegro pays": allegro.buy(Line(mug), smart=True),
        "Smart! that costs a little": allegro.buy(Line(mug), smart=True, delivery_cost=Decimal("4.99")),
        "cash on delivery, which costs": allegro.buy(Line(mug), kind="cod", delivery_cost=Decimal("18.99")),
        "deposit and services": allegro.buy(Line(mug, 3, deposit=Decimal("0.50"), services=(wrapping,))),
        "a discounted line": allegro.buy(cheap),
        "a voucher that the total is net of": allegro.buy(voucher, vouchers_lower_total=True),
        "a voucher that the total is not net of": allegro.buy(voucher, vouchers_lower_total=False),
        "extended term": allegro.buy(Line(mug), kind="term"),
        "transfer": allegro.buy(Line(mug), kind="wire"),
        **{f"on {place}": allegro.buy(Line(mug, 2), marketplace=place) for place in ("allegro-cz", "allegro-hu")},
    }
    orders["a surcharge"] = allegro.buy(Line(mug))
    allegro.surcharge(orders["a surcharge"], Decimal("7.00"))
    return orders


@pytest.mark.parametrize(
    ("taxes", "included", "at_subtotal"),
    [("yes", "yes", "no"), ("yes", "yes", "yes"), ("yes", "no", "no"), ("yes", "no", "yes"), ("no", "yes", "no")],
)
def test_every_kind_of_purchase_costs_in_the_store_what_the_buyer_pays(
    desk: Desk, taxes: str, included: str, at_subtotal: str
) -> None:
    desk.switch(foreign_hold_minutes=0)
    desk.world.store.settings.set("general", "woocommerce_calc_taxes", taxes)
    desk.world.store.settings.set("tax", "woocommerce_prices_include_tax", included)
    desk.world.store.settings.set("tax", "woocommerce_tax_round_at_subtotal", at_subtotal)
    desk.wait(minutes=11)  # the store's taxes are remembered for ten minutes
    orders = _every_kind(desk)
    desk.run()
    pays = {kind: desk.world.allegro.form(order_id)["summary"]["totalToPay"] for kind, order_id in orders.items()}
    made = {kind: desk.store_order(order_id) for kind, order_id in orders.items()}
    assert {kind: (Decimal(order["total"]), order["currency"]) for kind, order in made.items()} == {
        kind: (Decimal(money["amount"]), money["currency"]) for kind, money in pays.items()
    }
    assert {kind: desk.entry(order_id).state for kind, order_id in orders.items()} == dict.fromkeys(
        orders, LogState.IMPORTED
    )
    assert [alert for alert in desk.alerts() if alert.kind != "oversold"] == []
