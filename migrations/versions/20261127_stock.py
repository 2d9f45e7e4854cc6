"""stock: the ledger, pending actions, and what is known of offers"""

import sqlalchemy as sa
from alembic import op

revision = "20261127"
down_revision = "20261126b"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_LINK_TIMES = ("listed_at", "doubted_at", "foreign_at", "due_at")


def upgrade() -> None:
    with op.batch_alter_table("offer_links") as table:
        table.add_column(sa.Column("duration", sa.Text(), nullable=True))
        for name in _LINK_TIMES:
            table.add_column(sa.Column(name, _TIME, nullable=True))
        table.create_index("ix_offer_links_due_at", ["due_at"])
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("asked_by", sa.Text(), nullable=False, server_default="schedule"))
    with op.batch_alter_table("runs") as table:
        table.alter_column("asked_by", server_default=None)
    with op.batch_alter_table("store_state") as table:
        table.add_column(sa.Column("webhook_lag_seconds", sa.Integer(), nullable=True))
        table.add_column(sa.Column("webhooks_signed_with", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("store_state") as table:
        table.alter_column("webhooks_signed_with", server_default=None)
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("price", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_correction", sa.Boolean(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("confirmed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ledger_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["link_id"], ["offer_links.id"], name=op.f("fk_ledger_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_link", "ledger", ["link_id", "id"])
    op.create_index("ix_ledger_created_at", "ledger", ["created_at"])
    op.create_index("ix_ledger_command_id", "ledger", ["command_id"])
    unsettled = sa.text("fate IN ('intent', 'sent')")
    op.create_index("ix_ledger_unsettled", "ledger", ["account_id"], postgresql_where=unsettled, sqlite_where=unsettled)
    op.create_table(
        "pending_actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_pending_actions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["offer_links.id"], name=op.f("fk_pending_actions_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_actions")),
    )
    op.create_index("ix_pending_actions_account_id", "pending_actions", ["account_id"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_pending_actions_open",
        "pending_actions",
        ["link_id"],
        unique=True,
        postgresql_where=still_open,
        sqlite_where=still_open,
    )
    op.create_table(
        "offer_watches",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("events_read_at", _TIME, nullable=True),
        sa.Column("listed_at", _TIME, nullable=True),
        sa.Column("stock_read_at", _TIME, nullable=True),
        sa.Column("bulk_refused_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_offer_watches_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_offer_watches")),
    )


def downgrade() -> None:
    for name in ("offer_watches", "pending_actions", "ledger"):
        op.drop_table(name)
    with op.batch_alter_table("store_state") as table:
        table.drop_column("webhooks_signed_with")
        table.drop_column("webhook_lag_seconds")
    with op.batch_alter_table("runs") as table:
        table.drop_column("asked_by")
    with op.batch_alter_table("offer_links") as table:
        table.drop_index("ix_offer_links_due_at")
        for name in (*_LINK_TIMES, "duration"):
            table.drop_column(name)
