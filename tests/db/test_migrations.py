"""The migrations and the models say the same, on every database."""

from app.db import migrate
from app.db.engine import Database


def test_an_empty_database_can_be_upgraded_downgraded_and_upgraded_again(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    assert migrate.is_current(database)
    migrate.downgrade(database, "base")
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    assert migrate.is_current(database)
    database.close()


def test_the_migrated_tables_are_those_of_the_models(database: Database) -> None:
    assert migrate.drift(database) == []
