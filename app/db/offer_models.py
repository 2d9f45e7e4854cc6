"""The tables about offers: what they sell, what was sent to them, and what waits for the seller."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base, account_key


class OfferLinkRow(Base):
    """An offer and what it sells. `offer_id` changes when Allegro renews the offer under another id."""

    __tablename__ = "offer_links"
    __table_args__ = (UniqueConstraint("account_id", "offer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    offer_id: Mapped[str]
    product_id: Mapped[int] = mapped_column(index=True)
    variation_id: Mapped[int]
    sku: Mapped[str]
    title: Mapped[str]
    external_id: Mapped[str]
    format: Mapped[str]
    offer_status: Mapped[str]
    units_per_offer: Mapped[int]
    sync_stock: Mapped[bool]
    sync_price: Mapped[bool]
    relist: Mapped[str]
    listed_quantity: Mapped[int | None]
    listed_price: Mapped[str]
    listed_currency: Mapped[str]
    ended_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    end_sent_at: Mapped[datetime | None]
    bidders: Mapped[int | None]
    fulfilled_by_allegro: Mapped[bool]
    restocked_at: Mapped[datetime | None]
    duration: Mapped[str | None]
    listed_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    foreign_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    # When a sale in the store begins or ends.
    price_due_at: Mapped[datetime | None] = mapped_column(index=True)
    marketplace: Mapped[str]
    rule_id: Mapped[str]
    campaign: Mapped[str]
    agreed_price: Mapped[str]
    agreed_store_price: Mapped[str]
    agreed_currency: Mapped[str]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class FormerOfferRow(Base):
    """Offers that Allegro has renewed under another id; a purchase of them is one of the link's goods all the same."""

    __tablename__ = "former_offers"
    __table_args__ = (UniqueConstraint("account_id", "offer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    offer_id: Mapped[str]
    link_id: Mapped[int] = mapped_column(ForeignKey("offer_links.id", ondelete="CASCADE"), index=True)


class LedgerRow(Base):
    """Values sent to an offer, one row per intent, and what became of each.

    The rows of one command share its `command_id`; an edit has none.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_link", "link_id", "id"),
        Index(
            "ix_ledger_unsettled",
            "account_id",
            postgresql_where=text("fate IN ('intent', 'sent')"),
            sqlite_where=text("fate IN ('intent', 'sent')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    link_id: Mapped[int] = mapped_column(ForeignKey("offer_links.id", ondelete="CASCADE"))
    offer_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str]
    before: Mapped[str]
    quantity: Mapped[int | None]
    price: Mapped[str]
    currency: Mapped[str]
    price_before: Mapped[str]
    publication: Mapped[str]
    reason: Mapped[str]
    is_correction: Mapped[bool]
    way: Mapped[str]
    command_id: Mapped[str] = mapped_column(index=True)
    fate: Mapped[str]
    detail: Mapped[str]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class PendingActionRow(Base):
    """An ending or a relisting that waits for the seller. An offer has at most one that waits or is decided on."""

    __tablename__ = "pending_actions"
    __table_args__ = (
        Index(
            "uq_pending_actions_open",
            "link_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key(index=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("offer_links.id", ondelete="CASCADE"))
    offer_id: Mapped[str]
    action: Mapped[str]
    quantity: Mapped[int]
    reason: Mapped[str]
    asked_by: Mapped[str]
    state: Mapped[str]
    detail: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class HeldPriceRow(Base):
    """A price that was not sent because it needs a person. An offer has at most one that is open."""

    __tablename__ = "held_prices"
    __table_args__ = (
        Index(
            "uq_held_prices_open",
            "link_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key(index=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("offer_links.id", ondelete="CASCADE"))
    offer_id: Mapped[str]
    side: Mapped[str]
    before: Mapped[str]
    before_currency: Mapped[str]
    price: Mapped[str]
    currency: Mapped[str]
    reason: Mapped[str]
    releasable: Mapped[bool]
    state: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class OfferWatchRow(Base):
    """How far the account's offers have been looked at. `event_id` is the last one read of their journal."""

    __tablename__ = "offer_watches"

    account_id: Mapped[int] = account_key(primary_key=True)
    event_id: Mapped[str]
    events_read_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    stock_read_at: Mapped[datetime | None]
    bulk_refused_at: Mapped[datetime | None]
    prices_read_at: Mapped[datetime | None]
    rules_read_at: Mapped[datetime | None]
    campaigns_read_at: Mapped[datetime | None]
