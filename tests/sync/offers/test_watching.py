"""What Allegro shows of linked offers, found out with the fewest calls and never by a list alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.db import offer_links, order_log, reservations
from app.domain.ledger import Fate
from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import EndedBy, OfferFormat, OfferStatus
from app.domain.reservations import Reservation, ReservationState
from app.domain.runs import Result
from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.offers import EndedBy as Author
from app.sandbox.seed import GOODS
from app.sync.context import JobContext
from app.sync.offers.reading import MOST_READ, read_again
from app.sync.offers.watching import watch_offers
from tests.sync.offers.conftest import Stall
from tests.sync.steps import switch

# What is read and believed does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _watched(stall: Stall) -> None:
    """The account's offers have been looked at once."""
    stall.give(watch_offers)
    assert stall.run().failed == 0
    assert stall.calls() == {"list": 1, "events": 1}
    assert stall.due() == set()


def test_a_look_at_5000_offers_is_5_calls_and_changes_nothing(stall: Stall) -> None:
    price, links = Money(Decimal("20.00"), "PLN"), []
    for number in range(5000 - len(GOODS)):
        offer_id = stall.world.allegro.add_offer(f"Kubek {number}", price.amount, stock=number + 1)
        link = OfferLink(0, stall.account, offer_id, number + 1, title=f"Kubek {number}", format=OfferFormat.BUY_NOW)
        links.append(
            replace(link, offer_status=OfferStatus.ACTIVE, listed_quantity=number + 1, listed_price=price, bidders=0)
        )
    with stall.services.database.transaction() as session:
        offer_links.add_all(session, links, now=stall.services.now())
    run = stall.run()
    assert (run.seen, run.changes, stall.calls()) == (5000, (), {"list": 5})


def test_between_two_looks_a_quiet_journal_is_one_call(stall: Stall) -> None:
    stall.tick(minutes=10)
    assert stall.calls() == {"events": 1}
    stall.tick(minutes=51)
    assert stall.calls() == {"list": 1}


def test_what_we_wrote_is_confirmed_by_the_list_and_its_echo_asks_for_nothing(stall: Stall) -> None:
    stall.say(5)
    stall.tick(minutes=10)
    assert stall.calls() == {"events": 1}
    stall.run()
    assert stall.calls() == {"list": 1}
    assert stall.fate() is Fate.CONFIRMED
    assert stall.due() == set()


def test_a_list_that_is_stale_for_an_hour_changes_nothing(stall: Stall) -> None:
    stall.say(5)
    stall.world.allegro.faults.switch_on("offers_list_stale", seconds=3600)
    stall.run()
    # What was said a moment ago is not looked for yet.
    assert (stall.calls(), stall.fate()) == ({"list": 1}, Fate.ACCEPTED)
    stall.wait(minutes=30)
    run = stall.run()
    assert run.changes == ()
    assert stall.link().listed_quantity == 5
    # The one reading said so, exactly.
    assert (stall.calls(), stall.fate()) == ({"list": 1, "offer": 1}, Fate.CONFIRMED)
    assert stall.due() == set()


def test_a_change_that_the_journal_tells_of_is_read_at_once(stall: Stall) -> None:
    stall.world.allegro.set_stock(stall.link().offer_id, 3)
    run = stall.tick(minutes=10)
    assert stall.calls() == {"events": 1, "offer": 1}
    assert [change.result for change in run.changes] == [Result.DONE]
    assert (stall.link().listed_quantity, stall.due()) == (3, {stall.link().offer_id})
    assert stall.tick(minutes=10).seen == 0
    assert stall.calls() == {"events": 1}


def test_a_change_that_the_journal_kept_to_itself_is_found_within_the_hour(stall: Stall) -> None:
    stall.world.allegro.faults.switch_on("offer_events_drop")
    stall.world.allegro.set_stock(stall.link().offer_id, 3)
    stall.tick(minutes=10)
    stall.tick(minutes=55)
    assert stall.calls() == {"events": 1, "list": 1, "offer": 1}
    assert stall.link().listed_quantity == 3


def test_a_service_that_stood_still_for_a_day_looks_at_everything_and_begins_the_journal_anew(stall: Stall) -> None:
    stall.world.allegro.set_stock(stall.link().offer_id, 3)
    stall.tick(hours=30)
    assert stall.calls() == {"events": 1, "list": 1, "offer": 1}
    stall.world.allegro.set_stock(stall.link().offer_id, 2)
    stall.tick(minutes=10)
    assert (stall.calls(), stall.link().listed_quantity) == ({"events": 1, "offer": 1}, 2)


@pytest.mark.parametrize(("by", "ended_by"), [("EMPTY_STOCK", EndedBy.EMPTY_STOCK), ("ADMIN", EndedBy.ADMIN)])
@pytest.mark.parametrize("in_journal", [True, False])
def test_who_ended_an_offer_and_when_is_found_out(
    stall: Stall, by: Author, ended_by: EndedBy, in_journal: bool
) -> None:
    offer_id = stall.link().offer_id
    stall.wait(minutes=10)
    at = stall.services.now()
    stall.world.allegro.end_offer(offer_id, by)
    stall.tick(minutes=1 if in_journal else 70)
    link = stall.link()
    assert (link.offer_status, link.ended_by) == (OfferStatus.ENDED, ended_by)
    assert link.ended_at is not None
    assert abs(link.ended_at - at) < timedelta(seconds=5)
    # The journal's word for when it ended saves asking the list.
    assert stall.calls() == ({"events": 1, "offer": 1} if in_journal else {"list": 1, "offer": 1})
    stall.run()
    assert stall.calls() == {"list": 1}


def test_a_dry_run_tells_and_stores_nothing(stall: Stall) -> None:
    stall.world.allegro.set_stock(stall.link().offer_id, 3)
    run = stall.run(dry_run=True)
    assert [change.result for change in run.changes] == [Result.PLANNED]
    assert (stall.link().listed_quantity, stall.due()) == (24, set())
    assert stall.run().done == 1


def test_a_list_that_shows_none_of_the_linked_offers_changes_nothing(stall: Stall) -> None:
    stall.world.allegro.faults.switch_on("offers_page_shifted", by=len(GOODS))
    before = [stall.link(good.sku) for good in GOODS]
    run = stall.run()
    assert [change.result for change in run.changes] == [Result.SKIPPED]
    assert [stall.link(good.sku) for good in GOODS] == before
    assert "offer" not in stall.calls()


def test_an_archived_offer_is_told_of_until_it_is_back_and_keeps_its_link_until_another_takes_its_place(
    stall: Stall,
) -> None:
    offer_id = stall.link().offer_id
    stall.world.allegro.end_offer(offer_id, "EMPTY_STOCK")
    stall.world.allegro.end_offer(stall.link("KUB-002").offer_id)  # which the seller does not miss
    stall.run()
    switch(stall.services, stall.account, auto_resume=True)
    stall.wait(days=46)
    stall.run()
    [alert] = stall.alerts()
    assert (alert.kind, offer_id in alert.title) == ("relist_ends_soon", True)
    stall.wait(days=15)
    stall.run()
    assert {stall.link(sku).offer_status for sku in ("KUB-001", "KUB-002")} == {OfferStatus.ARCHIVED}
    assert [(alert.kind, alert.subject) for alert in stall.alerts()] == [("offer_archived", offer_id)]
    stall.world.allegro.offer(offer_id).archived_at = None
    stall.run()
    assert (stall.link().offer_status, stall.alerts()) == (OfferStatus.ENDED, [])
    again = stall.world.allegro.add_offer("Kubek", Decimal("39.99"), external_id="KUB-001")
    stall.run()
    assert (stall.link().offer_id, stall.link().former_offer_ids) == (again, (offer_id,))
    assert stall.alerts() == []
    stall.calls()
    stall.run()
    assert stall.calls() == {"list": 1}


def test_a_renewed_offer_keeps_its_link_and_wakes_the_orders_that_wait_for_it(stall: Stall) -> None:
    renewed = stall.world.allegro.renew_offer(stall.link().offer_id)
    bought = Reservation("line-1", "order-1", renewed, 1, ReservationState.OPEN)
    with stall.services.database.transaction() as session:
        reservations.settle(session, stall.account, [bought], now=stall.services.now())
    assert stall.run().failed == 0
    link = stall.link()
    assert (link.offer_id, link.offer_status, link.listed_quantity) == (renewed, OfferStatus.ACTIVE, 24)
    assert stall.due() == {renewed}
    with stall.services.database.reading() as session:
        awake = order_log.due(session, stall.account, now=stall.services.now())
    assert [entry.order_id for entry in awake] == ["order-1"]


def test_an_offer_that_renews_itself_is_told_of_until_that_is_switched_off(stall: Stall) -> None:
    offer = stall.world.allegro.offer(stall.link().offer_id)
    offer.republish = True
    stall.world.allegro.set_stock(offer.id, 3)
    stall.run()
    assert [(alert.kind, alert.subject) for alert in stall.alerts()] == [("offer_republishes", offer.id)]
    offer.republish = False
    stall.run()
    assert stall.alerts() == []


def test_another_program_that_writes_again_and_again_is_told_of_until_it_rests_for_a_day(stall: Stall) -> None:
    offer_id = stall.link().offer_id
    stall.say(24)
    stall.wait(minutes=10)
    stall.world.allegro.set_stock(offer_id, 7)
    [change] = stall.tick(minutes=1).changes
    assert "another program" in change.why
    assert stall.alerts() == []
    stall.say(24, is_correction=True)
    stall.wait(minutes=10)
    stall.world.allegro.set_stock(offer_id, 9)
    stall.run()
    [alert] = stall.alerts()
    assert (alert.kind, alert.subject) == ("foreign_writer", offer_id)
    assert "9 pieces, and ours were 24" in alert.title
    stall.wait(hours=23)
    stall.run()
    assert len(stall.alerts()) == 1
    stall.wait(hours=2)
    stall.run()
    assert stall.alerts() == []


def test_a_sale_is_no_foreign_change(stall: Stall) -> None:
    switch(stall.services, stall.account, import_orders=True, import_orders_from=stall.services.now())
    stall.run("orders")
    stall.say(24, is_correction=True)
    stall.wait(minutes=10)
    stall.world.allegro.buy(Line(stall.link().offer_id, quantity=2))
    stall.run("orders")
    # The order's arrival has told already what the offer shows since.
    assert stall.link().listed_quantity == 22
    assert (stall.run().changes, stall.link().listed_quantity, stall.alerts()) == ((), 22, [])


def test_of_many_doubted_offers_only_those_that_the_list_shows_otherwise_are_read(stall: Stall) -> None:
    for number in range(25):
        offer_id = stall.world.allegro.add_offer(f"Kubek {number}", Decimal("5.00"), stock=9 if number else 4)
        stall.add_link(
            offer_id,
            offer_status=OfferStatus.ACTIVE,
            listed_quantity=9,
            listed_price=Money(Decimal("5.00"), "PLN"),
            doubted_at=stall.services.now(),
        )
    read: dict[int, OfferLink] = {}

    def look(context: JobContext) -> None:
        with context.database.reading() as session:
            links = [link for link in offer_links.of_account(session, stall.account) if link.doubted_at]
        read.update(read_again(context, context.lines.allegro(context.one_account), links))

    stall.give(look)
    assert stall.run().error == ""
    assert stall.calls() == {"list": 1, "offer": 1}
    assert sorted(link.listed_quantity or 0 for link in read.values()) == [4, *[9] * 24]
    assert all(link.doubted_at is None and link.listed_at for link in read.values())


def test_an_offer_that_cannot_be_read_stays_doubted_and_the_others_go_on(stall: Stall) -> None:
    odd = stall.world.allegro.offer(stall.world.allegro.add_offer("Kubek", Decimal("5.00")))
    odd.id = "no number"
    stall.world.allegro.offers[odd.id] = odd
    stall.add_link(odd.id, offer_status=OfferStatus.ACTIVE, listed_quantity=10)
    stall.world.allegro.set_stock(odd.id, 3)
    stall.world.allegro.set_stock(stall.link().offer_id, 3)
    run = stall.tick(minutes=10)
    assert (run.done, run.failed) == (1, 1)
    assert stall.link().listed_quantity == 3
    with stall.services.database.reading() as session:
        assert offer_links.of_offers(session, stall.account, [odd.id])[odd.id].doubted_at is not None


def test_more_than_can_be_read_in_one_run_have_their_turn_in_the_next(stall: Stall) -> None:
    links = [OfferLink(0, stall.account, f"no number {number}", 11) for number in range(MOST_READ + 1)]
    with stall.services.database.transaction() as session:
        offer_links.add_all(session, links, now=stall.services.now())
    stall.tick(minutes=61)
    assert stall.calls() == {"list": 1}
    run = stall.tick(minutes=10)
    assert (stall.calls(), run.failed) == ({"list": 1}, MOST_READ)
