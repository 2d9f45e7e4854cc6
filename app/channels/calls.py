"""A request to the outside and its answer, whichever side it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from app.channels.pacing import Priority, Quota
from app.errors import BridgeError
from app.logs import Exchange

# A parameter with several values is sent once for each.
Params = Mapping[str, str | int | Sequence[str]]
Recorder = Callable[[Exchange], None]

_NAMES = {"allegro": "Allegro", "store": "The store", "documents": "The document's host"}


@dataclass(frozen=True)
class Reply:
    """An answer as it came. `data` is its JSON, whatever the content type says; `is_json` tells if it had any.

    `content` is it byte by byte. Of a file that was asked for there is nothing else.
    """

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)
    data: object = field(repr=False)
    is_json: bool
    trace_id: str
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Call:
    """A request. `what` says in a few words what is being done, for messages: `reading order 123`.

    `effect`: it may change something at the other side and nothing there tells a repetition from a new request.
    `good_statuses`: an answer with one of these is good besides those with 2xx, and need not hold any data.
    `content` is a body that is a file, whose type the headers tell; it is not recorded.
    `answers_file`: a good answer is a file, which is neither read as text nor recorded.
    `largest_answer`: an answer of more bytes than so many is read a little further and no more, so it is not whole. It
    is not unpacked, whatever its headers say.
    `refused` makes the channel's own error out of a 4xx answer. `lane` separates what the host throttles separately,
    `quotas` are the limits of the lane that it counts towards, and `patience_seconds` is how long it may wait for them.
    """

    channel: str
    method: str
    url: str
    what: str
    refused: Callable[[Reply], BridgeError] = field(repr=False)
    params: Params = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    auth: httpx.Auth | None = field(default=None, repr=False)
    effect: bool = False
    expects_json: bool = True
    answers_file: bool = False
    largest_answer: int | None = None
    good_statuses: frozenset[int] = frozenset()
    recorder: Recorder | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0
    lane: str = ""
    quotas: tuple[Quota, ...] = ()
    priority: Priority = Priority.ORDERS
    patience_seconds: float = 5.0

    @property
    def side(self) -> str:
        return _NAMES.get(self.channel, self.channel)
