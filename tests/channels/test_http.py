"""What becomes of a call when the other side misbehaves."""

import threading
from functools import partial

import httpx
import pytest
import respx

from app.channels.calls import Call, Reply
from app.channels.errors import AuthRequired, Misconfigured, Rejected, Unavailable, Uncertain, Unreadable
from app.channels.http import Transport
from app.channels.pacing import Limit, Quota
from app.errors import BridgeError
from app.logs import Exchange
from tests.channels.conftest import Clock
from tests.channels.loopback import DROP, answer, loopback

URL = "https://shop.example/api"
OK = answer("200 OK", '{"ok": true}')
CUT = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": tr'
PAGE = "<!DOCTYPE html><html><body>Checking your browser</body></html>"


def refused(reply: Reply) -> BridgeError:
    kind = AuthRequired if reply.status == 401 else partial(Rejected, status=reply.status)
    return kind("refused", channel="store")


read = partial(Call, "store", "GET", what="reading", refused=refused, timeout_seconds=5)
write = partial(Call, "store", "POST", what="writing", refused=refused, timeout_seconds=5, json={"a": 1}, effect=True)


def test_a_read_is_tried_again_after_a_dropped_connection(transport: Transport) -> None:
    with loopback(DROP, CUT, OK) as server:
        assert transport.send(read(server.url)).data == {"ok": True}
        assert len(server.requests) == 3


def test_a_read_gives_up_as_unavailable(transport: Transport) -> None:
    with loopback(DROP, DROP, DROP) as server, pytest.raises(Unavailable, match="did not answer"):
        transport.send(read(server.url))


@pytest.mark.parametrize(
    "fate", [DROP, CUT, answer("500 Oops", "{}"), answer("503 Busy", PAGE), answer("200 OK", PAGE)]
)
def test_a_change_without_a_clear_answer_is_uncertain_and_made_once(transport: Transport, fate: bytes) -> None:
    with loopback(fate) as server:
        with pytest.raises(Uncertain, match="may have been done"):
            transport.send(write(server.url))
        assert len(server.requests) == 1


def test_a_change_that_found_no_connection_certainly_did_nothing(transport: Transport) -> None:
    with loopback() as server:
        closed = server.url
    with pytest.raises(Unavailable, match="cannot be reached"):
        transport.send(write(closed))


def test_an_answer_that_trickles_for_ever_is_given_up(clock: Clock) -> None:
    def hurried() -> float:
        clock.now += 11
        return clock.now

    transport = Transport(now=hurried, sleep=clock.sleep)
    with loopback(OK) as server, pytest.raises(Uncertain, match="too long"):
        transport.send(write(server.url))
    transport.close()


def test_a_redirect_is_not_followed(transport: Transport) -> None:
    moved = answer("301 Moved", "", "Location: https://www.shop.example/api?consumer_key=ck_1")
    with loopback(moved) as server:
        with pytest.raises(Misconfigured, match=r"redirects to https://www\.shop\.example/api \(writing\)"):
            transport.send(write(server.url))
        assert len(server.requests) == 1


def test_calls_share_one_connection(transport: Transport) -> None:
    with loopback(*[OK] * 20) as server:
        for _ in range(20):
            transport.send(read(server.url))
        assert server.connections == 1


def test_no_more_connections_are_open_than_allowed() -> None:
    transport = Transport(connections=1)
    with loopback(*[OK] * 24) as server:
        server.holds_first = 0.5
        threads = [threading.Thread(target=transport.send, args=(read(server.url),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        # On a busy machine a connection may rest for so long that it is given up for another, and a call is repeated.
        assert len(server.requests) >= 8
        assert not server.met, "another request came while the only connection was taken"
    transport.close()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '{"code": "bad"}', Rejected),
        (400, "", Rejected),
        (401, PAGE, AuthRequired),
        (403, PAGE, Misconfigured),
        (404, PAGE, Misconfigured),
        (406, PAGE, Misconfigured),
        (415, PAGE, Misconfigured),
        (302, "", Misconfigured),
        (304, "", Misconfigured),
        (408, "", Unavailable),
        (429, "", Unavailable),
        (500, '{"code": "internal_server_error"}', Unavailable),
        (504, PAGE, Unavailable),
        (200, PAGE, Misconfigured),
        (200, "", Unreadable),
        (200, '{"cut": ', Unreadable),
    ],
)
@respx.mock
def test_what_an_answer_to_a_read_means(transport: Transport, status: int, body: str, error: type[BridgeError]) -> None:
    respx.get(URL).respond(status, text=body)
    with pytest.raises(error) as caught:
        transport.send(read(URL))
    assert isinstance(caught.value, Unavailable) == (error is Unavailable)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '{"code": "bad"}', Rejected),
        (400, PAGE, Uncertain),
        (401, PAGE, AuthRequired),
        (403, PAGE, Misconfigured),
        (408, "", Uncertain),
        (413, PAGE, Misconfigured),
        (429, PAGE, Unavailable),
        (499, "", Uncertain),
        (502, PAGE, Uncertain),
    ],
)
@respx.mock
def test_what_an_answer_to_a_change_means(
    transport: Transport, status: int, body: str, error: type[BridgeError]
) -> None:
    route = respx.post(URL).respond(status, text=body)
    with pytest.raises(error):
        transport.send(write(URL))
    assert route.call_count == 1


@pytest.mark.parametrize(("status", "calls"), [(502, 3), (503, 3), (504, 3), (500, 1), (429, 1), (403, 1), (401, 1)])
@respx.mock
def test_only_gateway_errors_are_tried_again(transport: Transport, status: int, calls: int) -> None:
    route = respx.get(URL).respond(status, text="{}")
    with pytest.raises(BridgeError):
        transport.send(read(URL))
    assert route.call_count == calls


@respx.mock
def test_a_server_that_names_a_pause_is_not_asked_again_at_once(transport: Transport) -> None:
    route = respx.get(URL).respond(503, text=PAGE, headers={"Retry-After": "600"})
    with pytest.raises(Unavailable) as caught:
        transport.send(read(URL))
    assert caught.value.retry_after_seconds == 600
    assert route.call_count == 1


@respx.mock
def test_nobody_calls_a_host_while_it_blocks(transport: Transport, clock: Clock) -> None:
    route = respx.get(URL).respond(429)
    other = respx.get("https://elsewhere.example/").respond(json={})
    with pytest.raises(Unavailable) as first:
        transport.send(read(URL))
    assert first.value.retry_after_seconds == 60
    for _ in range(10):
        clock.now += 0.4
        with pytest.raises(Unavailable, match="asked for fewer calls"):
            transport.send(read(URL))
    assert route.call_count == 1
    transport.send(read("https://elsewhere.example/"))
    assert other.call_count == 1
    clock.now += 56.1
    with pytest.raises(Unavailable) as second:
        transport.send(read(URL))
    assert route.call_count == 2
    assert second.value.retry_after_seconds == 120


@respx.mock
def test_a_retry_after_is_honoured(transport: Transport, clock: Clock) -> None:
    respx.get(URL).mock(side_effect=[httpx.Response(429, headers={"Retry-After": "120"}), httpx.Response(200, json={})])
    with pytest.raises(Unavailable):
        transport.send(read(URL))
    clock.now += 119
    with pytest.raises(Unavailable, match="another 1 s"):
        transport.send(read(URL))
    clock.now += 1
    assert transport.send(read(URL)).data == {}


@respx.mock
def test_lanes_of_a_host_are_throttled_apart(transport: Transport) -> None:
    respx.get(URL).mock(side_effect=[httpx.Response(429), httpx.Response(200, json={})])
    with pytest.raises(Unavailable):
        transport.send(read(URL, lane="oauth"))
    assert transport.send(read(URL)).data == {}


def limited(most: int, cost: int = 1) -> tuple[Quota, ...]:
    return (Quota("calls", (Limit(most, 60, at_once=0.1),), cost),)


@respx.mock
def test_calls_beyond_the_rate_wait_for_their_turn(transport: Transport, clock: Clock) -> None:
    respx.get(URL).respond(json={})
    for _ in range(9):
        transport.send(read(URL, quotas=limited(100)))
    assert clock.slept == []
    for _ in range(10):
        transport.send(read(URL, quotas=limited(100)))
    assert sum(clock.slept) == pytest.approx(9.5 / (0.9 * 0.95 * 100 / 60), abs=0.02)


@respx.mock
def test_a_call_that_would_have_to_wait_long_is_not_made(transport: Transport, clock: Clock) -> None:
    route = respx.put(URL).respond(json={})
    change = partial(Call, "allegro", "PUT", URL, what="changing", refused=refused, quotas=limited(6000, cost=500))
    transport.send(change())
    with pytest.raises(Unavailable, match=r"takes no more calls.*changing waits for 5 s") as caught:
        transport.send(change(patience_seconds=4))
    assert caught.value.retry_after_seconds == pytest.approx(430 / 85.5)
    assert (route.call_count, clock.slept) == (1, [])
    transport.send(change(patience_seconds=6))
    assert route.call_count == 2


@respx.mock
def test_a_call_that_waited_is_not_made_when_another_was_refused_meanwhile(clock: Clock) -> None:
    route = respx.get(URL).mock(side_effect=[httpx.Response(200, json={}), httpx.Response(429)])

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        with pytest.raises(Unavailable, match="asks for fewer"):
            transport.send(read(URL))

    transport = Transport(now=clock, sleep=sleep)
    transport.send(read(URL, quotas=limited(6000, cost=500)))
    with pytest.raises(Unavailable, match="asked for fewer"):
        transport.send(read(URL, quotas=limited(6000, cost=200)))
    assert route.call_count == 2
    transport.close()


@respx.mock
def test_every_exchange_is_recorded_also_a_failed_one(transport: Transport) -> None:
    exchanges: list[Exchange] = []
    respx.post(URL).mock(
        side_effect=[httpx.ReadTimeout("too slow"), httpx.Response(201, json={"id": 1}, headers={"trace-id": "t-1"})]
    )
    with pytest.raises(Uncertain):
        transport.send(write(URL, recorder=exchanges.append))
    assert transport.send(write(URL, recorder=exchanges.append)).trace_id == "t-1"
    failed, good = exchanges
    assert (failed.status, failed.error) == (None, "ReadTimeout: too slow")
    assert (good.status, good.trace_id, good.request_body, good.response_body) == (201, "t-1", '{"a":1}', '{"id":1}')
    assert good.at.tzinfo is not None


@respx.mock
def test_a_file_that_is_sent_is_not_recorded(transport: Transport) -> None:
    exchanges: list[Exchange] = []
    route = respx.post(URL).respond(200, json={"id": 1})
    transport.send(write(URL, json=None, content=b"%PDF\xff", recorder=exchanges.append))
    assert route.calls.last.request.content == b"%PDF\xff"
    assert [(each.request_body, each.response_body) for each in exchanges] == [("", '{"id":1}')]


def test_secrets_do_not_show_in_the_text_of_a_call() -> None:
    shown = repr(read(URL, headers={"Authorization": "Bearer abc"}, params={"consumer_secret": "cs_1"}))
    assert "abc" not in shown
    assert "cs_1" not in shown


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff[1]",
        "<br />\n<b>Notice</b>: Undefined index: x in <b>/a[0]/{b}.php</b> on line <b>3</b><br />\n[1]",
        "Deprecated: Function {foo} is deprecated\n[1]\n",
    ],
)
@respx.mock
def test_what_stands_before_the_json_is_passed_over(transport: Transport, body: str) -> None:
    respx.get(URL).respond(200, text=body, headers={"Content-Type": "text/html"})
    assert transport.send(read(URL)).data == [1]
