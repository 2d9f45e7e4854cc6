"""How the store's REST API is spoken to: one way of sending, reading, and reading a list to its end."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import httpx

from app.channels.calls import Call, Recorder, Reply
from app.channels.errors import ChannelError
from app.channels.http import Transport
from app.channels.reading import Json
from app.channels.woocommerce.wire import CHANNEL, read, refusal

PER_PAGE = 100
_BELIEVED_SECONDS = 24 * 3600.0
_USER_AGENT = "woo-allegro-bridge"
Refused = Callable[..., ChannelError]
Params = Mapping[str, str | int]


@dataclass(frozen=True)
class _Page:
    rows: list[Json]
    total: int | None


@dataclass(frozen=True)
class Listing:
    """The rows of a list, each once. Not `complete`: the list changed all the while, and some may have been missed."""

    rows: list[Json]
    complete: bool


class Lists:
    """Which lists the store was found not to have. Believed for a day, because stores are updated."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` is a monotonic clock in seconds."""
        self._now = now
        self._missing: dict[str, float] = {}

    def has(self, path: str) -> bool:
        """False where it was found missing."""
        return path not in self._missing or self._now() - self._missing[path] > _BELIEVED_SECONDS

    def note_missing(self, path: str) -> None:
        self._missing[path] = self._now()


class StoreSession:
    """Every method raises the errors of `Transport.send`."""

    def __init__(
        self,
        transport: Transport,
        store_url: str,
        auth: httpx.Auth,
        recorder: Recorder | None = None,
        timeout_seconds: float = 60,
        lists: Lists | None = None,
    ) -> None:
        """`store_url` is the address of the shop. Keep one `auth` for all sessions, it learns how the host wants it;
        and one `lists`, it learns what the store has.
        """
        self._transport = transport
        self._root = f"{store_url.rstrip('/')}/wp-json/wc/v3"
        self._auth = auth
        self._recorder = recorder
        self._timeout_seconds = timeout_seconds
        self.lists = lists or Lists()
        self._bust = itertools.count(int(datetime.now(UTC).timestamp() * 1000))

    def all_rows(self, path: str, what: str, params: Params, *, refused: Refused = refusal) -> list[Json]:
        """Every row of a list, each once."""
        return self.listing(path, what, params, refused=refused).rows

    def listing(self, path: str, what: str, params: Params, *, refused: Refused = refusal) -> Listing:
        """As `all_rows`, and whether those are certainly all."""
        found: dict[int, Json] = {}
        # Rows that come or go while we read shift the others over the edges of pages; then everything is read again.
        for _ in range(2):
            totals: set[int | None] = set()
            ids: set[int] = set()
            seen = 0
            for page in self._pages(path, what, params, refused):
                totals.add(page.total)
                seen += len(page.rows)
                rows = {row.required_integer("id"): row for row in page.rows}
                ids |= rows.keys()
                found |= rows
            if totals in ({None}, {seen}) and seen == len(ids):
                return Listing(list(found.values()), complete=True)
        return Listing(list(found.values()), complete=False)

    def _pages(self, path: str, what: str, params: Params, refused: Refused) -> Iterator[_Page]:
        known: set[int] = set()
        for number in itertools.count(1):
            # By id, because many rows share a second and the order of those changes from page to page.
            page: Params = {"orderby": "id", "order": "asc", "per_page": PER_PAGE, "page": number}
            reply = self.read(path, what, {**params, **page}, refused=refused)
            rows = read(reply.data, f"The store's answer ({what})").items()
            counted = reply.headers.get("x-wp-total", "")
            yield _Page(rows, int(counted) if counted.isdigit() else None)
            ids = {row.required_integer("id") for row in rows}
            # The last page; or a store that does not know pages and gives the same one for ever.
            if len(rows) < PER_PAGE or ids <= known:
                return
            known |= ids

    def read(
        self,
        path: str,
        what: str,
        params: Params | None = None,
        *,
        refused: Refused = refusal,
    ) -> Reply:
        # Page caches answer a known address with what was true some time ago.
        return self.send("GET", path, what, {**(params or {}), "_": next(self._bust)}, refused=refused)

    def send(
        self,
        method: str,
        path: str,
        what: str,
        params: Params | None = None,
        *,
        json: object = None,
        effect: bool = False,
        refused: Refused = refusal,
    ) -> Reply:
        return self._transport.send(
            Call(
                channel=CHANNEL,
                method=method,
                url=f"{self._root}/{path}",
                what=what,
                refused=partial(refused, what=what),
                params=params or {},
                headers={"Accept": "application/json", "Cache-Control": "no-cache", "User-Agent": _USER_AGENT},
                json=json,
                auth=self._auth,
                effect=effect,
                recorder=self._recorder,
                timeout_seconds=self._timeout_seconds,
            )
        )
