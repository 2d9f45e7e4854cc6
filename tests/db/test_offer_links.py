"""Links between offers and products."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.db import offer_links
from app.db.engine import Database
from app.db.offer_links import LinkNotFound, OfferLinked
from app.domain.links import OfferLink, Relist
from app.domain.money import Money
from app.domain.offers import EndedBy, OfferFormat, OfferStatus
from tests.db.conftest import NOW, add_account

_PLAIN = OfferLink(id=0, account_id=0, offer_id="7001", product_id=11)


def _add(database: Database, link: OfferLink) -> OfferLink:
    with database.transaction() as session:
        return offer_links.add(session, link, now=NOW)


def test_a_link_is_kept_with_all_that_is_known_of_its_offer(database: Database, account_id: int) -> None:
    link = OfferLink(
        id=0,
        account_id=account_id,
        offer_id="7001",
        product_id=11,
        variation_id=12,
        sku="KUB-1",
        title="Kubek",
        external_id="KUB-1",
        format=OfferFormat.BUY_NOW,
        offer_status=OfferStatus.ENDED,
        units_per_offer=3,
        sync_stock=False,
        sync_price=False,
        relist=Relist.NEVER,
        listed_quantity=0,
        listed_price=Money(Decimal("39.99"), "PLN"),
        ended_by=EndedBy.EMPTY_STOCK,
        ended_at=NOW - timedelta(days=2),
        end_sent_at=NOW,
        bidders=2,
        fulfilled_by_allegro=True,
        restocked_at=NOW,
    )
    kept = _add(database, link)
    assert kept == replace(link, id=kept.id)
    with database.reading() as session:
        assert offer_links.get(session, kept.id) == kept


def test_an_offer_has_one_link_in_an_account_and_a_product_many(database: Database, account_id: int) -> None:
    other = add_account(database, "Other")
    link = replace(_PLAIN, account_id=account_id)
    first = _add(database, link)
    with pytest.raises(OfferLinked, match="7001"):
        _add(database, replace(link, product_id=99))
    second = _add(database, replace(link, offer_id="7002"))
    _add(database, replace(link, account_id=other))
    with database.reading() as session:
        assert offer_links.page(session, account_id, after_id=None, limit=10) == [first, second]
        assert offer_links.page(session, account_id, after_id=first.id, limit=10) == [second]


def test_a_purchase_of_an_offer_that_was_renewed_finds_the_link(database: Database, account_id: int) -> None:
    link = _add(database, replace(_PLAIN, account_id=account_id))
    for offer_id in ("7002", "7003"):
        link = link.moved_to(offer_id, title="Kubek", status=OfferStatus.ACTIVE)
        with database.transaction() as session:
            offer_links.save(session, link, now=NOW, was_read=True)
    with database.reading() as session:
        found = offer_links.of_offers(session, account_id, ["7001", "7002", "7003", "9999"])
    assert found == dict.fromkeys(["7001", "7002", "7003"], link)
    assert link.former_offer_ids == ("7001", "7002")


def test_many_links_are_added_at_once_and_those_that_are_there_stay(database: Database, account_id: int) -> None:
    there = _add(database, replace(_PLAIN, account_id=account_id))
    new = [replace(_PLAIN, account_id=account_id, offer_id=str(7001 + number), product_id=5) for number in range(1200)]
    with database.transaction() as session:
        assert offer_links.add_all(session, new, now=NOW) == 1199
    with database.reading() as session:
        assert len(offer_links.of_account(session, account_id)) == 1200
        assert offer_links.get(session, there.id) == there


def test_a_link_that_is_removed_is_gone_with_its_former_offers(database: Database, account_id: int) -> None:
    link = _add(database, replace(_PLAIN, account_id=account_id))
    with database.transaction() as session:
        offer_links.save(session, link.moved_to("7002", title="", status=OfferStatus.ACTIVE), now=NOW)
        offer_links.remove(session, link.id)
    with database.reading() as session:
        assert offer_links.of_offers(session, account_id, ["7001", "7002"]) == {}
        with pytest.raises(LinkNotFound, match=str(link.id)):
            offer_links.get(session, link.id)


def test_what_changes_while_a_link_is_looked_at_has_its_turn_afterwards(database: Database, account_id: int) -> None:
    link = _add(database, replace(_PLAIN, account_id=account_id))  # and is due from now on
    began, changed, later = (NOW + timedelta(seconds=seconds) for seconds in (1, 2, 3))
    with database.transaction() as session:
        assert offer_links.due(session, account_id, now=began) == [link.id]
        assert offer_links.make_due(session, [link.product_id], at=changed) == 1
        offer_links.settle_due(session, [link.id], seen_at=began, again_at=None)
        assert offer_links.due(session, account_id, now=later) == [link.id]
        offer_links.settle_due(session, [link.id], seen_at=later, again_at=None)
        assert offer_links.due(session, account_id, now=later) == []


def test_what_was_read_of_an_offer_leaves_alone_what_the_seller_chose_meanwhile(
    database: Database, account_id: int
) -> None:
    link = _add(database, replace(_PLAIN, account_id=account_id, doubted_at=NOW))
    read = replace(link, listed_quantity=4, listed_at=NOW, title="Kubek")
    with database.transaction() as session:
        offer_links.change(session, link.id, {"sync_stock": False, "units_per_offer": 3})
        assert offer_links.note_read(session, read, now=NOW, due=False)
        stored = offer_links.get(session, link.id)
    assert stored == replace(read, sync_stock=False, units_per_offer=3, doubted_at=None)


def test_a_look_at_the_list_dates_what_is_known_only_where_that_had_no_date(
    database: Database, account_id: int
) -> None:
    new = _add(database, replace(_PLAIN, account_id=account_id))
    old = _add(database, replace(_PLAIN, account_id=account_id, offer_id="7002", listed_at=NOW))
    later = NOW + timedelta(hours=1)
    with database.transaction() as session:
        offer_links.note_checked(session, [new.id, old.id], now=later)
        links = offer_links.by_ids(session, [new.id, old.id])
    assert [links[each.id].listed_at for each in (new, old)] == [later, NOW]


@pytest.mark.parametrize(
    "meanwhile",
    [{"listed_at": NOW + timedelta(seconds=1)}, {"doubted_at": NOW + timedelta(seconds=1)}, {"offer_id": "7002"}],
)
def test_what_was_read_is_not_stored_over_what_was_found_out_later(
    database: Database, account_id: int, meanwhile: dict[str, Any]
) -> None:
    link = _add(database, replace(_PLAIN, account_id=account_id, listed_quantity=7))
    with database.transaction() as session:
        offer_links.record(session, [link.id], **meanwhile)
        read = replace(link, listed_quantity=4, listed_at=NOW)
        assert not offer_links.note_read(session, read, now=NOW, due=True)
        assert offer_links.get(session, link.id).listed_quantity == 7
