"""What a seller has set up at Allegro, as it is read."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.options import AllegroOptions
from app.channels.allegro.session import AllegroSession
from app.channels.errors import AuthRequired, Unavailable
from app.channels.http import Transport
from app.domain.listing_options import Choice, ListingOptions
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_query, check_response

TERMS = "/after-sales-service-conditions"
# The name of the list in the answer and the address, by the name of the part.
PARTS = {
    "shipping_rates": ("shippingRates", "/sale/shipping-rates"),
    "return_policies": ("returnPolicies", f"{TERMS}/return-policies"),
    "implied_warranties": ("impliedWarranties", f"{TERMS}/implied-warranties"),
    "warranties": ("warranties", f"{TERMS}/warranties"),
    "responsible_producers": ("responsibleProducers", "/sale/responsible-producers"),
    "responsible_persons": ("responsiblePersons", "/sale/responsible-persons"),
}
RETURNS = {"isFulfillment": False, "seller": {"id": "7"}, "availability": {"range": "FULL"}}


def entry(number: int) -> dict[str, Any]:
    return {"id": f"fee43309-8761-43f9-9cfd-{number:012d}", "name": f"nr {number}"}


def choice(number: int) -> Choice:
    return Choice(f"fee43309-8761-43f9-9cfd-{number:012d}", f"nr {number}")


ALL: dict[str, tuple[Choice, ...] | None] = {part: (choice(number),) for number, part in enumerate(PARTS)}


@pytest.fixture
def options(transport: Transport) -> AllegroOptions:
    session = AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI)
    return AllegroClient(session).options


@pytest.fixture
def routes() -> Iterator[dict[str, respx.Route]]:
    """One thing of each kind, by the name of the part."""
    with respx.mock(base_url=API, assert_all_called=False) as router:
        found = {}
        for number, (part, (name, path)) in enumerate(PARTS.items()):
            body = {name: [{**entry(number), **(RETURNS if part == "return_policies" else {})}]}
            check_response("GET", path, 200, body)
            found[part] = router.get(path).respond(json=body)
        yield found


def test_every_part_is_read(routes: dict[str, respx.Route], options: AllegroOptions) -> None:
    assert options.read() == ListingOptions(**ALL, unknown=())
    for part, (_, path) in PARTS.items():
        assert routes[part].call_count == 1
        for name, value in routes[part].calls.last.request.url.params.multi_items():
            check_query("GET", path, {name: value})


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "no permission": ({"status_code": 403, "json": {"errors": [{"code": "AccessDenied"}]}}, "sale:settings:read"),
    "unfit": ({"status_code": 422, "json": {"errors": [{"code": "E", "message": "limit"}]}}, "limit"),
    "a page": ({"status_code": 403, "text": "<html>"}, "web page"),
    "no list": ({"json": {}}, "is not a list"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_refused_is_unknown_and_stops_no_other(
    routes: dict[str, respx.Route], options: AllegroOptions, part: str, refusal: str
) -> None:
    answer, reason = REFUSALS[refusal]
    routes[part].respond(**answer)
    result = options.read()
    [sentence] = result.unknown
    assert reason in sentence
    assert result == ListingOptions(**{**ALL, part: None}, unknown=(sentence,))


def test_a_part_is_unknown_where_one_of_its_things_is(routes: dict[str, respx.Route], options: AllegroOptions) -> None:
    routes["warranties"].respond(json={"warranties": [entry(1), {"name": "nr 2"}]})
    result = options.read()
    assert result.warranties is None
    assert "warranties[1].id is missing" in result.unknown[0]


def test_nothing_set_up_is_not_unknown(routes: dict[str, respx.Route], options: AllegroOptions) -> None:
    for part, (name, _) in PARTS.items():
        routes[part].respond(json={name: []})
    assert options.read() == ListingOptions(**dict.fromkeys(PARTS, ()), unknown=())


@pytest.mark.parametrize(("status", "error"), [(401, AuthRequired), (503, Unavailable)])
def test_what_stops_every_call_is_no_unknown_part(
    routes: dict[str, respx.Route], options: AllegroOptions, status: int, error: type[Exception]
) -> None:
    routes["warranties"].respond(status)
    with pytest.raises(error):
        options.read()


@pytest.mark.parametrize(
    ("part", "there", "calls"),
    [
        ("warranties", 59, 1),
        ("warranties", 60, 2),
        ("warranties", 118, 2),
        ("responsible_producers", 999, 1),
        ("responsible_producers", 1000, 2),
        ("responsible_persons", 2001, 3),
    ],
)
def test_long_lists_are_read_to_their_end(
    routes: dict[str, respx.Route], options: AllegroOptions, part: str, there: int, calls: int
) -> None:
    name, path = PARTS[part]

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        check_query("GET", path, {"offset": str(offset), "limit": str(limit)})
        rows = [entry(number) for number in range(offset, min(there, offset + limit))]
        return httpx.Response(200, json={name: rows, "count": len(rows)})

    routes[part].mock(side_effect=answer)
    found = getattr(options.read(), part)
    assert found == tuple(choice(number) for number in range(there))
    assert routes[part].call_count == calls


@pytest.mark.parametrize(("part", "rows", "calls"), [("warranties", 60, 2), ("responsible_persons", 1000, 17)])
def test_a_list_that_cannot_be_read_to_its_end_is_unknown(
    routes: dict[str, respx.Route], options: AllegroOptions, part: str, rows: int, calls: int
) -> None:
    routes[part].respond(json={PARTS[part][0]: [entry(number) for number in range(rows)]})
    result = options.read()
    assert getattr(result, part) is None
    assert "is longer than Allegro shows" in result.unknown[0]
    assert routes[part].call_count == calls
