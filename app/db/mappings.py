"""What an account lists in, and how the store's categories and attributes map to Allegro's."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.listing_models import AttributeMappingRow, CategoryMappingRow, DefaultCategoryRow
from app.db.models import AccountRow
from app.domain.accounts import Environment
from app.domain.parameters import AttributeMapping, Source
from app.errors import BridgeError


class DefaultCategoryNotFound(BridgeError):
    """The category is none of the account's default categories."""


class DefaultCategoryUsed(BridgeError):
    """Categories of the store are mapped to it."""


@dataclass(frozen=True)
class DefaultCategory:
    """`removed_at`: since when Allegro has it no more."""

    category_id: str
    added_at: datetime
    removed_at: datetime | None


def default_categories(session: Session, account_id: int) -> tuple[DefaultCategory, ...]:
    """In the order in which they were added."""
    statement = select(DefaultCategoryRow).where(DefaultCategoryRow.account_id == account_id)
    rows = session.execute(statement.order_by(DefaultCategoryRow.added_at, DefaultCategoryRow.category_id)).scalars()
    return tuple(DefaultCategory(row.category_id, row.added_at, row.removed_at) for row in rows)


def accounts_with_default(session: Session, environment: Environment, category_id: str) -> list[int]:
    """The accounts of this environment that list in the category."""
    statement = (
        select(DefaultCategoryRow.account_id)
        .join(AccountRow, AccountRow.id == DefaultCategoryRow.account_id)
        .where(DefaultCategoryRow.category_id == category_id, AccountRow.environment == environment)
    )
    return list(session.execute(statement.order_by(DefaultCategoryRow.account_id)).scalars())


def add_default(session: Session, account_id: int, category_id: str, *, now: datetime) -> bool:
    """Returns whether it was new."""
    row = {"account_id": account_id, "category_id": category_id, "added_at": now, "removed_at": None}
    return bool(insert_unless_there(session, DefaultCategoryRow, row))


def remove_default(session: Session, account_id: int, category_id: str) -> None:
    """Its attribute mappings go with it. Raises `DefaultCategoryNotFound`, `DefaultCategoryUsed`."""
    row = session.get(DefaultCategoryRow, (account_id, category_id), with_for_update=True)
    if row is None:
        raise DefaultCategoryNotFound(f"Category {category_id} is none of the account's default categories.")
    used = sorted(store_id for store_id, to in category_mappings(session, account_id).items() if to == category_id)
    if used:
        raise DefaultCategoryUsed(
            f"Category {category_id} is what store categories {', '.join(map(str, used))} are mapped to. "
            "Map those to another one first."
        )
    session.execute(
        delete(AttributeMappingRow).where(
            AttributeMappingRow.account_id == account_id, AttributeMappingRow.category_id == category_id
        )
    )
    session.delete(row)


def replace_category(
    session: Session, category_id: str, by: str, account_ids: Collection[int], *, now: datetime
) -> None:
    """Allegro has put another category in its place: these accounts' defaults and mappings go over to that one."""
    for account_id in account_ids:
        moved = session.get(DefaultCategoryRow, (account_id, category_id))
        if moved is None:
            continue
        add_default(session, account_id, by, now=now)
        of_account = CategoryMappingRow.account_id == account_id
        session.execute(
            update(CategoryMappingRow)
            .where(of_account, CategoryMappingRow.category_id == category_id)
            .values(category_id=by)
        )
        # Parameters keep their ids between categories as a rule; what the other one does not have is told at saving.
        known = {each.parameter_id for each in attribute_mappings(session, account_id, by)}
        for each in attribute_mappings(session, account_id, category_id):
            if each.parameter_id not in known:
                _add_attribute(session, account_id, by, each)
        session.execute(
            delete(AttributeMappingRow).where(
                AttributeMappingRow.account_id == account_id, AttributeMappingRow.category_id == category_id
            )
        )
        session.delete(moved)


def note_removed(session: Session, category_id: str, account_ids: Collection[int], *, now: datetime) -> None:
    """Allegro has the category no more, and nothing took its place."""
    session.execute(
        update(DefaultCategoryRow)
        .where(
            DefaultCategoryRow.account_id.in_(list(account_ids)),
            DefaultCategoryRow.category_id == category_id,
            DefaultCategoryRow.removed_at.is_(None),
        )
        .values(removed_at=now)
    )


def category_mappings(session: Session, account_id: int) -> dict[int, str]:
    """Allegro's category of each category of the store that has one, by the store's id."""
    statement = select(CategoryMappingRow).where(CategoryMappingRow.account_id == account_id)
    return {row.store_category_id: row.category_id for row in session.execute(statement).scalars()}


def map_categories(session: Session, account_id: int, chosen: Mapping[int, str | None]) -> None:
    """Store the category of each of these categories of the store, None for none; the others stay."""
    of_account = CategoryMappingRow.account_id == account_id
    session.execute(
        delete(CategoryMappingRow).where(of_account, CategoryMappingRow.store_category_id.in_(list(chosen)))
    )
    session.add_all(
        CategoryMappingRow(account_id=account_id, store_category_id=store_id, category_id=category_id)
        for store_id, category_id in chosen.items()
        if category_id is not None
    )


def attribute_mappings(session: Session, account_id: int, category_id: str) -> tuple[AttributeMapping, ...]:
    statement = select(AttributeMappingRow).where(
        AttributeMappingRow.account_id == account_id, AttributeMappingRow.category_id == category_id
    )
    rows = session.execute(statement.order_by(AttributeMappingRow.parameter_id)).scalars()
    return tuple(
        AttributeMapping(row.category_id, row.parameter_id, Source(row.source), row.attribute, row.default, row.value)
        for row in rows
    )


def map_attributes(session: Session, account_id: int, category_id: str, mappings: Iterable[AttributeMapping]) -> None:
    """Store these mappings of the category in place of all that it had."""
    session.execute(
        delete(AttributeMappingRow).where(
            AttributeMappingRow.account_id == account_id, AttributeMappingRow.category_id == category_id
        )
    )
    for each in mappings:
        _add_attribute(session, account_id, category_id, each)


def rename_parameters(session: Session, environment: Environment, category_id: str, renamed: Mapping[str, str]) -> None:
    """Allegro has given these parameters of the category, by their former ids, other ids: mappings go over to those.

    A mapping that is made already of the new one stays.
    """
    for account_id in accounts_with_default(session, environment, category_id):
        known = {each.parameter_id: each for each in attribute_mappings(session, account_id, category_id)}
        moved = [each for old, each in known.items() if old in renamed and renamed[old] not in known]
        if moved:
            kept = [each for each in known.values() if each not in moved]
            anew = [replace(each, parameter_id=renamed[each.parameter_id]) for each in moved]
            map_attributes(session, account_id, category_id, [*kept, *anew])


def _add_attribute(session: Session, account_id: int, category_id: str, mapping: AttributeMapping) -> None:
    session.add(
        AttributeMappingRow(
            account_id=account_id,
            category_id=category_id,
            parameter_id=mapping.parameter_id,
            source=mapping.source,
            attribute=mapping.attribute,
            default=mapping.default,
            value=mapping.value,
        )
    )
