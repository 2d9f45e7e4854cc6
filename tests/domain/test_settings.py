"""The settings of an account."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.settings import (
    OutOfStockAction,
    PriceWinner,
    Settings,
    contradiction,
    offers_may_differ,
    settings_from,
    settings_to,
    switched,
)
from app.domain.shipping_methods import ShippingMethod
from tests.domain.samples import pln

_NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_the_defaults_change_nothing_in_the_store_or_at_allegro_and_mail_nobody() -> None:
    assert Settings() == Settings(
        import_orders=False,
        import_orders_from=None,
        match_items_by_title=False,
        mark_processing=True,
        foreign_hold_minutes=5,
        send_customer_emails=False,
        create_customer_accounts=False,
        send_account_email=False,
        tax_number_meta_key="_billing_nip",
        sync_stock=False,
        stock_buffer=0,
        max_listed_quantity=None,
        stock_locations=None,
        out_of_stock_action=OutOfStockAction.NONE,
        auto_resume=False,
        relist_within_days=60,
        relist_duration="until_sold_out",
        relist_delay_minutes=0,
        confirm_endings_and_relists=False,
        end_auctions=False,
        end_auctions_with_bids=False,
        guard_max_ended_percent=20,
        bulk_commands=True,
        push_prices=False,
        pull_prices=False,
        price_conflict_winner=PriceWinner.STORE,
        guard_max_price_change_percent=50,
        price_floor=None,
        price_ceiling=None,
        mark_sent=True,
        submit_tracking=False,
        tracking_meta_keys=(),
        tracking_notes=False,
        submit_invoices=False,
        invoice_meta_keys=(),
        shipping_methods=(),
        event_logging=False,
    )


def test_what_is_not_stored_has_its_default_and_what_is_unknown_is_ignored() -> None:
    assert settings_from({}) == Settings()
    assert settings_from({"import_orders": True, "of_a_later_version": 1}) == Settings(import_orders=True)


_STARTS = st.one_of(
    st.none(),
    st.dates(),
    st.datetimes(
        min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-7, minutes=-30))]),
    ),
)


_PRICES = st.none() | st.builds(
    Money, st.decimals(min_value="0.01", max_value="999999999.99", places=2), st.sampled_from(["PLN", "EUR"])
)


@given(
    st.builds(
        Settings,
        import_orders_from=_STARTS,
        tax_number_meta_key=st.text(),
        price_conflict_winner=st.sampled_from(PriceWinner),
        price_floor=_PRICES,
        shipping_methods=st.lists(st.builds(ShippingMethod), max_size=2).map(tuple),
    )
)
def test_settings_survive_being_stored_as_json(settings: Settings) -> None:
    again = settings_from(json.loads(json.dumps(settings_to(settings))))
    assert again == settings
    assert type(again.import_orders_from) is type(settings.import_orders_from)


@pytest.mark.parametrize(
    ("start", "instant"),
    [
        (None, None),
        (date(2026, 1, 15), datetime(2026, 1, 14, 23, 0, tzinfo=UTC)),
        (date(2026, 7, 15), datetime(2026, 7, 14, 22, 0, tzinfo=UTC)),
        # Summer time begins on 29 March and ends on 25 October, at one o'clock UTC.
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),
        (_NOW, _NOW),
    ],
)
def test_a_day_begins_at_its_midnight_in_poland(start: date | datetime | None, instant: datetime | None) -> None:
    assert Settings(import_orders_from=start).import_starts_at == instant


def test_import_switched_on_without_a_date_begins_now() -> None:
    assert switched(Settings(), Settings(import_orders=True), _NOW).import_orders_from == _NOW


def test_a_date_that_was_given_stays_when_import_is_switched_on() -> None:
    given_date = Settings(import_orders=True, import_orders_from=date(2026, 11, 1))
    assert switched(Settings(), given_date, _NOW) == given_date


def test_import_that_is_on_cannot_lose_its_beginning() -> None:
    old = Settings(import_orders=True, import_orders_from=date(2026, 11, 1))
    assert switched(old, replace(old, import_orders_from=None), _NOW) == old


def test_other_settings_can_change_while_import_was_never_on() -> None:
    assert switched(Settings(), Settings(event_logging=True), _NOW) == Settings(event_logging=True)


def test_bounds_of_prices_are_stored_to_the_grosz_and_with_their_currency() -> None:
    bounds = Settings(price_floor=pln("0.10"), price_ceiling=pln("12345678901234567.89"))
    assert settings_to(bounds)["price_floor"] == {"amount": "0.10", "currency": "PLN"}
    assert settings_from(json.loads(json.dumps(settings_to(bounds)))) == bounds


_TEN, _TWENTY, _CROWNS = pln("10"), pln("20"), Money(Decimal(15), "CZK")


@pytest.mark.parametrize(
    ("floor", "ceiling", "changed", "to_blame"),
    [
        (None, None, {"price_floor"}, None),
        (_TEN, None, {"price_floor"}, None),
        (None, _TEN, {"price_ceiling"}, None),
        (_TEN, _TWENTY, {"price_floor", "price_ceiling"}, None),
        (_TEN, _TEN, {"price_floor"}, None),
        (_TWENTY, _TEN, {"price_floor"}, "price_floor"),
        (_TWENTY, _TEN, {"price_ceiling"}, "price_ceiling"),
        (_TWENTY, _TEN, {"price_floor", "price_ceiling"}, "price_floor"),
        (_TEN, _CROWNS, {"price_floor"}, "price_floor"),
        (_CROWNS, _TWENTY, {"price_ceiling"}, "price_ceiling"),
    ],
)
def test_a_floor_above_the_ceiling_or_in_another_currency_is_a_contradiction(
    floor: Money | None, ceiling: Money | None, changed: set[str], to_blame: str | None
) -> None:
    found = contradiction(Settings(price_floor=floor, price_ceiling=ceiling), changed)
    assert (found[0] if found else None) == to_blame


def test_prices_and_stock_both_keep_offers_in_step() -> None:
    assert not Settings().sync_offers
    assert Settings(sync_stock=True).sync_offers
    for chosen in (Settings(push_prices=True), Settings(pull_prices=True)):
        assert chosen.sync_prices
        assert chosen.sync_offers
    assert not Settings(sync_stock=True).sync_prices


@pytest.mark.parametrize(
    "changed",
    [
        {"push_prices": True},
        {"pull_prices": True},
        {"price_conflict_winner": PriceWinner.ALLEGRO},
        {"guard_max_price_change_percent": 51},
        {"price_floor": _TEN},
        {"price_ceiling": _TEN},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_offers_are_looked_at_again_when_what_decides_on_their_prices_changes(changed: dict[str, Any]) -> None:
    assert offers_may_differ(Settings(), replace(Settings(), **changed))
    assert not offers_may_differ(replace(Settings(), **changed), replace(Settings(event_logging=True), **changed))
