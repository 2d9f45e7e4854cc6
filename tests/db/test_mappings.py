"""What maps to what, and what becomes of it when Allegro changes its side."""

from app.db import mappings
from app.db.engine import Database
from app.domain.accounts import Environment
from app.domain.parameters import AttributeMapping, Source
from tests.db.conftest import NOW, add_account

MUGS, FLASKS = "257933", "257941"


def _said(parameter_id: str, value: str) -> AttributeMapping:
    return AttributeMapping(MUGS, parameter_id, Source.VALUE, value=value)


def test_mappings_go_over_to_the_new_ids_of_their_parameters(database: Database) -> None:
    account_id = add_account(database, "Kubki")
    with database.transaction() as session:
        mappings.add_default(session, account_id, MUGS, now=NOW)
        mappings.map_attributes(session, account_id, MUGS, [_said("1", "a"), _said("2", "b"), _said("3", "c")])
        mappings.rename_parameters(session, Environment.SANDBOX, MUGS, {"1": "11", "2": "3"})
        mappings.rename_parameters(session, Environment.PRODUCTION, MUGS, {"3": "33"})
    with database.reading() as session:
        found = {each.parameter_id: each.value for each in mappings.attribute_mappings(session, account_id, MUGS)}
    # What was mapped by hand to the new id already is what counts.
    assert found == {"11": "a", "2": "b", "3": "c"}


def test_what_takes_the_place_of_a_category_keeps_what_was_mapped_to_it_before(database: Database) -> None:
    account_id = add_account(database, "Kubki")
    with database.transaction() as session:
        for category_id in (MUGS, FLASKS):
            mappings.add_default(session, account_id, category_id, now=NOW)
        mappings.map_categories(session, account_id, {15: MUGS, 16: FLASKS})
        mappings.map_attributes(session, account_id, MUGS, [_said("1", "a"), _said("2", "b")])
        mappings.map_attributes(session, account_id, FLASKS, [_said("2", "own")])
        mappings.replace_category(session, MUGS, FLASKS, [account_id], now=NOW)
    with database.reading() as session:
        assert mappings.category_mappings(session, account_id) == {15: FLASKS, 16: FLASKS}
        found = {each.parameter_id: each.value for each in mappings.attribute_mappings(session, account_id, FLASKS)}
        assert found == {"1": "a", "2": "own"}
        assert [each.category_id for each in mappings.default_categories(session, account_id)] == [FLASKS]
