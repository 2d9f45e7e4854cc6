"""Listings: items of the store that are to become offers, and what became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.db.engine import in_parts, insert_unless_there
from app.db.listing_models import ListingRow, UploadedImageRow
from app.domain.listings import Listing, ListingState
from app.domain.new_offers import FieldError, UploadedImage
from app.errors import BridgeError

_OPEN = (ListingState.QUEUED, ListingState.WAITING)


class ListingNotFound(BridgeError):
    """There is no listing with this id."""


def add(session: Session, listings: Sequence[Listing], *, now: datetime) -> list[Listing]:
    """Store these, each due at once, and return them with their ids. An item with an open listing keeps that one."""
    wanted = {_item(each): replace(each, due_at=now) for each in listings}
    found = _open(session, wanted)
    # One that is open may come to its end before it can be read.
    while missing := {item: each for item, each in wanted.items() if item not in found}:
        for some in in_parts(missing.values()):
            insert_unless_there(session, ListingRow, *(_values(each) | {"created_at": now} for each in some))
        found |= _open(session, missing)
    return [found[_item(each)] for each in listings]


_Item = tuple[int, int, int]


def _item(listing: Listing) -> _Item:
    return listing.account_id, listing.product_id, listing.variation_id


def _open(session: Session, items: Collection[_Item]) -> dict[_Item, Listing]:
    """The open listings of these items."""
    found: dict[_Item, Listing] = {}
    for account_id in {account_id for account_id, _, _ in items}:
        for some in in_parts({product_id for _, product_id, _ in items}):
            which = (ListingRow.account_id == account_id, ListingRow.product_id.in_(some), ListingRow.state.in_(_OPEN))
            rows = session.execute(select(ListingRow).where(*which)).scalars()
            found |= {_item(each): each for each in map(_listing, rows)}
    return found


def save(session: Session, listing: Listing) -> None:
    """Store the listing as it is now. Raises `ListingNotFound`."""
    row = session.get(ListingRow, listing.id, with_for_update=True)
    if row is None:
        raise ListingNotFound(f"There is no listing {listing.id}.")
    for name, value in _values(listing).items():
        setattr(row, name, value)


def get(session: Session, listing_id: int) -> Listing:
    """Raises `ListingNotFound`."""
    row = session.get(ListingRow, listing_id)
    if row is None:
        raise ListingNotFound(f"There is no listing {listing_id}.")
    return _listing(row)


def page(
    session: Session,
    account_id: int,
    *,
    before_id: int | None,
    limit: int,
    run_id: int | None = None,
    state: ListingState | None = None,
) -> Sequence[Listing]:
    """Listings of the account, newest first; of one run, and in one state, where these are given."""
    statement = select(ListingRow).where(ListingRow.account_id == account_id)
    if before_id is not None:
        statement = statement.where(ListingRow.id < before_id)
    if run_id is not None:
        statement = statement.where(ListingRow.run_id == run_id)
    if state is not None:
        statement = statement.where(ListingRow.state == state)
    rows = session.execute(statement.order_by(ListingRow.id.desc()).limit(limit)).scalars()
    return [_listing(row) for row in rows]


def count_by_state(session: Session, account_id: int, run_id: int | None) -> dict[ListingState, int]:
    """How many of the account, or of one run, are in each state."""
    statement = select(ListingRow.state, func.count()).where(ListingRow.account_id == account_id)
    if run_id is not None:
        statement = statement.where(ListingRow.run_id == run_id)
    counted = session.execute(statement.group_by(ListingRow.state)).all()
    return {ListingState(state): count for state, count in counted}


def due(session: Session, account_id: int, *, now: datetime, limit: int) -> list[Listing]:
    """Open ones of the account that have their turn now, the longest waiting first."""
    statement = select(ListingRow).where(ListingRow.account_id == account_id, _is_due(now))
    rows = session.execute(statement.order_by(ListingRow.due_at, ListingRow.id).limit(limit)).scalars()
    return [_listing(row) for row in rows]


def is_any_due(session: Session, account_id: int, *, now: datetime) -> bool:
    statement = select(ListingRow.id).where(ListingRow.account_id == account_id, _is_due(now))
    return session.execute(statement.limit(1)).first() is not None


def sent(session: Session, account_id: int, external_ids: Collection[str]) -> dict[str, set[int]]:
    """The ids of the account's open listings whose offer was sent and may be there unseen, by their mark."""
    found: dict[str, set[int]] = {}
    for some in in_parts(external_ids):
        statement = select(ListingRow.external_id, ListingRow.id).where(
            ListingRow.account_id == account_id,
            ListingRow.external_id.in_(some),
            ListingRow.state.in_(_OPEN),
            ListingRow.sent_at.is_not(None),
        )
        for mark, listing_id in session.execute(statement):
            found.setdefault(mark, set()).add(listing_id)
    return found


def offers_made(session: Session, account_id: int, product_id: int, variation_id: int) -> set[str]:
    """The ids of offers that were made, or taken over, for this item."""
    statement = select(ListingRow.offer_id).where(
        ListingRow.account_id == account_id,
        ListingRow.product_id == product_id,
        ListingRow.variation_id == variation_id,
        ListingRow.offer_id != "",
    )
    return set(session.execute(statement).scalars())


def images(session: Session, account_id: int, sources: Iterable[str], *, until: datetime | None) -> dict[str, str]:
    """The addresses at Allegro of those of the store's pictures that it has and will have until then; None: that it was
    ever sent, some of which only an offer that shows them may have kept."""
    found: dict[str, str] = {}
    for some in in_parts(list(sources)):
        statement = select(UploadedImageRow.source, UploadedImageRow.url).where(
            UploadedImageRow.account_id == account_id, UploadedImageRow.source.in_(some)
        )
        if until is not None:
            still_there = or_(UploadedImageRow.expires_at.is_(None), UploadedImageRow.expires_at > until)
            statement = statement.where(still_there)
        found |= {row.source: row.url for row in session.execute(statement)}
    return found


def remember_images(session: Session, account_id: int, uploaded: Mapping[str, UploadedImage]) -> None:
    """Store what Allegro has now, by the pictures' addresses in the store."""
    for source, image in uploaded.items():
        row = session.get(UploadedImageRow, (account_id, source))
        if row is None:
            row = UploadedImageRow(account_id=account_id, source=source)
            session.add(row)
        row.url, row.expires_at = image.url, image.expires_at


def _is_due(now: datetime) -> ColumnElement[bool]:
    return ListingRow.state.in_(_OPEN) & (ListingRow.due_at <= now)


def _values(listing: Listing) -> dict[str, Any]:
    return {
        "account_id": listing.account_id,
        "run_id": listing.run_id,
        "product_id": listing.product_id,
        "variation_id": listing.variation_id,
        "sku": listing.sku,
        "name": listing.name,
        "template_id": listing.template_id,
        "external_id": listing.external_id,
        "catalogue_id": listing.catalogue_id,
        "publish": listing.publish,
        "offer_id": listing.offer_id,
        "state": listing.state,
        "errors": [[error.field, error.message] for error in listing.errors],
        "notes": list(listing.notes),
        "sent_at": listing.sent_at,
        "lost_at": listing.lost_at,
        "operation_id": listing.operation_id,
        "asks_since": listing.asks_since,
        "due_at": listing.due_at,
        "finished_at": listing.finished_at,
    }


def _listing(row: ListingRow) -> Listing:
    return Listing(
        id=row.id,
        account_id=row.account_id,
        run_id=row.run_id,
        product_id=row.product_id,
        variation_id=row.variation_id,
        sku=row.sku,
        name=row.name,
        template_id=row.template_id,
        external_id=row.external_id,
        catalogue_id=row.catalogue_id,
        publish=row.publish,
        offer_id=row.offer_id,
        state=ListingState(row.state),
        errors=tuple(FieldError(field, message) for field, message in row.errors),
        notes=tuple(row.notes),
        sent_at=row.sent_at,
        lost_at=row.lost_at,
        operation_id=row.operation_id,
        asks_since=row.asks_since,
        due_at=row.due_at,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
