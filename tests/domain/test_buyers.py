"""Who a buyer is in the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.accounts import Environment
from app.domain.buyers import (
    KnownBuyer,
    StoreCustomer,
    draft_customer,
    is_account_of,
    is_remembered,
    is_unreachable,
)
from app.domain.orders import Address, Buyer
from tests.domain.samples import BUYER, HOME

NOTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLACEHOLDER = "allegro-b1@allegro-buyer.invalid"


def test_a_buyer_has_one_user_name_in_each_of_allegros_worlds() -> None:
    drafts = [draft_customer(BUYER, world, HOME, HOME, announce=True) for world in Environment]
    assert [draft.username for draft in drafts if draft] == ["allegro-b1", "allegro-sandbox-b1"]


@pytest.mark.parametrize("buyer", [replace(BUYER, guest=True), replace(BUYER, id="")])
def test_a_buyer_without_an_identity_gets_no_account(buyer: Buyer) -> None:
    assert draft_customer(buyer, Environment.PRODUCTION, HOME, HOME, announce=True) is None


@pytest.mark.parametrize(
    ("announce", "email", "mailed"),
    [(True, "a+1@allegromail.pl", "a+1@allegromail.pl"), (False, "a+1@allegromail.pl", ""), (True, "", "")],
)
def test_the_account_is_announced_to_the_buyer_or_to_nobody(announce: bool, email: str, mailed: str) -> None:
    draft = draft_customer(replace(BUYER, email=email), Environment.PRODUCTION, HOME, HOME, announce=announce)
    assert draft is not None
    assert draft.email == (mailed or PLACEHOLDER)
    assert is_unreachable(draft.email) is not bool(mailed)


def test_an_account_carries_the_buyers_name_addresses_and_ids() -> None:
    billing = Address("", "", "Udix", "Solna 1", "Poznań", "60-166", "PL")
    draft = draft_customer(BUYER, Environment.PRODUCTION, billing, HOME, announce=False)
    assert draft is not None
    assert (draft.first_name, draft.last_name, draft.billing, draft.shipping) == ("Anna", "Nowak", billing, HOME)
    assert draft.meta == (("_allegro_buyer_id", "b1"), ("_allegro_buyer_login", "anna_n"))


@pytest.mark.parametrize(
    ("buyer_id", "email", "tried", "theirs"),
    [
        ("b1", "moved@example.com", False, True),
        ("b2", "alias+1@allegromail.pl", True, False),
        # Not marked: the address tells, as far as nobody else can have it.
        ("", "alias+1@allegromail.pl", False, True),
        (None, "ALIAS+77@allegromail.pl", False, True),
        ("", "other+1@allegromail.pl", True, False),
        ("", "alias+1@example.com", True, False),
        ("", "", True, False),
        # Anybody can type in a placeholder; it only counts where we have asked for that very account.
        ("", PLACEHOLDER, False, False),
        (None, PLACEHOLDER, True, True),
    ],
)
def test_a_user_name_alone_proves_nothing(buyer_id: str | None, email: str, tried: bool, theirs: bool) -> None:
    customer = StoreCustomer(5, email, "allegro-b1", buyer_id, NOTED)
    assert is_account_of(customer, BUYER, tried=tried) is theirs


def test_two_missing_addresses_are_not_the_same_address() -> None:
    customer = StoreCustomer(5, "", "allegro-b1", "", NOTED)
    assert not is_account_of(customer, replace(BUYER, email=""), tried=True)


@pytest.mark.parametrize(("created_after", "remembered"), [(-1, True), (0, True), (1, False), (None, True)])
def test_an_id_that_was_given_anew_is_not_the_one_remembered(created_after: int | None, remembered: bool) -> None:
    created_at = None if created_after is None else NOTED + timedelta(seconds=created_after)
    customer = StoreCustomer(5, "a@b.pl", "jan", "", created_at)
    assert is_remembered(customer, KnownBuyer(5, NOTED)) is remembered
