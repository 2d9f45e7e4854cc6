"""Brings the database's tables to the state that this version of the code expects."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db.engine import Database
from app.db.invoice_models import InvoiceRow
from app.db.listing_models import CategoryRow
from app.db.offer_models import OfferLinkRow
from app.db.parcel_note_models import ParcelNoteRow
from app.db.pickup_models import PickupRow

# All tables are in one; taken from the modules that are imported last, so that every one of them is in it.
(TABLES,) = {row.metadata for row in (CategoryRow, InvoiceRow, OfferLinkRow, ParcelNoteRow, PickupRow)}
_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply the migrations up to `revision`, in one transaction."""
    with _migrating(database) as config:
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    with _migrating(database) as config:
        command.downgrade(config, revision)


@contextmanager
def _migrating(database: Database) -> Iterator[Config]:
    with database.migrating() as connection:
        config = _config()
        config.attributes["connection"] = connection
        yield config


def is_current(database: Database) -> bool:
    """Whether the database has every migration that this version knows."""
    with database.engine.connect() as connection:
        applied = MigrationContext.configure(connection).get_current_revision()
    return applied == ScriptDirectory.from_config(_config()).get_current_head()


def drift(database: Database) -> list[object]:
    """What differs between the database's tables and the models; empty when they match."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, TABLES))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
