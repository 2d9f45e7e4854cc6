"""One store customer per Allegro buyer, and who is mailed about it: through the real client."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from app.api.deps import Services
from app.channels.errors import Misconfigured, Unavailable, Uncertain
from app.channels.woocommerce.client import StoreClient
from app.db import buyers
from app.db.models import BuyerRow
from app.domain.accounts import Environment
from app.domain.buyers import CustomerDraft, KnownBuyer
from app.domain.orders import Address, Buyer
from app.domain.runs import AskedBy
from app.sandbox.store.customers import Customer
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.lease import Lease, holding
from app.sync.orders.customers import CustomerFound, Customers
from app.sync.report import Report
from tests.db.conftest import add_account
from tests.domain.samples import BUYER, HOME, order_of
from tests.sync.steps import account_of, change, switch

# What is asked of the two sides does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOUSE = Address("Jan", "Lis", "", "Leśna 2", "Łódź", "90-001", "PL")
ANNA = replace(BUYER, id="23", email="k3x+1@allegromail.pl")
AGAIN = replace(ANNA, email="k3x+2@allegromail.pl")
NAME = "allegro-sandbox-23"
PLACEHOLDER = f"{NAME}@allegro-buyer.invalid"


@dataclass
class Counter:
    """Where a buyer's account is asked for."""

    world: Sandbox
    services: Services
    account: int
    lease: Lease
    store: StoreClient

    def ask(self, buyer: Buyer = ANNA) -> CustomerFound:
        """As a run of its own does it."""
        services = self.services
        context = JobContext(
            account=account_of(services, self.account),
            config=services.config,
            database=services.database,
            lines=services.lines,
            lease=self.lease,
            report=Report(),
            asked_by=AskedBy.HAND,
            dry_run=False,
            now=services.now,
            run_id=1,
            stopping=services.runner.stopping,
        )
        return Customers(context, self.store).id_for(replace(order_of(), buyer=buyer), HOME, HOUSE)

    def customers(self) -> list[Customer]:
        return list(self.world.store.shop.customers.by_id.values())

    def addresses(self) -> list[str]:
        return [customer.email for customer in self.customers()]

    def mailed(self) -> list[tuple[str, str]]:
        return [(mail.to, mail.template) for mail in self.world.store.outbox]

    def requests(self, method: str) -> int:
        return sum(request.method == method for request in self.world.store.requests)

    def register(self, username: str, email: str, buyer_id: str = "") -> int:
        """Somebody makes an account, at the store or in our name."""
        meta = (("_allegro_buyer_id", buyer_id),) if buyer_id else ()
        made = self.store.customers.create(CustomerDraft(username, email, "", "", Address(), Address(), meta))
        self.world.store.outbox.clear()
        return made.id

    def known(self) -> KnownBuyer | None:
        with self.services.database.reading() as session:
            return buyers.find(session, Environment.SANDBOX, ANNA.id)

    def forget(self) -> None:
        with self.services.database.transaction() as session:
            session.execute(delete(BuyerRow))


@pytest.fixture
def counter(world: Sandbox, services: Services) -> Iterator[Counter]:
    account = add_account(services.database, "Kubki")
    switch(services, account, create_customer_accounts=True)
    with holding(services.database, "orders", account, seconds=600, now=services.now) as lease:
        yield Counter(world, services, account, lease, services.lines.store())


def test_a_buyer_gets_one_account_with_name_addresses_and_ids(counter: Counter) -> None:
    first, second = counter.ask(ANNA), counter.ask(AGAIN)
    [customer] = counter.customers()
    assert first == second == CustomerFound(customer.id)
    assert (customer.username, customer.first_name, customer.last_name) == (NAME, "Anna", "Nowak")
    assert (customer.billing["address_1"], customer.shipping["city"]) == (HOME.street, HOUSE.city)
    marks = {meta.key: meta.value for meta in customer.meta}
    assert (marks["_allegro_buyer_id"], marks["_allegro_buyer_login"]) == ("23", "anna_n")


def test_without_the_account_mail_the_buyer_is_mailed_nothing_and_has_the_real_address(counter: Counter) -> None:
    counter.ask(ANNA)
    counter.ask(AGAIN)
    assert counter.addresses() == [ANNA.email]
    assert {to for to, _ in counter.mailed()} == {PLACEHOLDER}
    assert (counter.requests("POST"), counter.requests("PUT")) == (1, 1)


def test_the_account_mail_goes_to_the_buyer_once(counter: Counter) -> None:
    switch(counter.services, counter.account, send_account_email=True)
    counter.ask(ANNA)
    counter.ask(AGAIN)
    assert counter.addresses() == [ANNA.email]
    assert counter.mailed() == [(ANNA.email, "customer_new_account")]


def test_nobody_gets_an_account_who_is_not_to_have_one(counter: Counter) -> None:
    assert counter.ask(replace(ANNA, guest=True)) == counter.ask(replace(ANNA, id="")) == CustomerFound()
    switch(counter.services, counter.account, create_customer_accounts=False)
    assert counter.ask(ANNA) == CustomerFound()
    assert counter.world.store.requests == []


def test_another_buyer_and_the_same_id_in_allegros_other_world_are_other_people(counter: Counter) -> None:
    found = [counter.ask(ANNA), counter.ask(replace(ANNA, id="2", email="p7+3@allegromail.pl"))]
    change(counter.services, counter.account, environment=Environment.PRODUCTION)
    found.append(counter.ask(replace(ANNA, email="q9+4@allegromail.pl")))
    assert len({each.customer_id for each in found}) == 3


def test_a_customer_of_that_address_is_used_as_it_is(counter: Counter) -> None:
    owner = counter.register("anna", ANNA.email.upper())
    before = counter.customers()[0].view("")
    # Found by the address once, and remembered when the next order comes with another.
    assert counter.ask(ANNA) == counter.ask(AGAIN) == CustomerFound(owner)
    assert [customer.view("") for customer in counter.customers()] == [before]
    assert counter.mailed() == []


def test_an_account_is_found_after_the_memory_was_lost(counter: Counter) -> None:
    made = counter.ask(ANNA)
    counter.forget()
    assert counter.ask(AGAIN) == made
    assert counter.known() is not None
    assert len(counter.customers()) == 1


def test_an_account_that_was_deleted_is_made_anew(counter: Counter) -> None:
    first = counter.ask(ANNA)
    counter.world.store.shop.customers.by_id.clear()
    second = counter.ask(AGAIN)
    assert first.customer_id != second.customer_id
    assert counter.addresses() == [AGAIN.email]


def test_an_id_that_the_store_gave_to_somebody_else_after_a_restore_is_not_the_buyers(counter: Counter) -> None:
    mine = counter.ask(ANNA).customer_id
    counter.world.clock.advance(60)
    counter.world.store.shop.customers.by_id.clear()
    stranger = counter.register("ewa", "ewa@example.com")
    ewa = counter.world.store.shop.customers.by_id.pop(stranger)
    counter.world.store.shop.customers.by_id[mine] = replace(ewa, id=mine)
    assert counter.ask(AGAIN).customer_id not in (0, mine)
    assert counter.addresses() == ["ewa@example.com", AGAIN.email]


def test_a_placeholder_that_a_crash_left_gives_way_at_the_next_order(counter: Counter) -> None:
    counter.world.store.faults.switch_on("drop", method="PUT")
    with pytest.raises(Unavailable):
        counter.ask(ANNA)
    assert counter.addresses() == [PLACEHOLDER]
    counter.world.store.faults.clear()
    assert counter.ask(AGAIN) == CustomerFound(counter.customers()[0].id)
    assert counter.addresses() == [AGAIN.email]
    assert {to for to, _ in counter.mailed()} == {PLACEHOLDER}


def test_an_account_whose_answer_was_lost_is_waited_for_and_not_asked_for_again(counter: Counter) -> None:
    counter.world.store.faults.switch_on("drop", method="POST")
    for _ in range(2):
        with pytest.raises(Uncertain):
            counter.ask(ANNA)
    assert counter.requests("POST") == 1
    counter.world.store.faults.clear()
    # It comes late, and half: PHP died at the mail, before the mark was written.
    late = counter.register(NAME, PLACEHOLDER)
    assert counter.ask(ANNA) == CustomerFound(late)
    assert counter.addresses() == [ANNA.email]


def test_an_account_that_never_came_is_asked_for_again_once_the_store_must_be_done(counter: Counter) -> None:
    counter.world.store.faults.switch_on("drop", method="POST")
    with pytest.raises(Uncertain):
        counter.ask(ANNA)
    counter.world.store.faults.clear()
    config = counter.services.config
    counter.world.clock.advance(timedelta(seconds=config.store_timeout + config.store_settle).total_seconds())
    assert counter.ask(ANNA).customer_id
    assert len(counter.customers()) == 1


def test_a_stranger_with_the_buyers_user_name_does_not_get_the_buyers_orders(counter: Counter) -> None:
    stranger = counter.register(NAME, PLACEHOLDER)
    before = counter.requests("POST")
    found = counter.ask(ANNA)
    assert found.customer_id == 0
    assert f"belongs to customer {stranger}" in found.note
    assert (counter.requests("POST"), counter.addresses()) == (before, [PLACEHOLDER])


def test_an_account_that_appears_at_the_last_moment_is_found_after_all(counter: Counter) -> None:
    made = counter.ask(ANNA)
    counter.forget()
    counter.world.store.faults.switch_on("empty_list", path_prefix="/customers", times=2)
    assert counter.ask(AGAIN) == made
    assert counter.requests("POST") == 2
    known = counter.known()
    assert known is not None
    assert known.customer_id == made.customer_id


def test_a_store_that_hides_the_account_and_refuses_another_stops_no_order(counter: Counter) -> None:
    counter.ask(ANNA)
    counter.forget()
    counter.world.store.faults.switch_on("empty_list", path_prefix="/customers")
    found = counter.ask(AGAIN)
    assert found.customer_id == 0
    assert "already registered with that username" in found.note
    # Certainly nothing was made, so nothing is waited for.
    assert counter.known() is None
    counter.world.store.faults.clear()
    assert counter.ask(AGAIN).customer_id == counter.customers()[0].id


def test_a_refused_address_is_no_reason_to_lose_the_customer(counter: Counter) -> None:
    made = counter.register(NAME, PLACEHOLDER, buyer_id=ANNA.id)
    found = counter.ask(replace(ANNA, email="not an address"))
    assert found.customer_id == made
    assert "keeps a placeholder" in found.note


def test_a_store_that_is_down_makes_the_order_wait(counter: Counter) -> None:
    counter.world.store.faults.switch_on("unavailable", path_prefix="/customers")
    with pytest.raises(Unavailable):
        counter.ask(ANNA)


def test_a_firewall_before_the_account_makes_the_order_wait_no_longer_than_it_stands(counter: Counter) -> None:
    counter.world.store.faults.switch_on("firewall", path_prefix="/customers")
    with pytest.raises(Misconfigured):
        counter.ask(ANNA)
    counter.world.store.faults.clear()
    assert counter.ask(ANNA).customer_id
