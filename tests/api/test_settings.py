"""Settings of an account over the API."""

from datetime import timedelta

from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import accounts, journal, order_log
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

DEFAULTS = {
    "import_orders": False,
    "import_orders_from": None,
    "match_items_by_title": False,
    "mark_processing": True,
    "foreign_hold_minutes": 5,
    "send_customer_emails": False,
    "create_customer_accounts": False,
    "send_account_email": False,
    "tax_number_meta_key": "_billing_nip",
    "event_logging": False,
}


def test_settings_begin_with_the_defaults_of_the_product_and_change_one_by_one(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    assert good(api.get(path)) == DEFAULTS
    assert good(api.patch(path, json={"mark_processing": False})) == {**DEFAULTS, "mark_processing": False}
    assert good(api.patch(path, json={})) == {**DEFAULTS, "mark_processing": False}
    assert good(api.get(path)) == {**DEFAULTS, "mark_processing": False}


def test_what_cannot_be_set_is_refused_by_name_and_changes_nothing(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    refused: list[tuple[str, object]] = [(name, None) for name in DEFAULTS]
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
