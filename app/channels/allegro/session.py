"""How Allegro's API is spoken to for one seller account: its token, its headers, one way of calling."""

import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from app.channels.allegro.limits import Caller, SellerLimit, patience, quotas
from app.channels.allegro.wire import CHANNEL, refusal
from app.channels.calls import Call, Params, Recorder, Reply
from app.channels.errors import AuthRequired, Misconfigured
from app.channels.http import Transport

PUBLIC = "application/vnd.allegro.public.v1+json"
BETA = "application/vnd.allegro.beta.v1+json"
_TIMEOUT_SECONDS = 30.0
# Letters that Unicode does not take apart into a plain letter and a mark.
_WHOLE_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "æ": "ae"})


@dataclass(frozen=True)
class Endpoint:
    """`scope` is the permission that the application needs for it ("": none), `media_type` what both sides speak there.
    `file_type` is the media type of a file that is the answer, `sent_type` that of one that is the body, "" for none.

    `limit` is the seller's limit that it counts towards; the application's counts every call. `effect` and
    `good_statuses` are those of `Call`. `uploads`: it is at Allegro's address for uploads. `own_pace`: its 429 is about
    itself, and not about all calls of the application.
    """

    method: str
    path: str
    media_type: str
    scope: str
    limit: SellerLimit | None = None
    effect: bool = False
    good_statuses: frozenset[int] = frozenset()
    timeout_seconds: float = _TIMEOUT_SECONDS
    uploads: bool = False
    file_type: str = ""
    sent_type: str = ""
    own_pace: bool = False


class TokenSource(Protocol):
    """Hands out access tokens of the account."""

    def access_token(self) -> str: ...

    def renewed(self, rejected_access_token: str) -> str:
        """Another token than the one that Allegro has just refused."""
        ...


def user_agent(app_name: str, version: str, url: str) -> str:
    """`<registered name>/<version> (+<url>)`, as Allegro requires it: no diacritics, "-" for blanks.

    Raises `Misconfigured` when nothing of the name is left.
    """
    plain = unicodedata.normalize("NFKD", app_name.strip().translate(_WHOLE_LETTERS)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]", "", re.sub(r"\s+", "-", plain))
    if not name:
        raise Misconfigured(
            f"The application name {app_name!r} has no letters that a User-Agent may hold. "
            "Give the application's name as it is registered at Allegro.",
            channel=CHANNEL,
        )
    return f"{name}/{version} (+{url})"


class AllegroSession:
    """The account's calls. 401 is answered with a renewed token once."""

    def __init__(
        self,
        transport: Transport,
        api_url: str,
        user_agent: str,
        token: TokenSource,
        caller: Caller,
        recorder: Recorder | None = None,
        upload_url: str = "",
    ) -> None:
        """With `upload_url` "", uploads go to the API's address."""
        self._transport = transport
        self._root = api_url.rstrip("/")
        self._upload_root = (upload_url or api_url).rstrip("/")
        self._user_agent = user_agent
        self._token = token
        self._caller = caller
        self._recorder = recorder

    def call(
        self,
        endpoint: Endpoint,
        what: str,
        *,
        item_id: str = "",
        part_id: str = "",
        params: Params | None = None,
        json: object = None,
        content: bytes | None = None,
        expects_json: bool = True,
        cost: int = 1,
    ) -> Reply:
        """Call an endpoint; `item_id` stands for the `{id}` of its path and `part_id` for the `{part_id}` of something
        that belongs to that item. Both must be fit for an address. `content` is the file, where the body is one.

        `cost` is what the call counts towards the endpoint's limit: offers in a command, changes in a report.
        Raises the errors of `Transport.send`.
        """
        token = self._token.access_token()
        headers = {"Accept": endpoint.file_type or endpoint.media_type, "User-Agent": self._user_agent}
        if json is not None:
            headers["Content-Type"] = endpoint.media_type
        if content is not None:
            headers["Content-Type"] = endpoint.sent_type
        root = self._upload_root if endpoint.uploads else self._root
        client_id = self._caller.client_id

        def call(access_token: str) -> Reply:
            return self._transport.send(
                Call(
                    channel=CHANNEL,
                    method=endpoint.method,
                    url=root + endpoint.path.replace("{id}", item_id).replace("{part_id}", part_id),
                    what=what,
                    refused=partial(refusal, what=what, scope=endpoint.scope),
                    params=params or {},
                    headers={**headers, "Authorization": f"Bearer {access_token}"},
                    json=json,
                    content=content,
                    effect=endpoint.effect,
                    expects_json=expects_json and not endpoint.file_type,
                    answers_file=bool(endpoint.file_type),
                    good_statuses=endpoint.good_statuses,
                    recorder=self._recorder,
                    timeout_seconds=endpoint.timeout_seconds,
                    # A 429 is meant for the application: for all its sellers, and for no other application's.
                    lane=f"{client_id} {endpoint.path}" if endpoint.own_pace else client_id,
                    quotas=quotas(self._caller, endpoint.limit, cost),
                    priority=self._caller.priority,
                    patience_seconds=patience(endpoint.limit),
                )
            )

        try:
            return call(token)
        except AuthRequired as error:
            if error.permission:
                raise
        # The token may have died early, and Allegro has refused brand-new ones for a moment.
        return call(self._token.renewed(token))
