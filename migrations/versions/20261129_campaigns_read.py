"""campaigns: when they were last read"""

import sqlalchemy as sa
from alembic import op

revision = "20261129"
down_revision = "20261128"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("offer_watches") as table:
        table.add_column(sa.Column("campaigns_read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("offer_watches") as table:
        table.drop_column("campaigns_read_at")
