from datetime import timedelta

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = Line("7700000001")
PURCHASE = ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]


def test_the_journal_is_read_from_the_oldest_and_after_an_id(allegro: AllegroWorld, api: Api) -> None:
    for _ in range(40):
        allegro.buy(KUBEK)
    ids = [int(event_id) for event_id, _type in api.events(limit=1000)]
    assert len(ids) == 120
    assert ids == sorted(set(ids))
    assert len(api.events()) == 100
    assert [event_id for event_id, _type in api.events(**{"from": str(ids[99]), "limit": 5})] == [
        str(event_id) for event_id in ids[100:105]
    ]


def test_types_filter_the_journal(allegro: AllegroWorld, api: Api) -> None:
    allegro.buy(KUBEK)
    assert api.event_types(type=["BOUGHT", "READY_FOR_PROCESSING"]) == ["BOUGHT", "READY_FOR_PROCESSING"]
    assert api.get("/order/events", type="SOLD").status_code == 422


def test_the_journal_refuses_a_limit_over_a_thousand(api: Api) -> None:
    assert api.get("/order/events", limit=1001).status_code == 422


def test_the_journal_forgets_after_sixty_days(allegro: AllegroWorld, api: Api) -> None:
    now = allegro.clock.now()
    allegro.buy(KUBEK, at=now - timedelta(days=61))
    kept = allegro.buy(KUBEK, at=now - timedelta(days=59))
    events = api.get("/order/events").json()["events"]
    assert {event["order"]["checkoutForm"]["id"] for event in events} == {kept}
    assert len(allegro.forms) == 2


def test_the_latest_event_is_known_without_reading(allegro: AllegroWorld, api: Api) -> None:
    assert api.get("/order/event-stats").json()["latestEvent"] is None
    allegro.buy(KUBEK)
    assert api.get("/order/event-stats").json()["latestEvent"]["id"] == api.events()[-1][0]


def test_a_dropped_event_never_comes(allegro: AllegroWorld, api: Api) -> None:
    allegro.faults.switch_on("events_drop", type="READY_FOR_PROCESSING", every=2)
    form_ids = [allegro.buy(KUBEK) for _ in range(4)]
    ready = api.get("/order/events", type="READY_FOR_PROCESSING").json()["events"]
    assert [event["order"]["checkoutForm"]["id"] for event in ready] == [form_ids[0], form_ids[2]]
    assert allegro.form(form_ids[1])["status"] == "READY_FOR_PROCESSING"


def test_a_repeated_event_comes_again_after_it_was_read(allegro: AllegroWorld, api: Api) -> None:
    allegro.faults.switch_on("events_repeat")
    allegro.buy(KUBEK)
    first = api.events()
    assert [event_type for _id, event_type in first] == PURCHASE
    second = api.events(**{"from": first[-1][0]})
    assert [event_type for _id, event_type in second] == PURCHASE
    assert int(second[0][0]) > int(first[-1][0])
    assert api.events(**{"from": second[-1][0]}) == []


def test_a_repetition_can_take_its_time(allegro: AllegroWorld, api: Api) -> None:
    allegro.faults.switch_on("events_repeat", seconds=3600)
    allegro.buy(KUBEK)
    cursor = api.events()[-1][0]
    assert api.events(**{"from": cursor}) == []
    allegro.clock.advance(3601)
    assert len(api.events(**{"from": cursor})) == 3


def test_shuffled_events_have_rising_ids_all_the_same(allegro: AllegroWorld, api: Api) -> None:
    allegro.faults.switch_on("events_shuffle")
    form_ids = [allegro.buy(KUBEK) for _ in range(10)]
    events = api.get("/order/events").json()["events"]
    ids = [int(event["id"]) for event in events]
    happened = [event["occurredAt"] for event in events]
    assert ids == sorted(ids)
    assert [event["type"] for event in events] != PURCHASE * 10
    assert happened != sorted(happened) or len({*happened}) < len(happened)
    assert {event["order"]["checkoutForm"]["id"] for event in events} == set(form_ids)


def test_a_delayed_event_comes_later(allegro: AllegroWorld, api: Api) -> None:
    allegro.faults.switch_on("events_delay", seconds=1800)
    allegro.buy(KUBEK)
    assert api.events() == []
    allegro.clock.advance(1801)
    assert api.event_types() == PURCHASE


def test_an_event_can_appear_below_the_cursor(allegro: AllegroWorld, api: Api) -> None:
    allegro.buy(KUBEK)
    cursor = api.events()[-1][0]
    allegro.faults.switch_on("event_below_cursor", times=1)
    allegro.emit("READY_FOR_PROCESSING", next(iter(allegro.forms)))
    assert api.events(**{"from": cursor}) == []
    overlapping = str(int(cursor) - 15 * 60 * 1_000_000)
    assert len(api.events(**{"from": overlapping})) == 4
