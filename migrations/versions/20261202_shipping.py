"""shipping: parcel numbers that Allegro is told, and what is known of orders on their way"""

import sqlalchemy as sa
from alembic import op

revision = "20261202"
down_revision = "20261201"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _of_account(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "shipments",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_account("shipments"),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("carrier_name", sa.Text(), nullable=False),
        sa.Column("waybill", sa.Text(), nullable=False),
        sa.Column("line_ids", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("account_id", "order_id", "waybill", name=op.f("uq_shipments_account_id_order_id_waybill")),
    )
    op.create_index("ix_shipments_order", "shipments", ["account_id", "order_id"])
    op.create_table(
        "orders_on_their_way",
        *_of_account("orders_on_their_way"),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("store_status", sa.Text(), nullable=False),
        sa.Column("status_told", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "order_id", name=op.f("pk_orders_on_their_way")),
    )
    op.create_index("ix_orders_on_their_way_due", "orders_on_their_way", ["account_id", "due_at"])
    op.create_table(
        "carrier_mappings",
        *_of_account("carrier_mappings"),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "provider", name=op.f("pk_carrier_mappings")),
    )
    op.create_table(
        "tracking_watch",
        *_of_account("tracking_watch"),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("read_until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_tracking_watch")),
    )


def downgrade() -> None:
    op.drop_table("tracking_watch")
    op.drop_table("carrier_mappings")
    op.drop_index("ix_orders_on_their_way_due", table_name="orders_on_their_way")
    op.drop_table("orders_on_their_way")
    op.drop_index("ix_shipments_order", table_name="shipments")
    op.drop_table("shipments")
