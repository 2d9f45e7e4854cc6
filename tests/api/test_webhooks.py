"""What the store delivers, from the endpoint to the links that are to be looked at."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.deps import Services
from app.config import Config
from app.db import offer_links, store_state
from app.db.engine import Database
from app.domain.links import OfferLink
from app.domain.webhooks import Hint
from app.sandbox.store.deliveries import php_json, signature
from tests.api.answers import good, problem
from tests.db.conftest import NOW, add_account

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADDRESS = "/webhooks/woocommerce"
NEW, OLD = "the-new-webhook-secret", "the-old-webhook-secret"
MUG, POSTER, SIZE_L = 11, 21, 22


@pytest.fixture
def config(config: Config) -> Config:
    return config.model_copy(update={"store_webhook_secret": (SecretStr(NEW), SecretStr(OLD))})


@pytest.fixture
def account(services: Services) -> int:
    """An account with an offer of the mug and one of a poster's variation, both looked at already."""
    made = add_account(services.database, "Kubki")
    link = OfferLink(id=0, account_id=made, offer_id="7001", product_id=MUG)
    with services.database.transaction() as session:
        offer_links.add(session, link, now=NOW)
        offer_links.add(session, replace(link, offer_id="7002", product_id=POSTER, variation_id=SIZE_L), now=NOW)
    look(services, made)
    return made


@pytest.fixture
def dead() -> Iterator[Database]:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    yield database
    database.close()


def deliver(to: TestClient, thing: int, secret: str = NEW, *, topic: str = "product.updated") -> None:
    body = php_json({"id": thing, "name": "a/b", "stock_quantity": 5})
    headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Delivery-ID": "88aa"}
    good(to.post(ADDRESS, content=body, headers={**headers, "X-WC-Webhook-Signature": signature(secret, body)}))


def due(services: Services, account: int) -> set[int]:
    """The products and variations whose links are to be looked at after a nudge."""
    services.inbox.work_off()
    with services.database.reading() as session:
        links = offer_links.by_ids(session, offer_links.due(session, account, now=services.now()))
    return {link.variation_id or link.product_id for link in links.values()}


def look(services: Services, account: int) -> None:
    """Look at everything that is due."""
    now = services.now()
    with services.database.transaction() as session:
        ids = offer_links.due(session, account, now=now)
        offer_links.settle_due(session, ids, seen_at=now, again_at=None)


def waiting(services: Services) -> int:
    with services.database.reading() as session:
        return store_state.waiting_hints(session)


def test_two_deliveries_of_one_id_are_two_pieces_of_work(
    anonymous: TestClient, services: Services, account: int
) -> None:
    deliver(anonymous, MUG)
    deliver(anonymous, SIZE_L)
    assert due(services, account) == {MUG, SIZE_L}
    assert waiting(services) == 0


def test_a_product_brings_its_variations_and_an_order_nothing(
    anonymous: TestClient, services: Services, account: int
) -> None:
    deliver(anonymous, MUG, topic="order.updated")
    assert due(services, account) == set()
    deliver(anonymous, POSTER, topic="product.restored")
    assert due(services, account) == {SIZE_L}
    assert waiting(services) == 0


def test_what_is_delivered_again_or_late_is_looked_at_again_and_no_more(
    anonymous: TestClient, services: Services, account: int
) -> None:
    for _ in range(3):
        deliver(anonymous, MUG)
    assert services.inbox.work_off() == {account}
    look(services, account)
    assert services.inbox.work_off() == set()
    deliver(anonymous, MUG)
    assert due(services, account) == {MUG}


def test_a_body_that_was_written_anew_or_signed_by_another_changes_nothing(
    anonymous: TestClient, services: Services, account: int
) -> None:
    body = php_json({"id": MUG, "name": "a/b"})
    again = json.dumps(json.loads(body)).encode()
    assert again != body
    for sent, signed in ((again, signature(NEW, body)), (body, signature("a-third-webhook-secret", body))):
        headers = {"X-WC-Webhook-Topic": "product.updated", "X-WC-Webhook-Signature": signed}
        problem(anonymous.post(ADDRESS, content=sent, headers=headers), 401)
    assert due(services, account) == set()
    with services.database.reading() as session:
        assert store_state.get(session).last_webhook_at is None


def test_what_is_signed_with_the_new_or_the_old_secret_is_taken(
    anonymous: TestClient, services: Services, account: int
) -> None:
    deliver(anonymous, MUG, NEW)
    deliver(anonymous, SIZE_L, OLD)
    assert due(services, account) == {MUG, SIZE_L}


def test_the_store_is_answered_well_while_the_database_is_away_and_nothing_is_forgotten(
    anonymous: TestClient, services: Services, account: int, dead: Database
) -> None:
    services.inbox.database = dead
    for thing in (MUG, SIZE_L) * 4:
        deliver(anonymous, thing)
    good(
        anonymous.post(ADDRESS, content=b"webhook_id=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    )
    services.inbox.database = services.database
    assert due(services, account) == {MUG, SIZE_L}
    with services.database.reading() as session:
        assert store_state.get(session).last_ping_at is not None


def test_the_store_does_not_wait_for_a_database_that_is_slow(
    anonymous: TestClient, services: Services, account: int
) -> None:
    services.inbox.patience_seconds = 0.05
    with services.database.transaction() as session:
        store_state.note_check(session, problem="", now=services.now())  # nobody else can write until it ends
        began = time.monotonic()
        deliver(anonymous, MUG)
        deliver(anonymous, SIZE_L)
        assert time.monotonic() - began < 5
    assert due(services, account) == {MUG, SIZE_L}


def test_what_is_kept_in_memory_has_an_end(services: Services, account: int, dead: Database) -> None:
    services.inbox.most_kept = 1
    services.inbox.database = dead
    for thing in (MUG, SIZE_L, MUG):
        services.inbox.take(Hint("product.updated", thing, services.now()))
    services.inbox.database = services.database
    assert due(services, account) == {MUG}
