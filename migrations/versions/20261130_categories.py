"""categories: Allegro's tree, what the accounts list in, and how the store's goods map to it"""

import sqlalchemy as sa
from alembic import op

revision = "20261130"
down_revision = "20261129"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_TEMPLATE_TEXTS = (
    "name",
    "title",
    "description",
    "price_modifier_percent",
    "duration",
    "shipping_rates_id",
    "handling_time",
    "return_policy_id",
    "implied_warranty_id",
    "warranty_id",
    "invoice",
    "responsible_producer_id",
    "responsible_person_id",
    "safety_information",
)


def _of_account(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "allegro_categories",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=False),
        sa.Column("leaf", sa.Boolean(), nullable=False),
        sa.Column("allows_new_products", sa.Boolean(), nullable=False),
        sa.Column("children_read_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("environment", "id", name=op.f("pk_allegro_categories")),
    )
    op.create_index("ix_allegro_categories_parent", "allegro_categories", ["environment", "parent_id"])
    op.create_table(
        "category_trees",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("events_read_at", _TIME, nullable=True),
        sa.Column("top_read_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("environment", name=op.f("pk_category_trees")),
    )
    op.create_table(
        "category_parameters",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("environment", "category_id", name=op.f("pk_category_parameters")),
    )
    op.create_table(
        "default_categories",
        *_of_account("default_categories"),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("removed_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "category_id", name=op.f("pk_default_categories")),
    )
    op.create_table(
        "category_mappings",
        *_of_account("category_mappings"),
        sa.Column("store_category_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "store_category_id", name=op.f("pk_category_mappings")),
    )
    op.create_table(
        "attribute_mappings",
        *_of_account("attribute_mappings"),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("parameter_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("default", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "category_id", "parameter_id", name=op.f("pk_attribute_mappings")),
    )
    op.create_table(
        "listing_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_account("listing_templates"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEMPLATE_TEXTS),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_templates")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_listing_templates_account_id_name")),
    )


def downgrade() -> None:
    for name in (
        "listing_templates",
        "attribute_mappings",
        "category_mappings",
        "default_categories",
        "category_parameters",
        "category_trees",
        "allegro_categories",
    ):
        op.drop_table(name)
