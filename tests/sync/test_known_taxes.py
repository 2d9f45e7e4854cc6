"""The store's taxes are remembered for a while, and their trouble is nobody's in particular."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx
import stamina

from app.channels.errors import Misconfigured
from app.channels.http import Transport
from app.channels.woocommerce.client import StoreClient
from app.channels.woocommerce.session import StoreSession
from app.sync.known_taxes import KnownTaxes

NOON = datetime(2026, 10, 12, 12, tzinfo=UTC)
GENERAL = "https://shop.example/wp-json/wc/v3/settings/general"
UNTAXED = [
    {"id": "woocommerce_calc_taxes", "value": "no"},
    {"id": "woocommerce_price_num_decimals", "value": "2"},
]


@pytest.fixture
def store() -> Iterator[StoreClient]:
    transport = Transport()
    with respx.mock, stamina.set_testing(True, attempts=1):
        yield StoreClient(StoreSession(transport, "https://shop.example", httpx.BasicAuth("ck_1", "cs_1")))
    transport.close()


@pytest.mark.parametrize(
    ("minutes", "fresh", "asked"), [(0, False, 1), (10, False, 1), (11, False, 2), (0, True, 2), (5, True, 2)]
)
def test_taxes_are_believed_for_ten_minutes_unless_fresh_ones_are_wanted(
    store: StoreClient, minutes: int, fresh: bool, asked: int
) -> None:
    route = respx.get(GENERAL).respond(json=UNTAXED)
    known = KnownTaxes()
    known.of(store, NOON)
    assert not known.of(store, NOON + timedelta(minutes=minutes), fresh=fresh).enabled
    assert len(route.calls) == asked


def test_taxes_read_afresh_are_those_remembered(store: StoreClient) -> None:
    known = KnownTaxes()
    respx.get(GENERAL).respond(json=UNTAXED)
    known.of(store, NOON)
    respx.get(GENERAL).respond(json=[UNTAXED[0], {**UNTAXED[1], "value": "4"}])
    assert [known.of(store, NOON, fresh=fresh).decimals for fresh in (False, True, False)] == [2, 4, 4]


@pytest.mark.parametrize("answer", [httpx.Response(400, json={"code": "x"}), httpx.Response(200, json=[])])
def test_taxes_that_are_refused_or_garbled_are_trouble_with_the_store(
    store: StoreClient, answer: httpx.Response
) -> None:
    respx.get(GENERAL).mock(return_value=answer)
    with pytest.raises(Misconfigured):
        KnownTaxes().of(store, NOON)
