"""What the service reads of the campaigns and rules that the pretend Allegro plays."""

from decimal import Decimal

import pytest

from app.api.deps import Services
from app.sandbox.world import Sandbox
from tests.sync.steps import account_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BADGE, DISCOUNT, PRICES, RULED, CZECH = "7700000001", "7700000002", "7700000003", "7700000004", "7700000017"


def test_campaigns_and_rules_are_read_as_they_are_played(services: Services, world: Sandbox, account: int) -> None:
    allegro = world.allegro
    assert allegro.add_offer("Hrnek", Decimal(230), base="allegro-cz", rule="exchange-rate") == CZECH
    allegro.set_campaign_price(BADGE, Decimal("29.99"))
    allegro.set_campaign_price(DISCOUNT, Decimal("29.99"), "allediscount")
    allegro.set_campaign_price(PRICES, Decimal("29.99"), "allegro_prices")
    allegro.set_campaign_price(CZECH, Decimal(199), "allediscount")
    allegro.set_rule(RULED, "lowest-price")
    client = services.lines.allegro(account_of(services, account))
    both = ("allegro-pl", "allegro-cz")
    read = client.campaigns.offers_in_campaigns(both, world.clock.now())
    names = {BADGE: "Strefa okazji", DISCOUNT: "AlleObniżka PL", PRICES: "Allegro Prices", CZECH: "AlleObniżka CZ"}
    assert (read.offers, read.unknown) == (names, ())
    assert client.offers.rules() == {RULED: "lowest-price", CZECH: "exchange-rate"}
    allegro.set_campaign_price(BADGE, None)
    allegro.set_price(RULED, Decimal("50.00"))
    allegro.apply_rule(RULED, Decimal("48.00"))
    assert BADGE not in client.campaigns.offers_in_campaigns(both, world.clock.now()).offers
    assert [event.by_rule for event in client.offers.events(None).events] == [False, True]
    allegro.faults.switch_on("badges_refused")
    refused = client.campaigns.offers_in_campaigns(["allegro-pl"], world.clock.now())
    # A private seller's offers are in no badge campaign, and that is known.
    assert (set(refused.offers), refused.unknown) == ({DISCOUNT, PRICES}, ())
    allegro.faults.switch_on("scope_missing", scope="allegro:api:campaigns")
    refused = client.campaigns.offers_in_campaigns(["allegro-pl"], world.clock.now())
    assert (refused.offers, len(refused.unknown)) == ({}, 3)
