import uuid
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import BETA, Api

KUBEK, SOWA, EMALIA, TERMOS = "7700000001", "7700000002", "7700000003", "7700000004"
BULK = "/sale/offer-bulk-modification-commands"
FIXED_3 = {"modification": {"changeType": "FIXED", "value": 3}}


def criteria(*offer_ids: str) -> dict[str, Any]:
    return {"offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": [{"id": each} for each in offer_ids]}]}


def path_of(resource: str) -> str:
    return f"/sale/offer-{resource}-commands/{uuid.uuid4()}"


def send(api: Api, resource: str, change: dict[str, Any], *offer_ids: str) -> str:
    """Send a command; its path."""
    path = path_of(resource)
    answered = api.put(path, {**change, **criteria(*offer_ids or (KUBEK,))})
    assert answered.status_code == 201, answered.text
    return path


def bulk(*modifications: dict[str, Any], command_id: str | None = None) -> dict[str, Any]:
    return {"commandId": command_id or str(uuid.uuid4()), "modifications": list(modifications)}


def fates(api: Api, path: str, **page: Any) -> list[str]:
    """The status of every task, or the code of its error."""
    tasks = api.get(f"{path}/tasks", **page).json()["tasks"]
    return [task["errors"][0]["code"] if task["errors"] else task["status"] for task in tasks]


def counts(api: Api, path: str) -> tuple[bool, int, int, int]:
    report = api.get(path).json()
    counted = report["taskCount"]
    return report["completedAt"] is not None, counted["total"], counted["success"], counted["failed"]


def fixed(amount: str, currency: str = "PLN") -> dict[str, Any]:
    return {"type": "FIXED_PRICE", "price": {"amount": amount, "currency": currency}}


# --- what each command does -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "fate", "left"),
    [
        ("FIXED", 3, "SUCCESS", 3),
        ("FIXED", 99_999, "SUCCESS", 99_999),
        ("FIXED", 100_000, "INVALID_OFFER_QUANTITY", 24),
        ("GAIN", -20, "SUCCESS", 4),
        ("GAIN", -24, "INVALID_OFFER_QUANTITY", 24),
    ],
)
def test_quantity_is_set_or_moved(api: Api, allegro: AllegroWorld, kind: str, value: int, fate: str, left: int) -> None:
    path = send(api, "quantity-change", {"modification": {"changeType": kind, "value": value}})
    assert fates(api, path) == [fate]
    assert allegro.offer(KUBEK).available == left


@pytest.mark.parametrize(
    ("modification", "fate", "price"),
    [
        (fixed("10.00"), "SUCCESS", "10.00"),
        (fixed("10.001"), "InvalidPricePrecision", "39.99"),
        (fixed("10.00", "EUR"), "prices.price.currency.incorrectBaseCurrency", "39.99"),
        ({"type": "INCREASE_PRICE", "value": {"amount": "0.01", "currency": "PLN"}}, "SUCCESS", "40.00"),
        ({"type": "DECREASE_PRICE", "value": {"amount": "39.00", "currency": "PLN"}}, "PRICE_TOO_LOW", "39.99"),
        ({"type": "INCREASE_PERCENTAGE", "percentage": "10"}, "SUCCESS", "43.99"),
        ({"type": "DECREASE_PERCENTAGE", "percentage": "50"}, "SUCCESS", "20.00"),
        ({**fixed("100", "CZK"), "marketplaceId": "allegro-cz"}, "MARKETPLACE_NOT_AVAILABLE", "39.99"),
    ],
)
def test_price_is_set_or_moved(
    api: Api, allegro: AllegroWorld, modification: dict[str, Any], fate: str, price: str
) -> None:
    path = send(api, "price-change", {"modification": modification})
    assert fates(api, path) == [fate]
    assert allegro.offer(KUBEK).price == Decimal(price)


def test_a_price_abroad_is_set_apart_from_the_base(api: Api, allegro: AllegroWorld) -> None:
    offer_id = allegro.add_offer("Kubek czeski", Decimal("10.00"), marketplaces={"allegro-cz": None})
    send(api, "price-change", {"modification": {**fixed("75", "CZK"), "marketplaceId": "allegro-cz"}}, offer_id)
    offer = allegro.offer(offer_id)
    assert (offer.price, offer.listed_price("allegro-cz")) == (Decimal("10.00"), Decimal(75))


def test_offers_are_ended_and_activated_under_the_same_id(api: Api, allegro: AllegroWorld) -> None:
    empty = allegro.add_offer("Pusty", Decimal("10.00"), stock=0, status="ENDED", ended_by="EMPTY_STOCK")
    archived = allegro.add_offer("Zarchiwizowany", Decimal("10.00"), status="ENDED")
    allegro.clock.advance(61 * 24 * 3600)
    allegro.set_stock(empty, 0)
    api.log_in_again(allegro)
    again = allegro.add_offer("Pusty", Decimal("10.00"), stock=0, status="ENDED")
    assert fates(api, send(api, "publication", {"publication": {"action": "END"}})) == ["SUCCESS"]
    assert (allegro.offer(KUBEK).status, allegro.offer(KUBEK).ended_by) == ("ENDED", "USER")
    allegro.faults.switch_on("activation_unsafe", offer_id=SOWA)
    allegro.end_offer(SOWA)
    path = send(api, "publication", {"publication": {"action": "ACTIVATE"}}, KUBEK, again, archived, SOWA)
    assert fates(api, path) == ["SUCCESS", "INVALID_OFFER_QUANTITY", "OFFER_NOT_FOUND", "PRODUCT_SAFETY_EMPTY"]
    assert allegro.offer(KUBEK).status == "ACTIVE"


def test_an_activation_can_be_planned_and_can_lag(api: Api, allegro: AllegroWorld) -> None:
    allegro.end_offer(KUBEK)
    planned = allegro.clock.now().replace(microsecond=0).timestamp() + 100
    moment = allegro.clock.now().fromtimestamp(planned, tz=allegro.clock.now().tzinfo).isoformat()
    send(api, "publication", {"publication": {"action": "ACTIVATE", "scheduledFor": moment}})
    assert allegro.offer(KUBEK).status == "ACTIVATING"
    allegro.clock.advance(101)
    assert allegro.offer(KUBEK).status == "ACTIVE"
    allegro.end_offer(KUBEK)
    allegro.faults.switch_on("activation_lags", times=1, seconds=50)
    send(api, "publication", {"publication": {"action": "ACTIVATE"}})
    assert allegro.offer(KUBEK).status == "ACTIVATING"
    allegro.clock.advance(51)
    assert allegro.offer(KUBEK).status == "ACTIVE"


def test_the_bulk_command_gives_each_offer_its_own_values(api: Api, allegro: AllegroWorld) -> None:
    gain = {"changeType": "GAIN", "value": {"amount": "1.00", "currency": "PLN"}}
    body = bulk(
        {"offerId": KUBEK, "stock": {"changeType": "FIXED", "value": 5}, "prices": {"allegro-pl": gain}},
        {"offerId": SOWA, "stock": {"changeType": "GAIN", "value": -18}},
        {"offerId": EMALIA, "prices": {"allegro-pl": {"changeType": "PERCENTAGE", "percentage": "+10%"}}},
        {"offerId": "17", "stock": {"changeType": "FIXED", "value": 5}},
    )
    assert api.post(BULK, body, BETA).status_code == 201
    tasks = api.get(f"{BULK}/{body['commandId']}/tasks").json()["tasks"]
    assert [(each["subject"]["offerId"], each["subject"]["field"], each["status"]) for each in tasks] == [
        (KUBEK, "prices", "SUCCESS"),
        (KUBEK, "stock", "SUCCESS"),
        (SOWA, "stock", "FAIL"),
        (EMALIA, "prices", "SUCCESS"),
        ("17", "stock", "FAIL"),
    ]
    assert (allegro.offer(KUBEK).available, allegro.offer(KUBEK).price) == (5, Decimal("40.99"))
    assert (allegro.offer(SOWA).available, allegro.offer(EMALIA).price) == (18, Decimal("53.90"))


def test_the_bulk_command_wants_the_beta_media_type_and_its_reports_do_not(api: Api) -> None:
    body = bulk({"offerId": KUBEK, "stock": {"changeType": "FIXED", "value": 5}})
    assert api.post(BULK, body).status_code == 406
    assert api.post(BULK, body, BETA).headers["content-type"] == BETA
    assert api.get(f"{BULK}/{body['commandId']}").status_code == 200
    api.headers["accept"] = BETA
    assert api.get(f"{BULK}/{body['commandId']}").status_code == 406


@pytest.mark.parametrize("status", [403, 404, 422])
def test_the_bulk_command_can_be_refused(api: Api, allegro: AllegroWorld, status: int) -> None:
    allegro.faults.switch_on("bulk_command_refused", status=status)
    body = bulk({"offerId": KUBEK, "stock": {"changeType": "FIXED", "value": 5}})
    assert api.post(BULK, body, BETA).status_code == status
    assert allegro.offer(KUBEK).available == 24


@pytest.mark.parametrize(
    ("resource", "change", "code"),
    [
        ("quantity-change", {"modification": {"changeType": "FIXED", "value": 0}}, "INCORRECT_QUANTITY_VALUE"),
        ("quantity-change", {"modification": {"changeType": "FIXED", "value": "3"}}, "VALIDATION_ERROR"),
        ("quantity-change", {"modification": {"changeType": "SET", "value": 3}}, "VALIDATION_ERROR"),
        ("quantity-change", {"modification": 3}, "VALIDATION_ERROR"),
        ("quantity-change", {**FIXED_3, "offerCriteria": []}, "VALIDATION_ERROR"),
        ("quantity-change", {**FIXED_3, "offerCriteria": [{"type": "ALL"}]}, "VALIDATION_ERROR"),
        ("quantity-change", {**FIXED_3, **criteria(*map(str, range(1001)))}, "VALIDATION_ERROR"),
        ("price-change", {"modification": {**fixed("10.00"), "percentage": "5"}}, "VALIDATION_ERROR"),
        ("price-change", {"modification": {"type": "FIXED_PRICE", "percentage": "5"}}, "VALIDATION_ERROR"),
        ("price-change", {"modification": {"type": "FREE"}}, "VALIDATION_ERROR"),
        ("price-change", {"modification": {"type": "FIXED_PRICE", "price": {"amount": 1}}}, "INVALID_PRICE"),
        ("price-change", {"modification": {"type": "INCREASE_PERCENTAGE", "percentage": "x"}}, "VALIDATION_ERROR"),
        ("price-change", {"modification": {**fixed("1"), "marketplaceId": "allegro-de"}}, "VALIDATION_ERROR"),
        ("publication", {"publication": {"action": "PAUSE"}}, "VALIDATION_ERROR"),
        ("publication", {"publication": {"action": "ACTIVATE", "scheduledFor": "soon"}}, "VALIDATION_ERROR"),
    ],
)
def test_a_command_that_does_not_fit_is_refused_as_a_whole(
    api: Api, resource: str, change: dict[str, Any], code: str
) -> None:
    refused = api.put(path_of(resource), {**criteria(KUBEK), **change})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)


def test_a_command_needs_a_uuid(api: Api) -> None:
    assert api.put("/sale/offer-quantity-change-commands/17", {**FIXED_3, **criteria(KUBEK)}).status_code == 422
    assert api.get(path_of("quantity-change")).status_code == 404


@pytest.mark.parametrize(
    "modifications",
    [
        [],
        [{"offerId": str(number), "stock": {"changeType": "FIXED", "value": 1}} for number in range(26)],
        [{"offerId": KUBEK}],
        [{"offerId": KUBEK, "stock": {"changeType": "FIXED", "value": 0}}],
        [{"offerId": KUBEK, "stock": {"changeType": "FIXED", "value": 1}}] * 2,
        [{"offerId": KUBEK, "prices": {"allegro-pl": {"changeType": "FREE"}}}],
    ],
)
def test_a_bulk_command_that_does_not_fit_is_refused(api: Api, modifications: list[dict[str, Any]]) -> None:
    assert api.post(BULK, bulk(*modifications), BETA).status_code == 422


# --- reports, repetition, order ---------------------------------------------------------------------------------------


def test_a_command_counts_nothing_at_first_and_is_done_after_its_delay(api: Api, allegro: AllegroWorld) -> None:
    allegro.commands.seconds = 30
    path = path_of("quantity-change")
    answered = api.put(path, {**FIXED_3, **criteria(KUBEK, "17")}).json()
    assert (answered["completedAt"], answered["taskCount"]) == (None, {"total": 0, "success": 0, "failed": 0})
    assert counts(api, path) == (False, 2, 0, 0)
    assert fates(api, path) == ["NEW", "NEW"]
    allegro.clock.advance(31)
    assert counts(api, path) == (True, 2, 1, 1)
    assert allegro.offer(KUBEK).available == 3


def test_a_command_sent_again_is_not_run_again(api: Api, allegro: AllegroWorld) -> None:
    path, body = path_of("quantity-change"), {"modification": {"changeType": "GAIN", "value": -1}, **criteria(KUBEK)}
    first = api.put(path, body)
    assert api.get(path).json() != first.json()
    again = api.put(path, body)
    assert (again.status_code, again.json()) == (201, first.json())
    assert allegro.offer(KUBEK).available == 23
    other = api.put(path, {**body, **criteria(SOWA)})
    assert other.status_code == 409
    assert other.json()["errors"][0]["code"] == "COMMAND_ALREADY_REGISTERED_WITH_DIFFERENT_CONTENT"


def test_a_command_whose_answer_was_lost_had_its_effect(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("drop_after", times=1)
    path, body = path_of("quantity-change"), {**FIXED_3, **criteria(KUBEK)}
    with pytest.raises(httpx.RemoteProtocolError):
        api.put(path, body)
    assert counts(api, path) == (True, 1, 1, 0)
    assert api.put(path, body).status_code == 201


def test_tasks_come_in_pages_of_a_hundred_unless_asked(api: Api, allegro: AllegroWorld) -> None:
    path = send(api, "quantity-change", FIXED_3, *map(str, range(1000)))
    assert len(fates(api, path)) == 100
    assert len(fates(api, path, limit=1000)) == 1000
    assert len(fates(api, path, limit=1000, offset=990)) == 10
    assert api.get(f"{path}/tasks", limit=1001).status_code == 422


def test_another_sellers_offers_are_not_found_and_commands_are_the_senders_own(api: Api, allegro: AllegroWorld) -> None:
    theirs = allegro.add_offer("Cudzy kubek", Decimal("10.00"), login="inny-sprzedawca")
    path = send(api, "quantity-change", FIXED_3, theirs)
    assert fates(api, path) == ["OFFER_NOT_FOUND"]
    api.headers["authorization"] = f"Bearer {allegro.open_session('inny-sprzedawca')['access_token']}"
    assert api.get(path).status_code == 404


def test_commands_that_are_due_together_are_executed_in_the_order_they_were_sent(
    api: Api, allegro: AllegroWorld
) -> None:
    allegro.commands.seconds = 10
    for value in (7, 8, 9):
        send(api, "quantity-change", {"modification": {"changeType": "FIXED", "value": value}})
    allegro.clock.advance(11)
    assert allegro.offer(KUBEK).available == 9


def test_a_sale_before_the_execution_is_overwritten(api: Api, allegro: AllegroWorld) -> None:
    allegro.commands.seconds = 10
    send(api, "quantity-change", {"modification": {"changeType": "FIXED", "value": 24}})
    allegro.buy(Line(KUBEK, 4))
    assert allegro.offer(KUBEK).available == 20
    allegro.clock.advance(11)
    assert allegro.offer(KUBEK).available == 24


# --- faults -----------------------------------------------------------------------------------------------------------

FOUR = (KUBEK, SOWA, EMALIA, TERMOS)


@pytest.mark.parametrize(
    ("fault", "args", "fate", "counted", "left"),
    [
        ("command_tasks_new", {}, ["NEW"] * 4, (False, 4, 0, 0), [24, 18, 32, 12]),
        (
            "command_tasks_new",
            {"offer_id": SOWA},
            ["SUCCESS", "NEW", "SUCCESS", "SUCCESS"],
            (False, 4, 3, 0),
            [3, 18, 3, 3],
        ),
        ("command_partial", {"code": "E"}, ["SUCCESS", "E", "SUCCESS", "E"], (True, 4, 2, 2), [3, 18, 3, 12]),
        ("command_lies", {}, ["SUCCESS"] * 4, (True, 4, 4, 0), [24, 18, 32, 12]),
        ("command_task_missing", {}, ["SUCCESS"] * 3, (True, 4, 3, 0), [3, 3, 3, 12]),
        ("command_task_missing", {"offer_id": KUBEK}, ["SUCCESS"] * 3, (True, 4, 3, 0), [24, 3, 3, 3]),
        ("command_lies", {"kind": "price"}, ["SUCCESS"] * 4, (True, 4, 4, 0), [3, 3, 3, 3]),
    ],
)
def test_a_command_goes_wrong_on_demand(
    api: Api,
    allegro: AllegroWorld,
    fault: str,
    args: dict[str, Any],
    fate: list[str],
    counted: tuple[bool, int, int, int],
    left: list[int],
) -> None:
    allegro.faults.switch_on(fault, times=1, **args)
    path = send(api, "quantity-change", FIXED_3, *FOUR)
    allegro.clock.advance(3600)
    assert (fates(api, path), counts(api, path)) == (fate, counted)
    assert [allegro.offer(each).available for each in FOUR] == left


def test_a_command_may_count_no_tasks_for_a_while(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("command_counts_zero", times=1, seconds=40)
    path = send(api, "quantity-change", FIXED_3)
    assert (counts(api, path), fates(api, path)) == ((False, 0, 0, 0), [])
    allegro.clock.advance(41)
    assert (counts(api, path), fates(api, path)) == ((True, 1, 1, 0), ["SUCCESS"])


def test_commands_may_be_executed_in_reverse_order(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("commands_reversed", times=2, seconds=20)
    for value in (7, 8, 9):
        send(api, "quantity-change", {"modification": {"changeType": "FIXED", "value": value}})
    assert allegro.offer(KUBEK).available == 9
    allegro.clock.advance(21)
    assert allegro.offer(KUBEK).available == 7
