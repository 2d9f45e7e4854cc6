"""What became of a call: the error that a lost connection or an answer stands for, the same for both sides."""

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from app.channels.calls import Call, Reply
from app.channels.errors import Misconfigured, Unavailable, Uncertain, Unreadable
from app.errors import BridgeError

# A pause that is still worth waiting for on the spot.
LONGEST_BACKOFF_SECONDS = 2.0
# Gateways say these while the server behind them restarts; the next second may be better.
_PASSING_STATUSES = frozenset({502, 503, 504})
# A client error that does not say whether the request was carried out: it came too slowly or was cut off.
_UNDECIDED_STATUSES = frozenset({408, 425, 499})
# Said by a firewall or a proxy in HTML, these mean that the request did not reach the application.
_TURNED_AWAY_STATUSES = frozenset({403, 404, 405, 406, 413, 414, 415, 431})


class Passing(Unavailable):
    """Trouble that may be over in a second: worth another attempt at once, where repeating does no harm."""


def lost(call: Call, error: httpx.RequestError) -> BridgeError:
    """The error for a call without an answer."""
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        # No connection, so nothing was sent.
        if certificate := _certificate_problem(error):
            return Misconfigured(
                f"The certificate of {call.side[0].lower() + call.side[1:]} is not valid ({certificate}). "
                "Check the address and the certificate.",
                channel=call.channel,
            )
        return Passing(f"{call.side} cannot be reached ({call.what}): {reason}", channel=call.channel)
    if call.effect:
        return Uncertain(
            f"{call.side} did not answer ({call.what}); it may have been done: {reason}", channel=call.channel
        )
    return Passing(f"{call.side} did not answer ({call.what}): {reason}", channel=call.channel)


def error_in(call: Call, reply: Reply) -> BridgeError | None:
    """The error in an answer, or None for a good one."""
    channel, trace_id, status = call.channel, reply.trace_id, reply.status
    if status in call.good_statuses:
        return None
    if 300 <= status < 400:
        target = reply.headers.get("location", "an address that it does not name")
        return Misconfigured(
            f"{call.side} redirects to {_without_query(target)} ({call.what}). "
            "Configure the address that it redirects to.",
            channel=channel,
            trace_id=trace_id,
        )
    if status >= 500 or status in _UNDECIDED_STATUSES:
        return _server_error(call, reply)
    if status >= 400:
        if reply.is_json or not reply.text.strip() or status == 401:
            return call.refused(reply)
        if call.effect and status not in _TURNED_AWAY_STATUSES:
            return Uncertain(
                f"{call.side} answered {status} with a page ({call.what}); it may have been done.",
                channel=channel,
                trace_id=trace_id,
            )
        return Misconfigured(
            f"{call.side} answered {status} with a web page instead of data ({call.what}). "
            "A firewall or a security plugin may be blocking this service, or the address is wrong.",
            channel=channel,
            trace_id=trace_id,
        )
    if not call.expects_json or reply.is_json:
        return None
    if call.effect:
        return Uncertain(
            f"{call.side} answered {status} without data ({call.what}); it may have been done.",
            channel=channel,
            trace_id=trace_id,
        )
    if "<html" in reply.text[:2000].lower() or "<!doctype" in reply.text[:2000].lower():
        return Misconfigured(
            f"{call.side} answered with a web page instead of data ({call.what}). Check its address.",
            channel=channel,
            trace_id=trace_id,
        )
    return Unreadable(f"{call.side} answered without data ({call.what}).", channel=channel, trace_id=trace_id)


def _server_error(call: Call, reply: Reply) -> BridgeError:
    if call.effect:
        return Uncertain(
            f"{call.side} answered {reply.status} ({call.what}); it may have been done.",
            channel=call.channel,
            trace_id=reply.trace_id,
        )
    pause = retry_after(reply)
    kind = Passing if reply.status in _PASSING_STATUSES and (pause or 0) <= LONGEST_BACKOFF_SECONDS else Unavailable
    return kind(
        f"{call.side} has an error of its own, {reply.status} ({call.what}).",
        channel=call.channel,
        trace_id=reply.trace_id,
        retry_after_seconds=pause,
    )


def retry_after(reply: Reply) -> float | None:
    """Seconds out of a Retry-After header, which holds seconds or a date."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _certificate_problem(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return ""


def _without_query(url: str) -> str:
    # The query may carry a key.
    return url.partition("?")[0]
