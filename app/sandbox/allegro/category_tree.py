"""The tree of categories, and the journal of what became of them."""

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from app.sandbox.allegro.answers import iso
from app.sandbox.allegro.offer_events import id_of
from app.sandbox.clock import Clock

EventType = Literal["CATEGORY_CREATED", "CATEGORY_RENAMED", "CATEGORY_MOVED", "CATEGORY_DELETED"]
EVENT_TYPES: frozenset[str] = frozenset({"CATEGORY_CREATED", "CATEGORY_RENAMED", "CATEGORY_MOVED", "CATEGORY_DELETED"})
RETENTION = timedelta(days=90)
_FIRST_EVENT = 2_132_438_574
_FIRST_NEW_ID = 330_001
_FASHION = "6a1f3c52-0d1e-4f1b-9b53-1c7c0e5b8a47"
_STEM = 3

# Indented below its parent: id and name. What has nothing below it is a leaf.
_SEED = f"""
5 Dom i ogród
  9012 Kuchnia i jadalnia
    9013 Naczynia stołowe
      257933 Kubki
      257934 Filiżanki
      257935 Talerze
      257936 Miski i salaterki
      257937 Szklanki
      257938 Pozostałe naczynia
    9014 Kawa i herbata
      257941 Kubki termiczne
      257942 Dzbanki i zaparzacze
      257943 Zaparzacze do herbaty
    9015 Tekstylia kuchenne
      257951 Ścierki i ręczniki kuchenne
      257952 Fartuchy
      257953 Obrusy
  9020 Wyposażenie
    9021 Dekoracje
      257961 Plakaty i obrazy
      257962 Świeczniki
      257963 Wazony
  9030 Ogród
    257971 Doniczki
    257972 Kosiarki
{_FASHION} Moda
  9041 Odzież damska
    257981 Koszulki
    257982 Szaliki i apaszki
  9042 Odzież męska
    257983 Koszulki
    257984 Szaliki
  9043 Torby i plecaki
    257985 Torby na zakupy
7 Kultura i rozrywka
  9051 Kalendarze
    257991 Kalendarze ścienne
"""
# Nothing new can be described there: an offer takes a product that the catalogue has.
_CATALOGUE_ONLY = frozenset({"257991"})


@dataclass(frozen=True)
class Category:
    """`parent` is None at the top. A leaf stays one: nothing is put below it."""

    id: str
    name: str
    parent: str | None
    leaf: bool

    def view(self) -> dict[str, Any]:
        options = {
            "advertisement": False,
            "offersWithProductPublicationEnabled": True,
            "productCreationEnabled": self.id not in _CATALOGUE_ONLY,
            "sellerCanRequirePurchaseComments": False,
        }
        return {**self.short_view(), "options": options}

    def short_view(self) -> dict[str, Any]:
        """As events show it."""
        parent = None if self.parent is None else {"id": self.parent}
        return {"id": self.id, "name": self.name, "parent": parent, "leaf": self.leaf}


@dataclass(frozen=True)
class CategoryEvent:
    number: int
    type: EventType
    occurred_at: datetime
    category: Category
    redirect: str | None = None

    def view(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": id_of(self.number),
            "occurredAt": iso(self.occurred_at),
            "type": self.type,
            "category": self.category.short_view(),
        }
        if self.type == "CATEGORY_DELETED":
            shown["redirectCategory"] = None if self.redirect is None else {"id": self.redirect}
        return shown


class CategoryTree:
    """Every method takes the lock itself. Raises KeyError for a category that is not there."""

    def __init__(self, clock: Clock, lock: threading.RLock) -> None:
        self.clock = clock
        self.lock = lock
        self.reset()

    def reset(self) -> None:
        self.categories = {category.id: category for category in _seeded()}
        self.events: list[CategoryEvent] = []
        self._next_id = _FIRST_NEW_ID

    # --- what Allegro does --------------------------------------------------------------------------------------------

    def add(self, parent: str, name: str) -> str:
        """A new leaf; its id."""
        with self.lock:
            self._branch(parent)
            category = Category(str(self._next_id), name, parent, leaf=True)
            self._next_id += 1
            self._put("CATEGORY_CREATED", category)
            return category.id

    def rename(self, category_id: str, name: str) -> None:
        with self.lock:
            self._put("CATEGORY_RENAMED", replace(self.categories[category_id], name=name))

    def move(self, category_id: str, parent: str) -> None:
        """Raises ValueError for a place below a leaf or below itself."""
        with self.lock:
            self._branch(parent)
            if category_id in {above.id for above in self.path(parent)}:
                raise ValueError(f"{parent} is below {category_id}")
            self._put("CATEGORY_MOVED", replace(self.categories[category_id], parent=parent))

    def delete(self, category_id: str, redirect: str | None = None) -> None:
        """`redirect` takes its place. Raises ValueError for what has others below it."""
        with self.lock:
            if self.children(category_id):
                raise ValueError(f"there are categories below {category_id}")
            if redirect is not None and redirect not in self.categories:
                raise KeyError(redirect)
            self._write("CATEGORY_DELETED", self.categories.pop(category_id), redirect)

    # --- reading ------------------------------------------------------------------------------------------------------

    def children(self, parent: str | None) -> list[Category]:
        """Those right below a category, or at the top."""
        with self.lock:
            return [each for each in self.categories.values() if each.parent == parent]

    def path(self, category_id: str) -> list[Category]:
        """From the category up to the top."""
        with self.lock:
            steps = [self.categories[category_id]]
            while steps[-1].parent is not None:
                steps.append(self.categories[steps[-1].parent])
            return steps

    def matching(self, phrase: str) -> list[Category]:
        """The leaves whose names begin like words of the phrase, those with most of them first."""
        stems = set(_stems(phrase))
        with self.lock:
            found = [
                (len(stems & set(_stems(each.name))), each)
                for each in self.categories.values()
                if each.leaf and stems & set(_stems(each.name))
            ]
        return [category for _, category in sorted(found, key=lambda pair: -pair[0])]

    def read_events(self, after: int, wanted: Collection[str], limit: int) -> list[CategoryEvent]:
        """The oldest `limit` events after a number; no types wanted means all."""
        with self.lock:
            oldest = self.clock.now() - RETENTION
            found = [
                event
                for event in self.events
                if event.number > after and event.occurred_at >= oldest and (not wanted or event.type in wanted)
            ]
        return found[:limit]

    def _branch(self, category_id: str) -> None:
        if self.categories[category_id].leaf:
            raise ValueError(f"{category_id} is a leaf")

    def _put(self, event_type: EventType, category: Category) -> None:
        self.categories[category.id] = category
        self._write(event_type, category)

    def _write(self, event_type: EventType, category: Category, redirect: str | None = None) -> None:
        number = _FIRST_EVENT + len(self.events)
        self.events.append(CategoryEvent(number, event_type, self.clock.now(), category, redirect))


def _stems(text: str) -> Iterator[str]:
    for word in text.casefold().split():
        if len(word) >= _STEM:
            yield word[:_STEM]


def _seeded() -> Iterator[Category]:
    lines = _SEED.strip().splitlines()
    depths = [(len(line) - len(line.lstrip())) // 2 for line in lines]
    above: list[str] = []
    for line, depth, next_depth in zip(lines, depths, [*depths[1:], 0], strict=True):
        category_id, name = line.split(maxsplit=1)
        del above[depth:]
        yield Category(category_id, name, above[-1] if above else None, leaf=next_depth <= depth)
        above.append(category_id)
