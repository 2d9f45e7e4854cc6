"""Serving a half of the sandbox on loopback: a server in a thread, the record of its requests, and dropped connections.

What happens at the wire happens here, because a web framework always answers something.
"""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTROL_PREFIX = "/_sandbox"
NO_ANSWER = 0
_START_SECONDS = 10.0
_STOP_SECONDS = 10.0
_PROMISED_BYTES = 4096
_HALF_AN_ANSWER = b"{"
_UVICORN_ON_DROPS = "ASGI callable returned without completing response."


class DropConnection(Exception):
    """Raised by an endpoint whose caller shall never learn the outcome: the connection closes mid-answer."""


class ServerDidNotStart(Exception):
    """The server did not accept connections in time."""


@dataclass(frozen=True)
class Recorded:
    """A request that reached a half of the sandbox, and the status it was answered with.

    Header names are lower case. `body` is the decoded JSON, a dict for a form, None where it is neither. `status` is
    0 where the connection was dropped.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int


class _MeantDrop(logging.Filter):
    """uvicorn reports every answer that was broken off; here that is the point."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.getMessage() != _UVICORN_ON_DROPS


_MEANT_DROP = _MeantDrop()


class WireFaults:
    """ASGI middleware that closes the connection mid-answer when the app inside raises DropConnection.

    Answers are held back until the app has returned: frameworks answer 500 to an exception before they pass it on.
    `record`, when given, is told of every request except those to the control endpoints. What it returns is called
    before the answer goes out, in a thread of its own, so that it may call the server itself.
    """

    def __init__(self, app: ASGIApp, record: Callable[[Recorded], Callable[[], None] | None] | None = None) -> None:
        self.app = app
        self.record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _whole_body(receive)
        if body is None:
            # The caller died in the middle of its request: web servers hand on whole ones only.
            return
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        held: list[Message] = []

        async def replay() -> Message:
            return unread.pop() if unread else await receive()

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            await self.app(scope, replay, hold)
        except DropConnection:
            await self._note(scope, body, NO_ANSWER)
            await _break_off(send)
            return
        except BaseException:
            await self._note(scope, body, _status(held))
            raise
        await self._note(scope, body, _status(held))
        for message in held:
            await send(message)

    async def _note(self, scope: Scope, body: bytes, status: int) -> None:
        if self.record is None or scope["path"].startswith(CONTROL_PREFIX):
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        meanwhile = self.record(
            Recorded(
                method=scope["method"],
                path=scope["path"],
                query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
                headers=headers,
                body=_decoded(body, headers.get("content-type", "")),
                status=status,
            )
        )
        if meanwhile is not None:
            await run_in_threadpool(meanwhile)


async def _whole_body(receive: Receive) -> bytes | None:
    """None where the connection was closed before all of it was there."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _break_off(send: Send) -> None:
    """Promise more than is sent and return: uvicorn then closes the socket."""
    promised = [(b"content-length", str(_PROMISED_BYTES).encode()), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": _HALF_AN_ANSWER, "more_body": True})


def _status(messages: list[Message]) -> int:
    return next((int(message["status"]) for message in messages if message["type"] == "http.response.start"), NO_ANSWER)


def _decoded(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    if "x-www-form-urlencoded" in content_type:
        return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    try:
        return json.loads(body)
    except ValueError:
        return None


class Server:
    """A uvicorn server for one ASGI app, in a daemon thread, on 127.0.0.1. Can be stopped and started again."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self.app = app
        self.port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return once connections are accepted; a port of 0 is replaced by the one that was free.

        Raises OSError when the port is taken, ServerDidNotStart when the server does not come up.
        """
        # Named TCP, because asyncio sends small answers at once only on a socket that says so: 40 ms a call otherwise.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", self.port))
        except OSError:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        logging.getLogger("uvicorn.error").addFilter(_MEANT_DROP)
        config = uvicorn.Config(
            self.app,
            log_level="warning",
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name=f"sandbox-{self.port}", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise ServerDidNotStart(f"nothing listens on port {self.port}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Finish the answers under way, close every connection and wait for the thread. Harmless when not started."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._server = self._thread = None
