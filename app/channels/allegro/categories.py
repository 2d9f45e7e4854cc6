"""Allegro's tree of categories, and what it wants to know of the goods in each."""

import re

from app.channels.allegro.limits import SUGGESTIONS
from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_categories import (
    category_event_from,
    category_from,
    parameter_from,
    suggestion_from,
)
from app.channels.allegro.wire import CHANNEL, read, read_each
from app.channels.calls import Params
from app.channels.errors import Rejected
from app.domain.categories import Category, CategoryEventPage, SuggestedCategory
from app.domain.parameters import ParametersRead

# Categories are nobody's: any token will do.
_NO_SCOPE = ""

CATEGORIES = Endpoint("GET", "/sale/categories", PUBLIC, _NO_SCOPE)
CATEGORY = Endpoint("GET", "/sale/categories/{id}", PUBLIC, _NO_SCOPE)
PARAMETERS = Endpoint("GET", "/sale/categories/{id}/parameters", PUBLIC, _NO_SCOPE)
MATCHING = Endpoint("GET", "/sale/matching-categories", PUBLIC, _NO_SCOPE, SUGGESTIONS)
CATEGORY_EVENTS = Endpoint("GET", "/sale/category-events", PUBLIC, _NO_SCOPE)

_EVENTS_PER_PAGE = 1000
# Numbers or UUIDs; Allegro says to be ready for anything, but not for what changes an address.
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class AllegroCategories:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def children(self, parent_id: str | None = None) -> tuple[Category, ...]:
        """The categories right below one, or with None those at the top.

        Raises `NotFound` where there is no such category, and `Unreadable` where any of them cannot be read.
        """
        params = {} if parent_id is None else {"parent.id": _checked(parent_id)}
        below = f"the categories below {parent_id}" if parent_id else "the categories at the top"
        reply = self._session.call(CATEGORIES, f"reading {below}", params=params)
        rows = read(reply.data, f"Allegro's list of {below}").required_rows("categories")
        return tuple(category_from(row) for row in rows)

    def get(self, category_id: str) -> Category:
        """Raises `NotFound` where there is no such category, or no longer."""
        reply = self._session.call(CATEGORY, f"reading category {category_id}", item_id=_checked(category_id))
        return category_from(read(reply.data, f"Allegro category {category_id}"))

    def matching(self, name: str) -> tuple[SuggestedCategory, ...]:
        """What Allegro suggests for the name of a product, best first. One that cannot be read is left out."""
        reply = self._session.call(MATCHING, f"looking for categories for {name!r}", params={"name": name})
        rows = read(reply.data, "Allegro's list of matching categories").required_rows("matchingCategories")
        suggestions, _ = read_each(rows, suggestion_from)
        return suggestions

    def parameters(self, category_id: str) -> ParametersRead:
        """Raises `NotFound` where there is no such category, or no longer."""
        what = f"reading the parameters of category {category_id}"
        reply = self._session.call(PARAMETERS, what, item_id=_checked(category_id))
        rows = read(reply.data, f"The parameters of Allegro category {category_id}").required_rows("parameters")
        return ParametersRead(*read_each(rows, parameter_from))

    def events(self, after: str | None, limit: int = _EVENTS_PER_PAGE) -> CategoryEventPage:
        """Changes of the tree after an event id, oldest first, of the last three months; from the first with None.
        At most 1000.
        """
        params: Params = {"limit": limit, "from": after} if after else {"limit": limit}
        reply = self._session.call(CATEGORY_EVENTS, "reading the changes of categories", params=params)
        rows = read(reply.data, "Allegro's list of changes of categories").required_rows("events")
        events, unreadable = read_each(rows, category_event_from)
        last_id = next((row.text("id") for row in reversed(rows) if row.text("id")), "")
        return CategoryEventPage(events, unreadable, len(rows), last_id)


def _checked(category_id: str) -> str:
    if not _ID.fullmatch(category_id):
        raise Rejected(f"{category_id!r} is not the id of an Allegro category.", channel=CHANNEL, status=422)
    return category_id
