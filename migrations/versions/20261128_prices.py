"""prices: what both sides agreed on, what sets an offer's price, and held changes"""

import sqlalchemy as sa
from alembic import op

revision = "20261128"
down_revision = "20261127"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_LINK_TEXTS = ("marketplace", "rule_id", "campaign", "agreed_price", "agreed_store_price", "agreed_currency")


def upgrade() -> None:
    with op.batch_alter_table("offer_links") as table:
        table.add_column(sa.Column("price_due_at", _TIME, nullable=True))
        table.create_index("ix_offer_links_price_due_at", ["price_due_at"])
        for name in _LINK_TEXTS:
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("offer_links") as table:
        for name in _LINK_TEXTS:
            table.alter_column(name, server_default=None)
    with op.batch_alter_table("ledger") as table:
        table.add_column(sa.Column("price_before", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("ledger") as table:
        table.alter_column("price_before", server_default=None)
    with op.batch_alter_table("offer_watches") as table:
        table.add_column(sa.Column("prices_read_at", _TIME, nullable=True))
        table.add_column(sa.Column("rules_read_at", _TIME, nullable=True))
    op.create_table(
        "held_prices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("before_currency", sa.Text(), nullable=False),
        sa.Column("price", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("releasable", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_held_prices_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["offer_links.id"], name=op.f("fk_held_prices_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_prices")),
    )
    op.create_index("ix_held_prices_account_id", "held_prices", ["account_id"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_held_prices_open",
        "held_prices",
        ["link_id"],
        unique=True,
        postgresql_where=still_open,
        sqlite_where=still_open,
    )


def downgrade() -> None:
    op.drop_table("held_prices")
    with op.batch_alter_table("offer_watches") as table:
        table.drop_column("rules_read_at")
        table.drop_column("prices_read_at")
    with op.batch_alter_table("ledger") as table:
        table.drop_column("price_before")
    with op.batch_alter_table("offer_links") as table:
        table.drop_index("ix_offer_links_price_due_at")
        for name in (*_LINK_TEXTS, "price_due_at"):
            table.drop_column(name)
