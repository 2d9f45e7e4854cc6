"""The table of invoices that go to orders."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base, account_key


class InvoiceRow(Base):
    """Invoices of orders: the key makes a second one of the same source impossible.

    `content_encrypted` is the file of one that was uploaded, kept until Allegro has it or it is over. It is read only
    where it is asked for.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("account_id", "order_id", "source"),
        Index("ix_invoices_due", "account_id", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    order_id: Mapped[str]
    source: Mapped[str]
    url_mark: Mapped[str]
    url_encrypted: Mapped[str]
    number: Mapped[str]
    file_name: Mapped[str]
    state: Mapped[str]
    allegro_id: Mapped[str]
    attempts: Mapped[int]
    why: Mapped[str]
    created_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    content_encrypted: Mapped[str | None] = mapped_column(deferred=True)
