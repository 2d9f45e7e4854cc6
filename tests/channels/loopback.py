"""A server on loopback that does exactly what a script says, down to the bytes."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

DROP = b""


def answer(status: str, body: str, *headers: str) -> bytes:
    """A whole HTTP answer; `status` as in "200 OK"."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass
class Loopback:
    """`script` holds one answer per request, in order; `DROP`, or a part of an answer, ends the connection there.

    The first answer waits so long for another request (`holds_first`, seconds); `met` is whether one came meanwhile.
    """

    script: list[bytes]
    url: str = ""
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    holds_first: float = 0
    met: bool = False
    another: threading.Event = field(default_factory=threading.Event)


@contextmanager
def loopback(*script: bytes) -> Iterator[Loopback]:
    """Serve the script on a free port of 127.0.0.1."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.loopback = Loopback(list(script), f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.loopback
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    # A pooled connection stays open until its client is closed, which is after the server.
    block_on_close = False
    loopback: Loopback


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        loopback = cast(_Server, self.server).loopback
        loopback.connections += 1
        while request := self._request():
            loopback.requests.append(request)
            if len(loopback.requests) > 1:
                loopback.another.set()
            elif loopback.holds_first:
                loopback.met = loopback.another.wait(loopback.holds_first)
            reply = loopback.script.pop(0)
            self.wfile.write(reply)
            _, _, body = reply.partition(b"\r\n\r\n")
            if f"Content-Length: {len(body)}\r\n".encode() not in reply:
                return

    def _request(self) -> str:
        head, length = "", 0
        while line := self.rfile.readline().decode():
            head += line
            if line.lower().startswith("content-length:"):
                length = int(line.partition(":")[2])
            if line == "\r\n":
                return head + self.rfile.read(length).decode()
        return ""
