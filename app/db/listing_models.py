"""The tables about listing: Allegro's categories, and how the store's goods map to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base, account_key


class CategoryRow(Base):
    """A category of Allegro as it was last read; production and sandbox have a tree each.

    `children_read_at` is when its own children were last read, null while they are not known.
    """

    __tablename__ = "allegro_categories"
    __table_args__ = (Index("ix_allegro_categories_parent", "environment", "parent_id"),)

    environment: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    # As names are compared: not every database knows Polish capitals.
    name_key: Mapped[str]
    parent_id: Mapped[str]
    leaf: Mapped[bool]
    allows_new_products: Mapped[bool]
    children_read_at: Mapped[datetime | None]


class CategoryTreeRow(Base):
    """How far the tree of an environment is known. `event_id` is the last one read of its changes."""

    __tablename__ = "category_trees"

    environment: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    events_read_at: Mapped[datetime | None]
    top_read_at: Mapped[datetime | None]


class CategoryParametersRow(Base):
    """The parameters of a category as they were last read."""

    __tablename__ = "category_parameters"

    environment: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[str] = mapped_column(primary_key=True)
    parameters: Mapped[list[Any]]
    read_at: Mapped[datetime]


class DefaultCategoryRow(Base):
    """A category that the account lists in. `removed_at`: Allegro has it no more, and nothing took its place."""

    __tablename__ = "default_categories"

    account_id: Mapped[int] = account_key(primary_key=True)
    category_id: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class CategoryMappingRow(Base):
    """In which category the account lists the goods of a category of the store."""

    __tablename__ = "category_mappings"

    account_id: Mapped[int] = account_key(primary_key=True)
    store_category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    category_id: Mapped[str]


class AttributeMappingRow(Base):
    """Where the value of a category's parameter comes from, for an account."""

    __tablename__ = "attribute_mappings"

    account_id: Mapped[int] = account_key(primary_key=True)
    category_id: Mapped[str] = mapped_column(primary_key=True)
    parameter_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    attribute: Mapped[str]
    default: Mapped[str]
    value: Mapped[str]


class ListingTemplateRow(Base):
    """What the offers that are listed with it have in common."""

    __tablename__ = "listing_templates"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    name: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    price_modifier_percent: Mapped[str]
    duration: Mapped[str]
    shipping_rates_id: Mapped[str]
    handling_time: Mapped[str]
    return_policy_id: Mapped[str]
    implied_warranty_id: Mapped[str]
    warranty_id: Mapped[str]
    invoice: Mapped[str]
    responsible_producer_id: Mapped[str]
    responsible_person_id: Mapped[str]
    safety_information: Mapped[str]
    publish: Mapped[bool]
    created_at: Mapped[datetime]


class ListingRow(Base):
    """Items that were to be listed, and what became of them. The index makes a second open one of an item impossible.

    `errors` are pairs of field and message. `run_id` names the run that it was asked for with, which is forgotten
    before it.
    """

    __tablename__ = "listings"
    __table_args__ = (
        Index(
            "uq_listings_open",
            "account_id",
            "product_id",
            "variation_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'waiting')"),
            sqlite_where=text("state IN ('queued', 'waiting')"),
        ),
        Index("ix_listings_due", "account_id", "due_at"),
        Index("ix_listings_run", "run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    run_id: Mapped[int | None]
    product_id: Mapped[int]
    variation_id: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("listing_templates.id", ondelete="SET NULL"))
    external_id: Mapped[str]
    catalogue_id: Mapped[str]
    publish: Mapped[bool]
    offer_id: Mapped[str]
    state: Mapped[str]
    errors: Mapped[list[Any]]
    notes: Mapped[list[Any]]
    sent_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    operation_id: Mapped[str]
    asks_since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class UploadedImageRow(Base):
    """Pictures of the store that Allegro has, so that each is sent once. It forgets one that no offer shows."""

    __tablename__ = "uploaded_images"

    account_id: Mapped[int] = account_key(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    expires_at: Mapped[datetime | None]
