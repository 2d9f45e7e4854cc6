import socket
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from app.sandbox.serving import DropConnection, Recorded, Server, WireFaults


@pytest.fixture
def recorded() -> list[Recorded]:
    return []


@pytest.fixture
def done() -> list[str]:
    """What endpoints have done."""
    return []


@pytest.fixture
def server(recorded: list[Recorded], done: list[str]) -> Iterator[Server]:
    app = FastAPI()

    @app.post("/answered")
    def answered() -> dict[str, str]:
        return {"kubek": "z kotem"}

    @app.post("/dropped")
    def dropped() -> None:
        done.append("dropped")
        raise DropConnection

    @app.get("/_sandbox/control")
    def control() -> None:
        return None

    running = Server(WireFaults(app, recorded.append))
    running.start()
    yield running
    running.stop()


def test_a_dropped_connection_leaves_an_incomplete_answer_and_the_effect(
    server: Server, recorded: list[Recorded], done: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with httpx.Client(base_url=server.url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/dropped")
        assert client.post("/answered").json() == {"kubek": "z kotem"}
    assert done == ["dropped"]
    assert [request.status for request in recorded] == [0, 200]
    assert not caplog.records


def test_a_request_whose_caller_dies_in_the_middle_of_it_has_no_effect(
    server: Server, recorded: list[Recorded], done: list[str]
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as dying:
        dying.sendall(b"POST /dropped HTTP/1.1\r\nHost: shop\r\nContent-Length: 20\r\n\r\n{")
    # The server has got over it by the time that it answers somebody else.
    server.stop()
    assert (done, recorded) == ([], [])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({"json": {"a": [1]}}, {"a": [1]}), ({"data": {"a": "1"}}, {"a": "1"}), ({"content": b"\xff{"}, None), ({}, None)],
    ids=["json", "form", "neither", "empty"],
)
def test_a_request_is_recorded_decoded(
    server: Server, recorded: list[Recorded], sent: dict[str, object], kept: object
) -> None:
    request = httpx.Request("POST", f"{server.url}/answered?x=1&y=", headers={"X-Thing": "Z"}, **sent)  # type: ignore[arg-type]
    with httpx.Client() as client:
        client.send(request)
    [seen] = recorded
    assert (seen.method, seen.path, seen.query, seen.body) == ("POST", "/answered", {"x": "1", "y": ""}, kept)
    assert seen.headers["x-thing"] == "Z"


def test_control_requests_are_not_recorded(server: Server, recorded: list[Recorded]) -> None:
    assert httpx.get(f"{server.url}/_sandbox/control").status_code == 200
    assert recorded == []


def test_a_server_can_be_stopped_and_started_on_the_same_port(server: Server) -> None:
    port = server.port
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"{server.url}/answered")
    server.start()
    assert server.port == port
    assert httpx.post(f"{server.url}/answered").status_code == 200


def test_a_taken_port_is_an_error(server: Server) -> None:
    with pytest.raises(OSError, match="in use"):
        Server(server.app, server.port).start()


def test_stopping_twice_is_harmless(server: Server) -> None:
    server.stop()
    server.stop()
