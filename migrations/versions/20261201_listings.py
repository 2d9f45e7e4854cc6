"""listings: items of the store that are to become offers, and the pictures that Allegro has for them"""

import sqlalchemy as sa
from alembic import op

revision = "20261201"
down_revision = "20261130"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_OPEN = sa.text("state IN ('queued', 'waiting')")


def _of_account(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_account("listings"),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("variation_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("catalogue_id", sa.Text(), nullable=False),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("lost_at", _TIME, nullable=True),
        sa.Column("operation_id", sa.Text(), nullable=False),
        sa.Column("asks_since", _TIME, nullable=True),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["listing_templates.id"], name=op.f("fk_listings_template_id"), ondelete="SET NULL"
        ),
    )
    op.create_index(
        "uq_listings_open",
        "listings",
        ["account_id", "product_id", "variation_id"],
        unique=True,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_index("ix_listings_due", "listings", ["account_id", "due_at"])
    op.create_index("ix_listings_run", "listings", ["run_id"])
    op.create_table(
        "uploaded_images",
        *_of_account("uploaded_images"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "source", name=op.f("pk_uploaded_images")),
    )


def downgrade() -> None:
    op.drop_table("uploaded_images")
    for name in ("ix_listings_run", "ix_listings_due", "uq_listings_open"):
        op.drop_index(name, table_name="listings")
    op.drop_table("listings")
