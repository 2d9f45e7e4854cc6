"""made parcels: what was made with Ship with Allegro"""

import sqlalchemy as sa
from alembic import op

revision = "20261203"
down_revision = "20261202"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "made_parcels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("shipment_id", sa.Text(), nullable=False),
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("waybills", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("cancel_command_id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_made_parcels_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_made_parcels")),
        sa.UniqueConstraint(
            "account_id", "order_id", "number", name=op.f("uq_made_parcels_account_id_order_id_number")
        ),
    )
    op.create_index("ix_made_parcels_open", "made_parcels", ["account_id", "is_open"])


def downgrade() -> None:
    op.drop_index("ix_made_parcels_open", table_name="made_parcels")
    op.drop_table("made_parcels")
