"""Settings of an account over the API."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import accounts, journal, offer_links, order_log
from app.domain.links import OfferLink
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DEFAULTS: dict[str, object] = {
    "import_orders": False,
    "import_orders_from": None,
    "match_items_by_title": False,
    "mark_processing": True,
    "foreign_hold_minutes": 5,
    "send_customer_emails": False,
    "create_customer_accounts": False,
    "send_account_email": False,
    "tax_number_meta_key": "_billing_nip",
    "sync_stock": False,
    "stock_buffer": 0,
    "max_listed_quantity": None,
    "stock_locations": "all",
    "out_of_stock_action": "none",
    "auto_resume": False,
    "relist_within_days": 60,
    "relist_duration": "until_sold_out",
    "relist_delay_minutes": 0,
    "confirm_endings_and_relists": False,
    "end_auctions": False,
    "end_auctions_with_bids": False,
    "guard_max_ended_percent": 20,
    "bulk_commands": True,
    "push_prices": False,
    "pull_prices": False,
    "price_conflict_winner": "store",
    "guard_max_price_change_percent": 50,
    "price_floor": None,
    "price_ceiling": None,
    "mark_sent": True,
    "submit_tracking": False,
    "tracking_meta_keys": [],
    "tracking_notes": False,
    "submit_invoices": False,
    "invoice_meta_keys": [],
    "shipping_methods": [],
    "event_logging": False,
    "warnings": [],
}


def test_settings_begin_with_the_defaults_of_the_product_and_change_one_by_one(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    assert good(api.get(path)) == DEFAULTS
    assert good(api.patch(path, json={"mark_processing": False})) == {**DEFAULTS, "mark_processing": False}
    assert good(api.patch(path, json={})) == {**DEFAULTS, "mark_processing": False}
    assert good(api.get(path)) == {**DEFAULTS, "mark_processing": False}


def test_what_cannot_be_set_is_refused_by_name_and_changes_nothing(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    may_be_null = ("max_listed_quantity", "price_floor", "price_ceiling")
    refused: list[tuple[str, object]] = [(name, None) for name in DEFAULTS if name not in may_be_null]
    no_switch: list[object] = ["yes", 1, 0, []]
    switches = [name for name, value in DEFAULTS.items() if isinstance(value, bool)]
    refused += [(name, value) for name in switches for value in no_switch]
    refused += [("foreign_hold_minutes", value) for value in ("5", True, -1, 1441, 2.5)]
    refused += [("tax_number_meta_key", value) for value in (5, "with blank", "x" * 101, "nul\0")]
    refused.append(("send_account_email", True))  # an account mail without an account
    refused += [
        ("import_orders_from", value)
        for value in (
            0,
            1730000000,
            True,
            "",
            "yesterday",
            "2026-02-30",
            "2026-11-01T12:00:00",
            "1999-12-31",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
        )
    ]
    refused += [("stock_buffer", value) for value in ("5", True, -1, 100_000, 2.5)]
    refused += [("max_listed_quantity", value) for value in ("5", False, 0, 100_000)]
    refused += [("out_of_stock_action", value) for value in ("END", "", 1, True)]
    refused += [("relist_within_days", value) for value in (0, 61)]
    refused += [("relist_duration", value) for value in ("", "P4D", "p3d", 3)]
    refused += [("relist_delay_minutes", value) for value in (-1, 43_201)]
    refused += [("guard_max_ended_percent", value) for value in (-1, 101)]
    refused += [("price_conflict_winner", value) for value in ("STORE", "", True)]
    refused += [("guard_max_price_change_percent", value) for value in (-1, 1001, "50", True)]
    amounts = (
        "0",
        "0.00",
        "-1",
        "12.345",
        "12,34",
        "1e3",
        "",
        " 5",
        "5\n",
        "\u0665",
        "NaN",
        "1234567890",
        5,
        5.5,
        None,
    )
    no_lists: list[object] = ["key", {}, ["a", "a|DPD"], [f"k{n}" for n in range(21)]]
    refused += [("tracking_meta_keys", value) for value in no_lists]
    no_prices: list[object] = [{"amount": amount, "currency": "PLN"} for amount in amounts]
    no_prices += [{"amount": "5", "currency": currency} for currency in ("pln", "PLNX", "PL", "", None, ["PLN"])]
    no_prices += ["5", 5, {}, [], {"amount": "5"}, {"amount": "5", "currency": "PLN", "more": 1}]
    refused += [(name, value) for name in ("price_floor", "price_ceiling") for value in no_prices]
    refused += [
        ("stock_locations", value)
        for value in (
            {},
            [],
            "Main",
            "",
            True,
            ["_stock"],
            {"": "_stock"},
            {"Main": ""},
            {"Main": None},
            {"Main": 5},
            {"Main": {"key": "_stock"}},
            {"Main ": "_stock"},
            {"Main": "_stock\n"},
            {"Ma\0in": "_stock"},
            {"Main": "_stock", "Shop": "_stock"},
            {"Main": "x" * 101},
            {str(number): f"_{number}" for number in range(51)},
        )
    ]
    refused.append(("warnings", []))
    refused.append(("sync_everything", True))
    for name, value in refused:
        assert refused_fields(api.patch(path, json={"event_logging": True, name: value})) == {name}
    assert good(api.get(path)) == DEFAULTS


def test_import_switched_on_without_a_date_begins_now_and_keeps_that_instant(
    api: TestClient, account: int, world: Sandbox
) -> None:
    path = f"accounts/{account}/settings"
    before = world.clock.now()
    start = good(api.patch(path, json={"import_orders": True}))["import_orders_from"]
    assert start.endswith("Z")
    assert before.isoformat()[:16] == start[:16]
    world.clock.advance(3600)
    good(api.patch(path, json={"import_orders": False}))
    assert good(api.patch(path, json={"import_orders": True}))["import_orders_from"] == start


def test_a_day_stays_a_day_and_an_instant_is_shown_in_utc(api: TestClient, account: int, services: Services) -> None:
    path = f"accounts/{account}/settings"
    assert good(api.patch(path, json={"import_orders_from": "2026-11-01"}))["import_orders_from"] == "2026-11-01"
    # A midnight with an offset is an instant, and not the Polish day of the same name.
    shown = good(api.patch(path, json={"import_orders_from": "2026-11-01T00:00:00+05:00"}))
    assert shown["import_orders_from"] == "2026-10-31T19:00:00Z"
    assert good(api.get(path)) == shown
    with services.database.reading() as session:
        start = accounts.get(session, account).settings.import_starts_at
    assert start is not None
    assert start.isoformat() == "2026-10-31T19:00:00+00:00"


def test_a_date_moved_back_brings_the_orders_between_the_dates(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    yesterday = world.clock.now() - timedelta(days=1)
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")), at=yesterday)
    path = f"accounts/{account}/settings"
    good(api.patch(path, json={"import_orders": True}))
    run = {"account_id": account, "wait": True}
    good(api.post("jobs/orders/run", json=run))
    good(api.post("jobs/orders_sweep/run", json=run))
    assert world.store.orders_for(order_id) == []
    good(api.patch(path, json={"import_orders_from": (yesterday - timedelta(hours=1)).isoformat()}))
    with services.database.reading() as session:
        mark = journal.get(session, account)
    assert mark is not None
    assert mark.swept_until < yesterday
    good(api.post("jobs/orders_sweep/run", json=run))
    assert len(world.store.orders_for(order_id)) == 1
    with services.database.reading() as session:
        assert order_log.get(session, account, order_id).state is LogState.IMPORTED


def test_settings_of_nobody_are_not_found(api: TestClient) -> None:
    problem(api.get("accounts/77/settings"), 404)
    problem(api.patch("accounts/77/settings", json={"import_orders": True}), 404)


CHOSEN = {
    "sync_stock": True,
    "stock_buffer": 99_999,
    "max_listed_quantity": 1,
    "stock_locations": {"Magazyn Łódź": "_stock_at_łódź", "Sklep": "wcmlim_stock_at_7"},
    "out_of_stock_action": "end",
    "auto_resume": True,
    "relist_within_days": 1,
    "relist_duration": "P30D",
    "relist_delay_minutes": 43_200,
    "confirm_endings_and_relists": True,
    "end_auctions": True,
    "guard_max_ended_percent": 0,
    "bulk_commands": False,
    "push_prices": True,
    "pull_prices": True,
    "guard_max_price_change_percent": 1000,
    "price_floor": {"amount": "0.01", "currency": "PLN"},
    "price_ceiling": {"amount": "999999999.99", "currency": "PLN"},
}


def test_the_settings_of_offers_are_kept_and_given_back_as_they_were_sent(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    chosen = good(api.patch(path, json={**CHOSEN, "import_orders": True, "import_orders_from": "2026-11-01"}))
    assert chosen == {**DEFAULTS, **CHOSEN, "import_orders": True, "import_orders_from": "2026-11-01"}
    assert good(api.get(path)) == chosen
    back = {"max_listed_quantity": None, "stock_locations": "all", "price_floor": None, "price_ceiling": None}
    assert good(api.patch(path, json=back)) == {**chosen, **back}


def test_the_meta_fields_of_parcel_numbers_are_kept_in_their_order(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    keys = ["_parcel_no|Mój Kurier", "tracking", "z" * 100]
    assert good(api.patch(path, json={"tracking_meta_keys": keys}))["tracking_meta_keys"] == keys
    assert good(api.get(path))["tracking_meta_keys"] == keys
    for value in ("", "with blank", "|DPD", "key|", "key| DPD", "a|b|c", "x" * 101, "nul\0", 5, None):
        answer = api.patch(path, json={"tracking_meta_keys": ["good", value]})
        assert refused_fields(answer) == {"tracking_meta_keys.1"}
    assert good(api.get(path))["tracking_meta_keys"] == keys


def test_the_meta_fields_of_invoices_are_kept_and_without_any_the_seller_is_warned(
    api: TestClient, account: int
) -> None:
    path = f"accounts/{account}/settings"
    [warning] = good(api.patch(path, json={"submit_invoices": True}))["warnings"]
    assert "invoice_meta_keys" in warning
    keys = ["_invoice_url|_invoice_number", "pdf.url"]
    answer = good(api.patch(path, json={"invoice_meta_keys": keys}))
    assert (answer["invoice_meta_keys"], answer["warnings"]) == (keys, [])
    for value in ("", "with blank", "|number", "key|", "a|b|c", "x" * 101, "a|with blank", 5, None):
        refused = api.patch(path, json={"invoice_meta_keys": ["good", value]})
        assert refused_fields(refused) == {"invoice_meta_keys.1"}
    assert refused_fields(api.patch(path, json={"invoice_meta_keys": ["a", "a|b"]})) == {"invoice_meta_keys"}


def test_settings_that_contradict_each_other_are_refused_on_the_one_that_was_changed(
    api: TestClient, account: int
) -> None:
    path = f"accounts/{account}/settings"

    def refused(words: str, **change: object) -> set[str]:
        answer = api.patch(path, json=change)
        assert words in problem(answer, 422)["detail"]
        return refused_fields(answer)

    assert refused("`end`", auto_resume=True) == {"auto_resume"}
    assert refused("`end`", auto_resume=True, out_of_stock_action="reduce_to_one") == {"auto_resume"}
    assert refused("end_auctions", end_auctions_with_bids=True) == {"end_auctions_with_bids"}
    both = {"auto_resume": True, "out_of_stock_action": "end", "end_auctions": True, "end_auctions_with_bids": True}
    chosen = good(api.patch(path, json=both))
    assert refused("switch auto_resume off", out_of_stock_action="none") == {"out_of_stock_action"}
    assert refused("switch that off", end_auctions=False) == {"end_auctions"}
    assert good(api.get(path)) == chosen
    good(api.patch(path, json={"out_of_stock_action": "none", "auto_resume": False}))
    good(api.patch(path, json={"end_auctions": False, "end_auctions_with_bids": False}))
    floor, ceiling, euros = ({"amount": n, "currency": c} for n, c in (("5", "PLN"), ("4.99", "PLN"), ("9", "EUR")))
    assert refused("no price between 5.00 PLN and 4.99", price_floor=floor, price_ceiling=ceiling) == {"price_floor"}
    assert good(api.patch(path, json={"price_floor": floor}))["price_floor"] == {"amount": "5.00", "currency": "PLN"}
    assert refused("no price between", price_ceiling=ceiling) == {"price_ceiling"}
    assert refused("same currency", price_ceiling=euros) == {"price_ceiling"}
    good(api.patch(path, json={"price_floor": None, "price_ceiling": ceiling}))


def test_what_is_allowed_and_may_surprise_is_said_with_the_settings(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    [about_sales] = good(api.patch(path, json={"sync_stock": True}))["warnings"]
    assert "import_orders" in about_sales
    [about_bids] = good(
        api.patch(path, json={"import_orders": True, "end_auctions": True, "end_auctions_with_bids": True})
    )["warnings"]
    assert about_bids == "Ending an auction with bids sells to the highest bidder."
    assert good(api.get(path))["warnings"] == [about_bids]
    good(api.patch(path, json={"end_auctions": False, "end_auctions_with_bids": False}))
    for prices, is_told in (
        ({"push_prices": True}, False),
        ({"pull_prices": True}, False),
        ({"price_conflict_winner": "allegro"}, True),
        ({"price_conflict_winner": "store", "push_prices": False}, True),
    ):
        assert [("Allegro's" in each) for each in good(api.patch(path, json=prices))["warnings"]] == [True] * is_told


def test_a_change_about_stock_or_prices_has_all_offers_of_the_account_looked_at(
    api: TestClient, account: int, services: Services
) -> None:
    path = f"accounts/{account}/settings"
    now = services.now()
    with services.database.transaction() as session:
        made = [offer_links.add(session, OfferLink(0, account, str(7001 + n), 11), now=now) for n in range(2)]

    def due_after(**change: object) -> int:
        with services.database.transaction() as session:
            offer_links.record(session, [link.id for link in made], due_at=None)
        good(api.patch(path, json=change))
        with services.database.reading() as session:
            return len(offer_links.due(session, account, now=services.now()))

    same = {name: value for name, value in DEFAULTS.items() if name not in ("warnings", "import_orders_from")}
    assert due_after(**same) == 0
    assert due_after(match_items_by_title=True, event_logging=True) == 0
    for name, value in CHOSEN.items():
        assert due_after(**{name: value}) == 2, name
    assert due_after(price_conflict_winner="allegro") == 2
    assert due_after(end_auctions_with_bids=True) == 2
    assert due_after(end_auctions_with_bids=False, dry_run=True) == 0
