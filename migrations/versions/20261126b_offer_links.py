"""offer links"""

import sqlalchemy as sa
from alembic import op

revision = "20261126b"
down_revision = "20261126"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("variation_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("offer_status", sa.Text(), nullable=False),
        sa.Column("units_per_offer", sa.Integer(), nullable=False),
        sa.Column("sync_stock", sa.Boolean(), nullable=False),
        sa.Column("sync_price", sa.Boolean(), nullable=False),
        sa.Column("relist", sa.Text(), nullable=False),
        sa.Column("listed_quantity", sa.Integer(), nullable=True),
        sa.Column("listed_price", sa.Text(), nullable=False),
        sa.Column("listed_currency", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bidders", sa.Integer(), nullable=True),
        sa.Column("fulfilled_by_allegro", sa.Boolean(), nullable=False),
        sa.Column("restocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_offer_links_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_links")),
        sa.UniqueConstraint("account_id", "offer_id", name=op.f("uq_offer_links_account_id_offer_id")),
    )
    op.create_index("ix_offer_links_product_id", "offer_links", ["product_id"])
    op.create_table(
        "former_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_former_offers_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["offer_links.id"], name=op.f("fk_former_offers_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_offers")),
        sa.UniqueConstraint("account_id", "offer_id", name=op.f("uq_former_offers_account_id_offer_id")),
    )
    op.create_index("ix_former_offers_link_id", "former_offers", ["link_id"])


def downgrade() -> None:
    op.drop_table("former_offers")
    op.drop_table("offer_links")
