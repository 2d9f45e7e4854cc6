"""One way out: every call to Allegro and to the store goes through `Transport.send`."""

import random
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import httpx
import stamina

from app.channels.calls import Call, Reply
from app.channels.errors import Unavailable
from app.channels.pacing import Pace
from app.channels.reading import parse_json
from app.channels.verdicts import LONGEST_BACKOFF_SECONDS, Passing, error_in, lost, retry_after
from app.logs import Exchange

_CONNECT_SECONDS = 10.0
_POOL_SECONDS = 60.0
# What was decided must be sent at once or not at all.
_EFFECT_POOL_SECONDS = 10.0
# A read is tried so often, and not again once it has taken so long.
_ATTEMPTS = 3
_PATIENCE_SECONDS = 45.0


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes long, so it is done once."""
    return httpx.create_ssl_context()


class Transport:
    """One pool of connections, with a pace per host and lane. Share it: pool, paces and blocks are its point."""

    def __init__(
        self,
        *,
        connections: int = 20,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """At most `connections` are open at a time.

        `now` is a monotonic clock in seconds, `jitter` gives numbers from 0 to 1.
        """
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._paces: dict[tuple[str, str], Pace] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(
            # A redirected POST arrives as a GET, and its answer looks like success.
            follow_redirects=False,
            verify=_trusted(),
            # Shorter than the 5 s after which common web servers close an idle connection: a request sent into a
            # closing one would be lost without a trace.
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4.0
            ),
        )

    def send(self, call: Call) -> Reply:
        """Make the call. Returns a 2xx answer, with JSON unless the call expects none, or one that is good as it is.

        Raises `Unavailable` (nothing was changed, or repeating is harmless), `Uncertain` (only for an `effect`: the
        answer was lost), `Misconfigured` (redirects, firewalls, certificates, web pages in place of data),
        `Unreadable`, and whatever `call.refused` makes of a refusal.
        """
        if call.effect:
            return self._attempt(call)
        for attempt in stamina.retry_context(
            on=Passing,
            attempts=_ATTEMPTS,
            timeout=_PATIENCE_SECONDS,
            wait_initial=0.3,
            wait_max=LONGEST_BACKOFF_SECONDS,
            wait_jitter=0.5,
        ):
            with attempt:
                return self._attempt(call)
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        self._client.close()

    def _attempt(self, call: Call) -> Reply:
        pace = self._pace(call)
        self._wait_for_its_turn(call, pace)
        reply = self._exchange(call)
        if reply.status == 429:
            pause = pace.refused(retry_after(reply), call.quotas)
            raise Unavailable(
                f"{call.side} asks for fewer calls ({call.what}); the next one is made in {pause:.0f} s.",
                channel=call.channel,
                trace_id=reply.trace_id,
                retry_after_seconds=pause,
            )
        pace.answered()
        if (error := error_in(call, reply)) is not None:
            raise error
        return reply

    def _wait_for_its_turn(self, call: Call, pace: Pace) -> None:
        waited = 0.0
        while True:
            # Asked again after each wait: meanwhile another call may have been refused.
            if (blocked := pace.blocked_for(call.priority)) > 0:
                raise Unavailable(
                    f"{call.side} asked for fewer calls; {call.what} waits for another {blocked:.0f} s.",
                    channel=call.channel,
                    retry_after_seconds=blocked,
                )
            if (wait := pace.take(call.quotas, call.priority)) == 0:
                return
            if waited + wait > call.patience_seconds:
                raise Unavailable(
                    f"{call.side} takes no more calls of this kind for now; {call.what} waits for {wait:.0f} s.",
                    channel=call.channel,
                    retry_after_seconds=wait,
                )
            self._sleep(wait)
            waited += wait

    def _pace(self, call: Call) -> Pace:
        key = (httpx.URL(call.url).netloc.decode(), call.lane)
        with self._lock:
            if key not in self._paces:
                self._paces[key] = Pace(now=self._now, jitter=self._jitter)
            return self._paces[key]

    def _exchange(self, call: Call) -> Reply:
        seconds = call.timeout_seconds
        request = self._client.build_request(
            call.method,
            call.url,
            params=dict(call.params) or None,
            headers=dict(call.headers),
            json=call.json,
            data=call.form,
            content=call.content,
            timeout=httpx.Timeout(
                seconds,
                connect=min(_CONNECT_SECONDS, seconds),
                pool=_EFFECT_POOL_SECONDS if call.effect else _POOL_SECONDS,
            ),
        )
        at, started = datetime.now(UTC), self._now()
        try:
            response = self._client.send(request, auth=call.auth, stream=True)
            try:
                content = self._body_of(response, until=started + 2 * seconds, largest=call.largest_answer)
            finally:
                response.close()
        except httpx.RequestError as error:
            self._record(call, at, started, request, None, error=f"{type(error).__name__}: {error}")
            raise lost(call, error) from error
        for earlier in response.history:
            self._record(call, at, started, earlier.request, earlier, text=earlier.text)
        is_file = call.answers_file and response.is_success
        text = "" if is_file else _text_of(content, response.charset_encoding)
        self._record(call, at, started, response.request, response, text=text)
        try:
            data, is_json = parse_json(text), True
        except ValueError:
            data, is_json = None, False
        return Reply(response.status_code, response.headers, text, data, is_json, _trace_id(response), content)

    def _body_of(self, response: httpx.Response, *, until: float, largest: int | None) -> bytes:
        # The read timeout counts from byte to byte; a server that trickles would hold the caller for ever.
        chunks: list[bytes] = []
        read = 0
        # Packed twice, a few kilobytes become gigabytes before they can be counted.
        for chunk in response.iter_bytes() if largest is None else response.iter_raw():
            chunks.append(chunk)
            read += len(chunk)
            if largest is not None and read > largest:
                break
            if self._now() > until:
                raise httpx.ReadTimeout("the answer took too long to arrive", request=response.request)
        return b"".join(chunks)

    def _record(
        self,
        call: Call,
        at: datetime,
        started: float,
        request: httpx.Request,
        response: httpx.Response | None,
        *,
        text: str = "",
        error: str = "",
    ) -> None:
        if call.recorder is None:
            return
        call.recorder(
            Exchange(
                at=at,
                channel=call.channel,
                method=request.method,
                url=str(request.url),
                request_headers=dict(request.headers),
                request_body="" if call.content is not None else request.content.decode(errors="replace"),
                status=response.status_code if response is not None else None,
                response_headers=dict(response.headers) if response is not None else {},
                response_body=text,
                elapsed_ms=round((self._now() - started) * 1000, 1),
                trace_id=_trace_id(response) if response is not None else "",
                error=error,
            )
        )


def _trace_id(response: httpx.Response) -> str:
    return str(response.headers.get("trace-id", ""))


def _text_of(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", errors="replace")
    except LookupError:  # a host may name a charset that does not exist (utf8mb4)
        return content.decode("utf-8", errors="replace")
