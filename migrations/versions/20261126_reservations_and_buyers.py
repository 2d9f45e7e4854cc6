"""reservations, buyers, and what an order's life after its import needs"""

import sqlalchemy as sa
from alembic import op

revision = "20261126"
down_revision = "20261124"
branch_labels = None
depends_on = None

_TIMES = ("became_ready_at", "release_at", "asked_at")
_TEXTS = ("superseded_by", "addresses_digest", "payments_digest")


def upgrade() -> None:
    with op.batch_alter_table("order_log") as table:
        for name in _TIMES:
            table.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name in _TEXTS:
            table.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "reservations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_reservations_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("account_id", "line_id", name=op.f("uq_reservations_account_id_line_id")),
    )
    op.create_index("ix_reservations_order", "reservations", ["account_id", "order_id"])
    op.create_index(
        "ix_reservations_open",
        "reservations",
        ["account_id", "offer_id"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "buyers",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("environment", "buyer_id", name=op.f("pk_buyers")),
    )


def downgrade() -> None:
    op.drop_table("buyers")
    op.drop_table("reservations")
    with op.batch_alter_table("order_log") as table:
        for name in reversed(_TIMES + _TEXTS):
            table.drop_column(name)
