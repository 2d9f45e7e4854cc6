"""Who is mailed what, by the store's outbox, and the store customers that imported orders have."""

from decimal import Decimal

import pytest
from sqlalchemy import update

from app.db.models import BuyerRow
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from app.sandbox.store.mail import SHOP_ADDRESS
from tests.sync.orders.conftest import Desk

_ACCOUNT, _PROCESSING, _COMPLETED = "customer_new_account", "customer_processing_order", "customer_completed_order"


def _stranger(desk: Desk, sku: str) -> str:
    """A purchase of something that the store does not have."""
    offer = desk.world.allegro.add_offer(f"Nieznany {sku}", Decimal("25.00"), external_id=sku)
    return desk.world.allegro.buy(Line(offer))


def _mailed(desk: Desk, order_id: str) -> list[str]:
    buyer = desk.world.allegro.form(order_id)["buyer"]["email"]
    return [mail.template for mail in desk.world.store.outbox if mail.to == buyer]


def _customer_of(desk: Desk, order_id: str) -> str:
    """The user name of the order's customer, "" for a guest."""
    names = {each["id"]: each["username"] for each in desk.world.store.customers()}
    return str(names.get(desk.store_order(order_id)["customer_id"], ""))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("accounts", ["no", "silent", "announced"])
@pytest.mark.parametrize("mails", [True, False])
def test_each_buyer_gets_each_mail_that_the_seller_wants_once(desk: Desk, mails: bool, accounts: str) -> None:
    desk.switch(
        send_customer_emails=mails,
        create_customer_accounts=accounts != "no",
        send_account_email=accounts == "announced",
    )
    plain, foreign = desk.buy(), desk.buy(marketplace="allegro-cz")
    linked, by_hand = _stranger(desk, "OBCY-1"), _stranger(desk, "OBCY-2")
    orders = [plain, foreign, linked, by_hand]
    desk.run()
    first = [_ACCOUNT] if accounts == "announced" else []
    about_it = [_PROCESSING] if mails else []
    assert [_mailed(desk, each) for each in orders] == [first + about_it, first, first, first]

    desk.world.store.shop.catalogue.products[desk.world.store.product("KUB-002")["id"]].sku = "OBCY-1"
    desk.world.store.set_order_status(desk.store_order(by_hand)["id"], "processing")
    desk.wait(minutes=10)
    desk.run()
    assert [_mailed(desk, each) for each in orders] == [first + about_it] * 4

    for order_id in orders:
        assert desk.store_order(order_id)["status"] == "processing"
        desk.world.store.set_order_status(desk.store_order(order_id)["id"], "completed")
    desk.wait(minutes=10)
    desk.run()
    wanted = first + about_it + ([_COMPLETED] if mails else [])
    assert [_mailed(desk, each) for each in orders] == [wanted] * 4
    buyers = {desk.world.allegro.form(each)["buyer"]["email"] for each in orders}
    others = {mail.to for mail in desk.world.store.outbox} - buyers - {SHOP_ADDRESS}
    assert all(address.endswith(".invalid") for address in others)
    named = [f"allegro-sandbox-{desk.world.allegro.form(each)['buyer']['id']}" for each in orders]
    assert [_customer_of(desk, each) for each in orders] == ([""] * 4 if accounts == "no" else named)


def test_an_order_that_comes_back_from_the_bin_is_not_mailed_again(desk: Desk) -> None:
    desk.switch(send_customer_emails=True)
    order_id = desk.buy()
    desk.run()
    desk.world.store.trash(desk.store_order(order_id)["id"])
    desk.ask_for(order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert _mailed(desk, order_id) == [_PROCESSING]


def test_an_order_that_was_sent_comes_back_from_the_bin_as_completed(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    desk.world.allegro.set_fulfilment(order_id, "SENT")
    desk.world.store.trash(desk.store_order(order_id)["id"])
    desk.ask_for(order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "completed"
    assert (desk.entry(order_id).state, desk.alerts()) == (LogState.IMPORTED, [])


# --- the customers of orders ------------------------------------------------------------------------------------------


def test_two_orders_of_one_buyer_have_one_customer_whatever_their_addresses(desk: Desk) -> None:
    desk.switch(create_customer_accounts=True)
    orders = [desk.buy(buyer="anna"), desk.buy(buyer="anna"), desk.buy(guest=True)]
    desk.run()
    assert len({desk.world.allegro.form(each)["buyer"]["email"] for each in orders}) == 3
    [customer] = desk.world.store.customers()
    assert [desk.store_order(each)["customer_id"] for each in orders] == [customer["id"], customer["id"], 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", ["server_error", "firewall", "unauthorized"])
def test_a_store_that_refuses_customers_alone_holds_no_order_up_for_long(desk: Desk, fault: str) -> None:
    desk.switch(create_customer_accounts=True)
    desk.world.store.faults.switch_on(fault, path_prefix="/customers")
    order_id = desk.buy()
    desk.run()
    assert desk.made([order_id]) == [0]
    desk.wait(minutes=11)
    desk.run()
    assert (desk.entry(order_id).state, _customer_of(desk, order_id)) == (LogState.IMPORTED, "")
    notes = desk.world.store.shop.orders[desk.store_order(order_id)["id"]].notes
    assert any("has no customer account" in note.text for note in notes)


def test_a_crash_between_the_customer_and_the_order_makes_one_of_each(desk: Desk) -> None:
    desk.switch(create_customer_accounts=True)
    desk.world.store.faults.switch_on("drop", method="PUT", path_prefix="/customers")
    order_id = desk.buy()
    desk.run()
    assert (len(desk.world.store.customers()), desk.posts()) == (1, 0)
    with desk.services.database.transaction() as session:
        session.execute(update(BuyerRow).values(customer_id=0))  # as it stands before the answer has come
    desk.world.store.faults.clear()
    desk.wait(minutes=2)
    desk.run()
    [customer] = desk.world.store.customers()
    assert desk.store_order(order_id)["customer_id"] == customer["id"]
    assert customer["email"] == desk.world.allegro.form(order_id)["buyer"]["email"]
