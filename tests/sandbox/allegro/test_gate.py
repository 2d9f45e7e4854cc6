import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.faults import UnknownFaultError
from tests.sandbox.allegro.conftest import MEDIA_TYPE, Api

KUBEK = Line("7700000001")


def test_answers_carry_the_media_type_and_a_trace_id(api: Api) -> None:
    answered = api.get("/me")
    assert answered.headers["content-type"] == MEDIA_TYPE
    assert answered.headers["trace-id"]


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/vnd.allegro.beta.v1+json"])
def test_a_wrong_accept_header_is_a_406(api: Api, accept: str) -> None:
    api.headers["accept"] = accept
    assert api.get("/me").status_code == 406


def test_a_wrong_content_type_is_a_415(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(KUBEK)
    refused = api.client.put(
        f"/order/checkout-forms/{form_id}/fulfillment", json={"status": "PROCESSING"}, headers=api.headers
    )
    assert refused.status_code == 415


@pytest.mark.parametrize("sent", ["python-httpx/0.28", "Other-App/1.0 (+https://x.example)", "Woo-Allegro-Bridge/1.0"])
def test_a_user_agent_that_does_not_name_the_application_is_refused(api: Api, allegro: AllegroWorld, sent: str) -> None:
    api.headers["user-agent"] = sent
    assert api.get("/me").status_code == 403
    assert allegro.bad_user_agents == [sent]


def test_spaces_of_the_registered_name_may_be_underscores(api: Api) -> None:
    api.headers["user-agent"] = "Woo_Allegro_Bridge/2.1 (+https://x.example/contact)"
    assert api.get("/me").status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic abc"])
def test_without_a_good_token_the_answer_is_an_auth_error(api: Api, authorization: str) -> None:
    api.headers["authorization"] = authorization
    refused = api.get("/me")
    assert refused.status_code == 401
    assert set(refused.json()) == {"error", "error_description"}


def test_an_unknown_address_is_a_404_in_the_shape_of_errors(api: Api) -> None:
    answered = api.get("/sale/nothing")
    assert answered.status_code == 404
    assert answered.json()["errors"][0]["code"]


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        ("gateway_timeout_html", 504, "text/html; charset=utf-8"),
        ("server_error", 500, MEDIA_TYPE),
        ("unavailable", 503, None),
        ("not_acceptable", 406, MEDIA_TYPE),
    ],
)
def test_a_fault_answers_in_place_of_the_endpoint(
    api: Api, allegro: AllegroWorld, fault: str, status: int, content_type: str | None
) -> None:
    allegro.faults.switch_on(fault, times=1)
    answered = api.get("/order/event-stats")
    assert (answered.status_code, answered.headers.get("content-type")) == (status, content_type)
    assert api.get("/order/event-stats").status_code == 200


def test_a_fault_can_be_narrowed_to_a_path_and_a_method(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("server_error", times=1, path_prefix="/order/events", method="get")
    assert api.get("/me").status_code == 200
    assert api.get("/order/events").status_code == 500


def test_calls_during_the_pause_after_a_429_prolong_it(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("too_many_requests", times=1, seconds=10)
    assert api.get("/me").status_code == 429
    allegro.clock.advance(6)
    assert api.get("/me").status_code == 429
    allegro.clock.advance(6)
    assert api.get("/me").status_code == 429
    assert allegro.hits_while_blocked == 2
    allegro.clock.advance(11)
    assert api.get("/me").status_code == 200


def test_a_dropped_call_had_no_effect(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(KUBEK)
    allegro.faults.switch_on("drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        api.put(f"/order/checkout-forms/{form_id}/fulfillment", {"status": "PROCESSING"})
    assert allegro.form(form_id)["fulfillment"]["status"] == "NEW"
    assert allegro.requests[-1].status == 0


def test_a_call_dropped_after_its_effect_had_it(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(KUBEK)
    allegro.faults.switch_on("drop_after", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        api.put(f"/order/checkout-forms/{form_id}/fulfillment", {"status": "PROCESSING"})
    assert allegro.form(form_id)["fulfillment"]["status"] == "PROCESSING"


def test_a_slow_call_is_answered_after_the_client_gave_up(api: Api, allegro: AllegroWorld) -> None:
    # The second call is slow as well, so that the first has ended and is not recorded during the next test.
    allegro.faults.switch_on("slow", times=2, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        api.client.get("/me", headers=api.headers, timeout=0.1)
    assert api.get("/me").status_code == 200


def test_every_request_is_recorded_but_those_that_direct_the_world(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(KUBEK)
    api.client.get("/_sandbox/faults")
    api.put(f"/order/checkout-forms/{form_id}/fulfillment", {"status": "SENT"}, checkoutForm_revision="stale")
    [recorded] = allegro.requests
    assert (recorded.method, recorded.path, recorded.status) == (
        "PUT",
        f"/order/checkout-forms/{form_id}/fulfillment",
        409,
    )
    assert recorded.query == {"checkoutForm.revision": "stale"}
    assert recorded.body == {"status": "SENT"}
    assert recorded.headers["content-type"] == MEDIA_TYPE


def test_faults_are_switched_over_http_too(browser: httpx.Client, allegro: AllegroWorld) -> None:
    assert browser.put("/_sandbox/faults/slow", json={"times": 2, "args": {"seconds": 3}}).status_code == 204
    shown = browser.get("/_sandbox/faults").json()
    assert shown["on"] == {"slow": {"times": 2, "skip": 0, "args": {"seconds": 3}}}
    assert set(shown["known"]) == set(allegro.faults.known)
    browser.delete("/_sandbox/faults/slow")
    assert browser.get("/_sandbox/faults").json()["on"] == {}
    assert browser.put("/_sandbox/faults/no_such", json={}).status_code == 404
    with pytest.raises(UnknownFaultError):
        allegro.faults.switch_on("no_such")
