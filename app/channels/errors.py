"""What can become of a call to a remote system, in the six ways that ask for different reactions."""

from app.errors import BridgeError


class ChannelError(BridgeError):
    """A call to a remote system did not bring what it should.

    `channel` is `allegro`, `store` or `documents` (whichever host one lies at); `trace_id` is what Allegro's support
    asks for, where one was given.
    """

    def __init__(self, message: str, *, channel: str, trace_id: str = "") -> None:
        super().__init__(message)
        self.channel = channel
        self.trace_id = trace_id


class Unavailable(ChannelError):
    """The other side is down, slow or throttles us, and certainly nothing was changed: try again later.

    `retry_after_seconds` is the pause that the other side asked for, or None.
    """

    def __init__(
        self, message: str, *, channel: str, trace_id: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, channel=channel, trace_id=trace_id)
        self.retry_after_seconds = retry_after_seconds


class AuthRequired(ChannelError):
    """The keys or tokens are not accepted, or lack a permission: a person must act.

    `permission` names what is missing (an Allegro scope, or `read`/`write` at the store), or is "".
    """

    def __init__(self, message: str, *, channel: str, trace_id: str = "", permission: str = "") -> None:
        super().__init__(message, channel=channel, trace_id=trace_id)
        self.permission = permission


class Misconfigured(ChannelError):
    """The address, a firewall or the protocol is wrong (a redirect, a 403 page, a 406): a person must act.

    `code` is the other side's own word, where it has one.
    """

    def __init__(self, message: str, *, channel: str, trace_id: str = "", code: str = "") -> None:
        super().__init__(message, channel=channel, trace_id=trace_id)
        self.code = code


class Rejected(ChannelError):
    """The other side understood and refused: this item fails with its reason, the others go on.

    `code` is the other side's own word. `fields` pairs each field's path with what was said about it, in the order of
    the other side; the path is "" for what is about no single field.
    """

    def __init__(
        self,
        message: str,
        *,
        channel: str,
        trace_id: str = "",
        status: int = 0,
        code: str = "",
        fields: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, channel=channel, trace_id=trace_id)
        self.status = status
        self.code = code
        self.fields = fields


class NotFound(Rejected):
    """The thing asked for is not there (or not yet, or not any more)."""


class Conflict(Rejected):
    """The thing changed since we read it: read again, decide again."""


class Uncertain(ChannelError):
    """A change was sent and its answer was lost: it may have happened. Find out before trying again."""


class Unreadable(ChannelError):
    """An answer, or one thing in it, could not be understood: it is unknown, not zero and not empty."""
