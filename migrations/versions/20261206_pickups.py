"""pickups: when the courier comes for parcels of Ship with Allegro"""

import sqlalchemy as sa
from alembic import op

revision = "20261206"
down_revision = "20261205"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pickups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("allegro_id", sa.Text(), nullable=False),
        sa.Column("carrier_number", sa.Text(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_pickups_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickups")),
    )
    op.create_index("ix_pickups_state", "pickups", ["account_id", "state"])
    op.create_table(
        "pickup_parcels",
        sa.Column("pickup_id", sa.Integer(), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pickup_id"], ["pickups.id"], name=op.f("fk_pickup_parcels_pickup_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["made_parcels.id"], name=op.f("fk_pickup_parcels_parcel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pickup_id", "parcel_id", name=op.f("pk_pickup_parcels")),
    )
    op.create_index("ix_pickup_parcels_parcel", "pickup_parcels", ["parcel_id"])


def downgrade() -> None:
    op.drop_index("ix_pickup_parcels_parcel", table_name="pickup_parcels")
    op.drop_table("pickup_parcels")
    op.drop_index("ix_pickups_state", table_name="pickups")
    op.drop_table("pickups")
