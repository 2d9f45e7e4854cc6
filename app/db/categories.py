"""Allegro's categories as far as they are known, one tree for each environment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db.engine import in_parts, insert_unless_there
from app.db.listing_models import CategoryRow, CategoryTreeRow
from app.domain.accounts import Environment
from app.domain.categories import Category
from app.domain.text_keys import text_key

_MOST_FOUND = 200


@dataclass(frozen=True)
class TreeState:
    """How far a tree is known: the last event read, "" for none, and when events and its top were read."""

    event_id: str = ""
    events_read_at: datetime | None = None
    top_read_at: datetime | None = None


def state(session: Session, environment: Environment) -> TreeState:
    row = session.get(CategoryTreeRow, environment)
    return TreeState() if row is None else TreeState(row.event_id, row.events_read_at, row.top_read_at)


def note(session: Session, environment: Environment, **values: Any) -> None:
    """Store these attributes of the tree's state and leave the others."""
    first = {"environment": environment, "event_id": "", "events_read_at": None, "top_read_at": None}
    insert_unless_there(session, CategoryTreeRow, first)
    session.execute(update(CategoryTreeRow).where(CategoryTreeRow.environment == environment).values(**values))


def get(session: Session, environment: Environment, category_id: str) -> Category | None:
    row = session.get(CategoryRow, (environment, category_id))
    return _category(row) if row else None


def with_parents(session: Session, environment: Environment, ids: Collection[str]) -> dict[str, Category]:
    """These categories and all that they are in, by id, as far as they are known."""
    found: dict[str, Category] = {}
    wanted = set(ids)
    while wanted:
        above: set[str] = set()
        for some in in_parts(wanted):
            statement = select(CategoryRow).where(CategoryRow.environment == environment, CategoryRow.id.in_(some))
            rows = session.execute(statement).scalars().all()
            found |= {row.id: _category(row) for row in rows}
            above |= {row.parent_id for row in rows if row.parent_id}
        wanted = above - found.keys()
    return found


def children(session: Session, environment: Environment, parent_id: str) -> tuple[Category, ...] | None:
    """What is in the category, or with "" at the top; None while that was not read."""
    if parent_id:
        parent = session.get(CategoryRow, (environment, parent_id))
        is_known = parent is not None and (parent.leaf or parent.children_read_at is not None)
    else:
        is_known = state(session, environment).top_read_at is not None
    if not is_known:
        return None
    statement = select(CategoryRow).where(CategoryRow.environment == environment, CategoryRow.parent_id == parent_id)
    return tuple(_category(row) for row in session.execute(statement.order_by(CategoryRow.name)).scalars())


def unread(session: Session, environment: Environment, *, limit: int) -> list[str]:
    """Categories whose children were not read yet."""
    statement = select(CategoryRow.id).where(
        CategoryRow.environment == environment, CategoryRow.leaf.is_(False), CategoryRow.children_read_at.is_(None)
    )
    return list(session.execute(statement.order_by(CategoryRow.id).limit(limit)).scalars())


def named(session: Session, environment: Environment, text: str) -> tuple[Category, ...]:
    """Those known categories whose name holds the text, whatever its case and diacritics; at most 200."""
    statement = select(CategoryRow).where(
        CategoryRow.environment == environment, CategoryRow.name_key.contains(text_key(text), autoescape=True)
    )
    rows = session.execute(statement.order_by(CategoryRow.name, CategoryRow.id).limit(_MOST_FOUND)).scalars()
    return tuple(map(_category, rows))


def put(session: Session, environment: Environment, categories: Iterable[Category]) -> None:
    """Store these categories, or what they are now."""
    for each in categories:
        values = {
            "name": each.name,
            "name_key": text_key(each.name),
            "parent_id": each.parent_id,
            "leaf": each.leaf,
            "allows_new_products": each.allows_new_products,
        }
        key = {"environment": environment, "id": each.id}
        if not insert_unless_there(session, CategoryRow, key | values | {"children_read_at": None}):
            session.execute(
                update(CategoryRow)
                .where(CategoryRow.environment == environment, CategoryRow.id == each.id)
                .values(**values)
            )


def put_children(
    session: Session, environment: Environment, parent_id: str, found: Sequence[Category], *, now: datetime
) -> None:
    """Store what is in the category, or with "" at the top, and forget what is not there any more."""
    there = {each.id for each in found}
    known = children(session, environment, parent_id) or ()
    remove(session, environment, [each.id for each in known if each.id not in there])
    put(session, environment, found)
    if parent_id:
        session.execute(
            update(CategoryRow)
            .where(CategoryRow.environment == environment, CategoryRow.id == parent_id)
            .values(children_read_at=now)
        )
    else:
        note(session, environment, top_read_at=now)


def remove(session: Session, environment: Environment, ids: Collection[str]) -> None:
    session.execute(delete(CategoryRow).where(CategoryRow.environment == environment, CategoryRow.id.in_(list(ids))))


def _category(row: CategoryRow) -> Category:
    return Category(row.id, row.name, row.parent_id, row.leaf, row.allows_new_products)
