"""Allegro's categories, and which of them the store's categories are sold in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.text_keys import text_key


@dataclass(frozen=True)
class Category:
    """A category of Allegro. `parent_id` is "" at the top; offers are listed in leaves only.

    `allows_new_products`: an offer in it may describe a product that the catalogue does not have.
    """

    id: str
    name: str
    parent_id: str
    leaf: bool
    allows_new_products: bool = True


class CategoryEventKind(StrEnum):
    CREATED = "created"
    RENAMED = "renamed"
    MOVED = "moved"
    DELETED = "deleted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CategoryEvent:
    """A change of the tree. `redirect_id` is the category that takes the place of a deleted one, "" for none.

    `category` is what became of it, or what it was; whether it allows new products is not told.
    """

    id: str
    kind: CategoryEventKind
    category: Category
    redirect_id: str = ""


@dataclass(frozen=True)
class CategoryEventPage:
    """`unreadable` pairs an entry's id, or "", with what is wrong. `count` is how many entries there were, `last_id`
    the newest of them, or "".
    """

    events: tuple[CategoryEvent, ...]
    unreadable: tuple[tuple[str, str], ...]
    count: int
    last_id: str


@dataclass(frozen=True)
class SuggestedCategory:
    """A category that Allegro suggests for a name; whether it is a leaf is not told.

    `path` has id and name of each category from the top down to it, itself included.
    """

    id: str
    path: tuple[tuple[str, str], ...]


def path_of(category: Category, known: Mapping[str, Category]) -> tuple[str, ...]:
    """The names from the top down to the category, as far up as is known."""
    names: list[str] = []
    seen: set[str] = set()
    current: Category | None = category
    while current is not None and current.id not in seen:
        names.append(current.name)
        seen.add(current.id)
        current = known.get(current.parent_id)
    return tuple(reversed(names))


@dataclass(frozen=True)
class StoreCategory:
    """A product category of the store. `parent_id` is 0 at the top."""

    id: int
    name: str
    parent_id: int
    slug: str = ""


def store_path_of(category: StoreCategory, known: Iterable[StoreCategory]) -> tuple[str, ...]:
    """The names from the top down to the store's category."""
    by_id = {each.id: each for each in known}
    names: list[str] = []
    seen: set[int] = set()
    current: StoreCategory | None = category
    while current is not None and current.id not in seen:
        names.append(current.name)
        seen.add(current.id)
        current = by_id.get(current.parent_id)
    return tuple(reversed(names))


def suggested(path: tuple[str, ...], choices: Mapping[str, tuple[str, ...]]) -> str | None:
    """The one of Allegro's categories whose name is that of the store's category, or of what it is in; else None.

    The nearest name counts, and a tie is nobody's: `path` and the choices' (by id) go from the top down.
    """
    for name in reversed(path):
        fitting = [category_id for category_id, names in choices.items() if text_key(names[-1]) == text_key(name)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return None
    return None
