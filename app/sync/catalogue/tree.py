"""Allegro's tree of categories: read as far as somebody looks, remembered, and kept fresh from its changes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.channels.allegro.categories import AllegroCategories
from app.channels.errors import NotFound
from app.db import accounts, categories, category_parameters, mappings
from app.db.engine import Database, Session
from app.domain.accounts import Account, Environment
from app.domain.categories import Category, CategoryEvent, CategoryEventKind, SuggestedCategory, path_of
from app.domain.parameters import Parameter
from app.errors import BridgeError
from app.sync.catalogue.notices import note_category_left
from app.sync.lines import Lines

# Names and places change some times a month.
_EVENTS_READ_EVERY = timedelta(hours=1)
_PARAMETERS_KEPT = timedelta(hours=24)
_EVENTS_PER_PAGE = 1000
_PAGES = 100


class CategoryUnusable(BridgeError):
    """The category is not there, or offers cannot be listed in it."""


@dataclass(frozen=True)
class Found:
    """A category and the names from the top down to it."""

    category: Category
    path: tuple[str, ...]


@dataclass
class CategoryTree:
    """All methods raise the errors of Allegro's channel, and `AccountNotFound`."""

    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def children(self, account_id: int, parent_id: str) -> list[Found]:
        """What is in a category, or with "" at the top."""
        account, client = self._fresh(account_id)
        with self.database.reading() as session:
            known = categories.children(session, account.environment, parent_id)
        if known is None:
            try:
                branch = self._branch(client, parent_id) if parent_id else []
                read = client.children(parent_id or None)
            except NotFound as error:
                raise CategoryUnusable(f"Allegro has no category {parent_id}.") from error
            with self.database.transaction() as session:
                categories.put(session, account.environment, branch)
                categories.put_children(session, account.environment, parent_id, read, now=self.now())
            known = read
        return self._with_paths(account.environment, known)

    def search(self, account_id: int, text: str) -> list[Found]:
        """Categories by name: what Allegro finds fitting, best first, then those known whose name holds the text."""
        account, client = self._fresh(account_id)
        fitting = client.matching(text)
        with self.database.reading() as session:
            known = categories.with_parents(session, account.environment, [each.id for each in fitting])
        found = {each.id: known.get(each.id) or client.get(each.id) for each in fitting}
        above = {each.id: each for suggestion in fitting for each in _above(suggestion) if each.id not in known}
        with self.database.transaction() as session:
            categories.put(session, account.environment, [*above.values(), *found.values()])
            named = categories.named(session, account.environment, text)
        for each in named:
            found.setdefault(each.id, each)
        return self._with_paths(account.environment, list(found.values()))

    def leaf(self, account_id: int, category_id: str) -> Found:
        """The category, which offers can be listed in. Raises `CategoryUnusable`."""
        account, client = self._fresh(account_id)
        try:
            branch = self._branch(client, category_id)
        except NotFound as error:
            raise CategoryUnusable(f"Allegro has no category {category_id}.") from error
        with self.database.transaction() as session:
            categories.put(session, account.environment, branch)
        [found] = self._with_paths(account.environment, [branch[-1]])
        if not found.category.leaf:
            raise CategoryUnusable(
                f"Category {category_id} ({' > '.join(found.path)}) holds further categories: choose one of those."
            )
        return found

    def of(self, account: Account, ids: list[str]) -> dict[str, Found]:
        """These categories as they are known, by id. Nobody is asked."""
        with self.database.reading() as session:
            known = categories.with_parents(session, account.environment, ids)
        return {each: Found(known[each], path_of(known[each], known)) for each in ids if each in known}

    def parameters(self, account_id: int, category_id: str) -> tuple[Parameter, ...]:
        """The parameters of a category, not older than a day. Raises `CategoryUnusable`."""
        account, client = self._fresh(account_id)
        with self.database.reading() as session:
            known = category_parameters.get(session, account.environment, category_id)
        if known is not None and timedelta(0) <= self.now() - known[1] < _PARAMETERS_KEPT:
            return known[0]
        try:
            read = client.parameters(category_id)
        except NotFound as error:
            raise CategoryUnusable(f"Allegro has no category {category_id}.") from error
        with self.database.transaction() as session:
            category_parameters.put(session, account.environment, category_id, read.parameters, now=self.now())
            there = {each.id for each in read.parameters}
            renamed = {old: each.id for each in read.parameters for old in each.former_ids if old not in there}
            mappings.rename_parameters(session, account.environment, category_id, renamed)
        return read.parameters

    def refresh(self, account_id: int) -> None:
        """Follow the changes of the tree since the last time, and repair what they break."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
            state = categories.state(session, account.environment)
        client = self.lines.allegro(account).categories
        began, after, is_first = self.now(), state.event_id, state.events_read_at is None
        for _ in range(_PAGES):
            page = client.events(after or None, _EVENTS_PER_PAGE)
            with self.database.transaction() as session:
                # What happened before anything was known of the tree is in what is read of it.
                for event in () if is_first else page.events:
                    self._apply(session, account.environment, event)
                after = page.last_id or after
                categories.note(session, account.environment, event_id=after, events_read_at=began)
            if page.count < _EVENTS_PER_PAGE:
                return

    def grow(self, account_id: int, most: int) -> int:
        """Read what is in categories that nobody has looked into, so many at most; returns how many were read."""
        account, client = self._fresh(account_id)
        with self.database.reading() as session:
            if categories.state(session, account.environment).top_read_at is None:
                return 0
            unread = categories.unread(session, account.environment, limit=most)
        for category_id in unread:
            try:
                found = client.children(category_id)
            except NotFound:
                with self.database.transaction() as session:
                    categories.remove(session, account.environment, [category_id])
                continue
            with self.database.transaction() as session:
                categories.put_children(session, account.environment, category_id, found, now=self.now())
        return len(unread)

    def _fresh(self, account_id: int) -> tuple[Account, AllegroCategories]:
        """The account and its client, with the tree as fresh as it is to be."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
            read_at = categories.state(session, account.environment).events_read_at
        if read_at is None or not timedelta(0) <= self.now() - read_at < _EVENTS_READ_EVERY:
            self.refresh(account_id)
        return account, self.lines.allegro(account).categories

    def _branch(self, client: AllegroCategories, category_id: str) -> list[Category]:
        """The category with all that it is in, from the top down."""
        branch = [client.get(category_id)]
        while branch[0].parent_id and len(branch) < _DEEPEST:
            branch.insert(0, client.get(branch[0].parent_id))
        return branch

    def _with_paths(self, environment: Environment, found: list[Category] | tuple[Category, ...]) -> list[Found]:
        with self.database.reading() as session:
            known = categories.with_parents(session, environment, [each.id for each in found])
        return [Found(each, path_of(each, known)) for each in found]

    def _apply(self, session: Session, environment: Environment, event: CategoryEvent) -> None:
        category = event.category
        if event.kind is CategoryEventKind.DELETED:
            categories.remove(session, environment, [category.id])
            self._leave(session, environment, category, event.redirect_id)
        elif event.kind is not CategoryEventKind.UNKNOWN:
            known = categories.get(session, environment, category.id)
            parent = categories.get(session, environment, category.parent_id)
            if known is not None or categories.children(session, environment, category.parent_id) is not None:
                # The event does not tell what may be done in the category.
                allows = known.allows_new_products if known else True
                categories.put(session, environment, [replace(category, allows_new_products=allows)])
            if parent is not None and parent.leaf:
                # Nothing can be listed any more where there is something in it now.
                categories.put(session, environment, [replace(parent, leaf=False)])
                self._leave(session, environment, parent, "")

    def _leave(self, session: Session, environment: Environment, category: Category, redirect_id: str) -> None:
        """Nothing can be listed in the category any more; `redirect_id` takes its place, "" for none."""
        now, users = self.now(), mappings.accounts_with_default(session, environment, category.id)
        if redirect_id:
            mappings.replace_category(session, category.id, redirect_id, users, now=now)
        else:
            mappings.note_removed(session, category.id, users, now=now)
        for account_id in users:
            note_category_left(session, account_id, category, redirect_id, now=now)


def _above(suggestion: SuggestedCategory) -> list[Category]:
    """What a suggested category is in, from the top down: none of it is a leaf."""
    ids = ["", *(category_id for category_id, _ in suggestion.path)]
    return [
        Category(category_id, name, parent_id, leaf=False)
        for parent_id, (category_id, name) in zip(ids, suggestion.path[:-1], strict=False)
    ]


# Deeper than any tree of categories.
_DEEPEST = 20
