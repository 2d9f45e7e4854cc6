"""Offer links: which offer sells which product."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from app.db import agreements
from app.db.engine import in_parts, insert_unless_there
from app.db.offer_models import FormerOfferRow, OfferLinkRow
from app.domain.links import OfferLink, Relist
from app.domain.money import Money
from app.domain.offers import EndedBy, OfferFormat, OfferStatus
from app.errors import BridgeError

# What Allegro says of an offer.
_READ = (
    "title",
    "external_id",
    "format",
    "offer_status",
    "listed_quantity",
    "listed_price",
    "listed_currency",
    "ended_by",
    "ended_at",
    "bidders",
    "fulfilled_by_allegro",
    "duration",
    "listed_at",
    "marketplace",
    "rule_id",
)


class LinkNotFound(BridgeError):
    """There is no offer link with this id."""


class OfferLinked(BridgeError):
    """The offer has a link already."""


def add(session: Session, link: OfferLink, *, now: datetime) -> OfferLink:
    """Store a new link and return it with its id. Raises `OfferLinked`."""
    if not insert_unless_there(session, OfferLinkRow, _new(link, now)):
        raise OfferLinked(
            f"Offer {link.offer_id} has a link already. Change that one, or delete it before you link it anew."
        )
    found = of_offers(session, link.account_id, [link.offer_id])
    return found[link.offer_id]


def save(session: Session, link: OfferLink, *, now: datetime, was_read: bool = False) -> None:
    """Store the link as it is now; `was_read`: its offer was just read. Raises `LinkNotFound`."""
    row = _row(session, link.id)
    for name, value in _values(link).items():
        setattr(row, name, value)
    if was_read:
        row.checked_at = now
    former = [{"account_id": link.account_id, "offer_id": each, "link_id": link.id} for each in link.former_offer_ids]
    insert_unless_there(session, FormerOfferRow, *former)


def change(session: Session, link_id: int, values: Mapping[str, Any]) -> None:
    """Change what the seller chooses: units, switches, whether it may be relisted. Raises `LinkNotFound`."""
    row = _row(session, link_id)
    for name, value in values.items():
        setattr(row, name, value)


def record(session: Session, link_ids: Collection[int], **values: Any) -> None:
    """Store these values (columns' names) on these links and leave what else is stored of them."""
    for some in in_parts(link_ids):
        session.execute(update(OfferLinkRow).where(OfferLinkRow.id.in_(some)).values(**values))


def remove(session: Session, link_id: int) -> None:
    """Raises `LinkNotFound`. Neither the offer nor the product changes."""
    session.delete(_row(session, link_id))


def get(session: Session, link_id: int) -> OfferLink:
    """Raises `LinkNotFound`."""
    [link] = _links(session, [_row(session, link_id)])
    return link


def of_offers(session: Session, account_id: int, offer_ids: Collection[str]) -> dict[str, OfferLink]:
    """The links of these offers, by offer id; an offer that was renewed since has that of the offer that renews it."""
    wanted = list(offer_ids)
    renewed = dict(
        session.execute(
            select(FormerOfferRow.link_id, FormerOfferRow.offer_id).where(
                FormerOfferRow.account_id == account_id, FormerOfferRow.offer_id.in_(wanted)
            )
        ).all()
    )
    statement = select(OfferLinkRow).where(
        OfferLinkRow.account_id == account_id,
        or_(OfferLinkRow.offer_id.in_(wanted), OfferLinkRow.id.in_(list(renewed))),
    )
    found = {}
    for link in _links(session, session.execute(statement).scalars().all()):
        found[link.offer_id] = link
        found.update({offer_id: link for offer_id in link.former_offer_ids if offer_id in wanted})
    return {offer_id: found[offer_id] for offer_id in wanted if offer_id in found}


def of_goods(session: Session, account_id: int, store_ids: Collection[int]) -> dict[int, OfferLink]:
    """The account's newest link of each of these products and variations, by the store's id; an archived offer's only
    where there is no other."""
    found: dict[int, OfferLink] = {}
    for some in in_parts(store_ids):
        own_id = case((OfferLinkRow.variation_id != 0, OfferLinkRow.variation_id), else_=OfferLinkRow.product_id)
        statement = select(OfferLinkRow).where(OfferLinkRow.account_id == account_id, own_id.in_(some))
        links = _links(session, session.execute(statement.order_by(OfferLinkRow.id)).scalars().all())
        for link in sorted(links, key=lambda each: each.offer_status is not OfferStatus.ARCHIVED):
            found[link.store_id] = link
    return found


def marked(session: Session, account_id: int, external_ids: Collection[str]) -> dict[str, list[OfferLink]]:
    """The account's links of offers with these marks, by the mark, without archived offers."""
    found: dict[str, list[OfferLink]] = {}
    for some in in_parts(external_ids):
        statement = select(OfferLinkRow).where(
            OfferLinkRow.account_id == account_id,
            OfferLinkRow.external_id.in_(some),
            OfferLinkRow.offer_status != OfferStatus.ARCHIVED,
        )
        for link in _links(session, session.execute(statement.order_by(OfferLinkRow.id)).scalars().all()):
            found.setdefault(link.external_id, []).append(link)
    return found


def of_account(session: Session, account_id: int) -> Sequence[OfferLink]:
    """Every link of the account, oldest first."""
    statement = select(OfferLinkRow).where(OfferLinkRow.account_id == account_id).order_by(OfferLinkRow.id)
    return _links(session, session.execute(statement).scalars().all())


def by_ids(session: Session, link_ids: Collection[int]) -> dict[int, OfferLink]:
    """These links by id, as far as they still exist."""
    found: list[OfferLink] = []
    for some in in_parts(link_ids):
        statement = select(OfferLinkRow).where(OfferLinkRow.id.in_(some)).order_by(OfferLinkRow.id)
        found += _links(session, session.execute(statement).scalars().all())
    return {link.id: link for link in found}


def due(session: Session, account_id: int, *, now: datetime) -> list[int]:
    """The ids of the account's links that are to be looked at now."""
    statement = select(OfferLinkRow.id).where(OfferLinkRow.account_id == account_id, _is_due(now))
    return list(session.execute(statement.order_by(OfferLinkRow.id)).scalars())


def count_synced(session: Session, account_id: int) -> int:
    """How many of the account's links take part in stock sync."""
    statement = select(func.count()).select_from(OfferLinkRow)
    return session.execute(statement.where(OfferLinkRow.account_id == account_id, OfferLinkRow.sync_stock)).scalar_one()


def resting(session: Session, account_id: int, *, now: datetime) -> set[int]:
    """The ids of the account's links that have their turn later."""
    statement = select(OfferLinkRow.id).where(OfferLinkRow.account_id == account_id, OfferLinkRow.due_at > now)
    return set(session.execute(statement).scalars())


def hold(session: Session, account_id: int, offer_ids: Collection[str]) -> None:
    """Let nobody else change these links until the transaction ends."""
    statement = select(OfferLinkRow.id).where(
        OfferLinkRow.account_id == account_id, OfferLinkRow.offer_id.in_(list(offer_ids))
    )
    session.execute(statement.order_by(OfferLinkRow.id).with_for_update()).all()


def accounts_due(session: Session, *, now: datetime) -> set[int]:
    """The accounts that have links to be looked at now."""
    statement = select(OfferLinkRow.account_id).where(_is_due(now)).distinct()
    return set(session.execute(statement).scalars())


def make_due(session: Session, store_ids: Collection[int], *, at: datetime) -> int:
    """Have every account's links of these products and variations looked at from now (`at`) on; returns how many.

    The variations of a product are looked at with it: its stock may be theirs.
    """
    count = 0
    for some in in_parts(store_ids):
        which = or_(OfferLinkRow.product_id.in_(some), OfferLinkRow.variation_id.in_(some))
        count += _make_due(session, which, at)
    return count


def make_all_due(session: Session, account_id: int, *, at: datetime) -> int:
    """Have all links of the account looked at from now (`at`) on; returns how many there are."""
    return _make_due(session, OfferLinkRow.account_id == account_id, at)


def doubt(session: Session, link_ids: Collection[int], *, now: datetime, due_at: datetime | None = None) -> None:
    """What is stored of these offers may be wrong: have them read and looked at, at once or at `due_at`."""
    wanted = due_at or now
    # An earlier turn stays: something else has changed meanwhile.
    turn = case((OfferLinkRow.due_at < wanted, OfferLinkRow.due_at), else_=wanted)
    for some in in_parts(link_ids):
        session.execute(update(OfferLinkRow).where(OfferLinkRow.id.in_(some)).values(doubted_at=now, due_at=turn))


def note_checked(session: Session, link_ids: Collection[int], *, now: datetime) -> None:
    """The list shows of these offers what is known of them."""
    for some in in_parts(link_ids):
        session.execute(
            update(OfferLinkRow)
            .where(OfferLinkRow.id.in_(some))
            .values(checked_at=now, listed_at=func.coalesce(OfferLinkRow.listed_at, now))
        )


def note_read(session: Session, link: OfferLink, *, now: datetime, due: bool) -> bool:
    """Store what was read of the offer; returns whether it was. `due`: have the link looked at.

    Not stored is what another run has overtaken, which read the offer later, wrote to it, or has doubts since. What the
    seller chooses is left alone.
    """
    values = _values(link)
    row = OfferLinkRow
    later = [row.listed_at.is_(None)] + ([row.listed_at <= link.listed_at] if link.listed_at else [])
    doubted = [row.doubted_at.is_(None)] + ([row.doubted_at <= link.listed_at] if link.listed_at else [])
    stored = session.execute(
        update(row)
        .where(row.id == link.id, row.offer_id == link.offer_id, or_(*later), or_(*doubted))
        .values({name: values[name] for name in _READ} | {"checked_at": now, "doubted_at": None})
        .returning(row.id)
    ).first()
    if stored is not None and due:
        _make_due(session, row.id == link.id, now)
    return stored is not None


def settle_due(session: Session, link_ids: Collection[int], *, seen_at: datetime, again_at: datetime | None) -> None:
    """These links were looked at with all that was known at `seen_at`; what came later still has its turn."""
    its_turn = OfferLinkRow.due_at <= seen_at
    if again_at is not None:
        its_turn = or_(its_turn, OfferLinkRow.due_at.is_(None))
    for some in in_parts(link_ids):
        session.execute(update(OfferLinkRow).where(OfferLinkRow.id.in_(some), its_turn).values(due_at=again_at))
        # Whether a price was looked at or is none of ours any more: a moment that has passed asks for no other look.
        has_passed = OfferLinkRow.price_due_at <= seen_at
        session.execute(update(OfferLinkRow).where(OfferLinkRow.id.in_(some), has_passed).values(price_due_at=None))


def page(session: Session, account_id: int, *, after_id: int | None, limit: int) -> Sequence[OfferLink]:
    """Links of the account, oldest first."""
    statement = select(OfferLinkRow).where(OfferLinkRow.account_id == account_id)
    if after_id is not None:
        statement = statement.where(OfferLinkRow.id > after_id)
    return _links(session, session.execute(statement.order_by(OfferLinkRow.id).limit(limit)).scalars().all())


def out_of_stock_page(session: Session, account_id: int, *, after_id: int | None, limit: int) -> Sequence[OfferLink]:
    """Links of the account whose offers may have ended because their stock was gone, oldest first."""
    by_stock = OfferLinkRow.ended_by == EndedBy.EMPTY_STOCK
    by_us = and_(OfferLinkRow.ended_by == EndedBy.USER, OfferLinkRow.end_sent_at.is_not(None))
    statement = select(OfferLinkRow).where(
        OfferLinkRow.account_id == account_id,
        OfferLinkRow.offer_status.in_((OfferStatus.ENDED, OfferStatus.ARCHIVED)),
        OfferLinkRow.format == OfferFormat.BUY_NOW,
        or_(by_stock, by_us),
    )
    if after_id is not None:
        statement = statement.where(OfferLinkRow.id > after_id)
    return _links(session, session.execute(statement.order_by(OfferLinkRow.id).limit(limit)).scalars().all())


def add_all(session: Session, links: Iterable[OfferLink], *, now: datetime) -> int:
    """Store new links; an offer that has one meanwhile keeps it. Returns how many are new."""
    rows = [_new(link, now) for link in links]
    return sum(insert_unless_there(session, OfferLinkRow, *rows[at : at + 200]) for at in range(0, len(rows), 200))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(OfferLinkRow.due_at <= now, OfferLinkRow.price_due_at <= now)


def _make_due(session: Session, which: ColumnElement[bool], at: datetime) -> int:
    # Also those that are due already: a run that is looking at them may have read the product before it changed, and
    # what it settles is only what was due when it began.
    session.execute(update(OfferLinkRow).where(which).values(due_at=at))
    return session.execute(select(func.count()).select_from(OfferLinkRow).where(which)).scalar_one()


def _row(session: Session, link_id: int) -> OfferLinkRow:
    row = session.get(OfferLinkRow, link_id, with_for_update=True)
    if row is None:
        raise LinkNotFound(f"There is no offer link {link_id}.")
    return row


def _new(link: OfferLink, now: datetime) -> dict[str, Any]:
    return _values(link) | {"created_at": now, "checked_at": None, "due_at": now, "price_due_at": None}


def _values(link: OfferLink) -> dict[str, Any]:
    return {
        "account_id": link.account_id,
        "offer_id": link.offer_id,
        "product_id": link.product_id,
        "variation_id": link.variation_id,
        "sku": link.sku,
        "title": link.title,
        "external_id": link.external_id,
        "format": link.format,
        "offer_status": link.offer_status,
        "units_per_offer": link.units_per_offer,
        "sync_stock": link.sync_stock,
        "sync_price": link.sync_price,
        "relist": link.relist,
        "listed_quantity": link.listed_quantity,
        "listed_price": str(link.listed_price.amount) if link.listed_price else "",
        "listed_currency": link.listed_price.currency if link.listed_price else "",
        "ended_by": link.ended_by or "",
        "ended_at": link.ended_at,
        "end_sent_at": link.end_sent_at,
        "bidders": link.bidders,
        "fulfilled_by_allegro": link.fulfilled_by_allegro,
        "restocked_at": link.restocked_at,
        "duration": link.duration,
        "listed_at": link.listed_at,
        "doubted_at": link.doubted_at,
        "foreign_at": link.foreign_at,
        "marketplace": link.marketplace,
        "rule_id": link.rule_id,
        "campaign": link.campaign,
        **agreements.columns(link.agreed),
    }


def _links(session: Session, rows: Sequence[OfferLinkRow]) -> list[OfferLink]:
    former: dict[int, list[str]] = {}
    ids = [row.id for row in rows]
    for some in in_parts(ids):
        statement = select(FormerOfferRow).where(FormerOfferRow.link_id.in_(some)).order_by(FormerOfferRow.id)
        for each in session.execute(statement).scalars():
            former.setdefault(each.link_id, []).append(each.offer_id)
    return [_link(row, tuple(former.get(row.id, ()))) for row in rows]


def _link(row: OfferLinkRow, former: tuple[str, ...]) -> OfferLink:
    return OfferLink(
        id=row.id,
        account_id=row.account_id,
        offer_id=row.offer_id,
        product_id=row.product_id,
        variation_id=row.variation_id,
        sku=row.sku,
        title=row.title,
        external_id=row.external_id,
        format=OfferFormat(row.format),
        offer_status=OfferStatus(row.offer_status),
        units_per_offer=row.units_per_offer,
        sync_stock=row.sync_stock,
        sync_price=row.sync_price,
        relist=Relist(row.relist),
        listed_quantity=row.listed_quantity,
        listed_price=Money(Decimal(row.listed_price), row.listed_currency) if row.listed_price else None,
        ended_by=EndedBy(row.ended_by) if row.ended_by else None,
        ended_at=row.ended_at,
        end_sent_at=row.end_sent_at,
        bidders=row.bidders,
        fulfilled_by_allegro=row.fulfilled_by_allegro,
        former_offer_ids=former,
        restocked_at=row.restocked_at,
        duration=row.duration,
        listed_at=row.listed_at,
        doubted_at=row.doubted_at,
        foreign_at=row.foreign_at,
        marketplace=row.marketplace,
        rule_id=row.rule_id,
        campaign=row.campaign,
        agreed=agreements.read(row),
    )
