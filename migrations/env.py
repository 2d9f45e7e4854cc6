"""Runs the migrations on the connection it is given, or on `BRIDGE_DATABASE_URL` from the command line."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from app.config import load_config
from app.db.engine import Database
from app.db.migrate import TABLES
from app.db.models import UtcDateTime


def migrate(connection: Connection) -> None:
    # SQLite cannot alter a table in place, so Alembic copies it (batch mode).
    context.configure(connection, target_metadata=TABLES, render_as_batch=True, render_item=_render)
    with context.begin_transaction():
        context.run_migrations()


def _render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    # A migration is history and must not change with the code: it names the database's type, not ours.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    database = Database(load_config().database_url)
    with database.migrating() as opened:
        migrate(opened)
    database.close()
