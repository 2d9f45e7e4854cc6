"""parcel notes: what was noted on store orders about their parcels"""

import sqlalchemy as sa
from alembic import op

revision = "20261204"
down_revision = "20261203"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parcel_notes",
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_parcel_notes_shipment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shipment_id", "code", name=op.f("pk_parcel_notes")),
    )


def downgrade() -> None:
    op.drop_table("parcel_notes")
