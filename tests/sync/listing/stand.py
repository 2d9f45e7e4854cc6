"""A seller without offers who is ready to list, and short words for what the tests do with them."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.api.deps import Services
from app.db import listing_templates, listings, mappings, offer_links
from app.db.listing_models import ListingRow
from app.domain.accounts import Location
from app.domain.links import OfferLink
from app.domain.listing_templates import Invoice, ListingTemplate
from app.domain.listings import Listing, ListingState
from app.domain.parameters import AttributeMapping, Source
from app.domain.runs import AskedBy, Run
from app.main import build
from app.sandbox.allegro.offers import Offer
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from app.sync.listing.desk import Accepted, Preview
from tests.conftest import connect
from tests.sync.offers.till import Till
from tests.sync.orders.conftest import Killed

SELLER = SELLERS[1].login
MUGS, SHIRTS = "257933", "257981"
_OF_MUGS = {
    "11323": "11323_1",
    "248811": "pa_marka",
    "130011": "pa_material",
    "130001": "pa_kolor",
    "130012": "pa_pojemnosc",
}
_OF_SHIRTS = {
    "11323": "11323_1",
    "248811": "pa_marka",
    "130023": "pa_material",
    "130001": "pa_kolor",
    "130021": "pa_rozmiar",
}
_LOCATION = Location("PL", "mazowieckie", "Warszawa", "00-999")


def _mapped(category_id: str, sources: Mapping[str, str]) -> list[AttributeMapping]:
    """Of each parameter an attribute of the store, or the id of an entry; and the weight."""
    found = [AttributeMapping(category_id, "17448", Source.WEIGHT)]
    for parameter_id, source in sources.items():
        if source.startswith("pa_"):
            found.append(AttributeMapping(category_id, parameter_id, Source.ATTRIBUTE, attribute=source))
        else:
            found.append(AttributeMapping(category_id, parameter_id, Source.VALUE, value=source))
    return found


class Stand(Till):
    """KUB-003 and KUB-004 are mugs that Allegro's catalogue does not know, KOS-001 is a shirt with four variations."""

    def prepare(self) -> None:
        """Map categories and attributes, and make the template."""
        self.change(location=_LOCATION)
        with self.services.database.transaction() as session:
            for category_id, sources in ((MUGS, _OF_MUGS), (SHIRTS, _OF_SHIRTS)):
                mappings.add_default(session, self.account, category_id, now=self.services.now())
                mappings.map_attributes(session, self.account, category_id, _mapped(category_id, sources))
            mappings.map_categories(session, self.account, {16: MUGS, 17: SHIRTS})
        self.template = self.new_template()

    def new_template(self, **values: Any) -> int:
        own = {name: rows[0]["id"] for name, rows in self.world.allegro.settings.rows_of[SELLER].items()}
        told: dict[str, Any] = {
            "title": "{name}",
            "description": "{description}",
            "price_modifier_percent": Decimal(0),
            "duration": "until_sold_out",
            "shipping_rates_id": own["shippingRates"],
            "handling_time": "PT24H",
            "return_policy_id": own["returnPolicies"],
            "implied_warranty_id": own["impliedWarranties"],
            "warranty_id": "",
            "invoice": Invoice.VAT,
            "responsible_producer_id": own["responsibleProducers"],
            "responsible_person_id": "",
            "safety_information": "Nie rzucać.",
            "publish": True,
            "name": f"T {len(values)} {values}",
        }
        template = ListingTemplate(id=0, account_id=self.account, **{**told, **values})
        with self.services.database.transaction() as session:
            return listing_templates.add(session, template, now=self.services.now()).id

    # --- what the seller does -----------------------------------------------------------------------------------------

    def ask(self, *skus: str, template: int | None = None, chosen: Mapping[int, str] | None = None) -> Accepted:
        """Have these listed; nothing has been done about it yet."""
        return self.services.listing_desk.accept(self.account, self.ids(skus), template or self.template, chosen or {})

    def lists(self, *skus: str, template: int | None = None, chosen: Mapping[int, str] | None = None) -> Run:
        """Have these listed, and let the run that was queued do it."""
        return self.services.runner.run_queued(self.ask(*skus, template=template, chosen=chosen).run_id)

    def preview(self, *skus: str, template: int | None = None) -> list[Preview]:
        return self.services.listing_desk.preview(self.account, self.ids(skus), template or self.template, {})

    def go_on(self, **wait: float) -> Run | None:
        """The job as the schedule starts it, after so long; None where nothing is due."""
        return self.tick("listings", AskedBy.SCHEDULE, **wait)

    def settle(self) -> None:
        """Let so much time pass that Allegro's list shows all that was sent, and go on."""
        for _ in range(6):
            self.go_on(seconds=25)

    def ids(self, skus: tuple[str, ...]) -> list[int]:
        """The store's ids of these products; a variation's is its own."""
        return [self.world.store.product(sku)["id"] for sku in skus]

    # --- what there is afterwards -------------------------------------------------------------------------------------

    def listings(self, sku: str = "KUB-003") -> list[Listing]:
        """All of the item, oldest first."""
        with self.services.database.reading() as session:
            ids = session.execute(select(ListingRow.id).where(ListingRow.sku == sku).order_by(ListingRow.id)).scalars()
            return [listings.get(session, each) for each in ids]

    def listing(self, sku: str = "KUB-003") -> Listing:
        """The newest of the item."""
        return self.listings(sku)[-1]

    def state(self, sku: str = "KUB-003") -> ListingState:
        return self.listing(sku).state

    def said(self, sku: str = "KUB-003") -> str:
        """What is told of the newest listing's errors."""
        return "; ".join(f"{error.field}: {error.message}" for error in self.listing(sku).errors)

    def noted(self, sku: str = "KUB-003") -> str:
        return "; ".join(self.listing(sku).notes)

    def linked(self, sku: str = "KUB-003") -> OfferLink | None:
        """The item's link."""
        [store_id] = self.ids((sku,))
        with self.services.database.reading() as session:
            return offer_links.of_goods(session, self.account, [store_id]).get(store_id)

    def offers(self, mark: str = "KUB-003") -> list[Offer]:
        """The seller's offers with the mark, archived ones apart."""
        return [
            offer
            for offer in self.world.allegro.offers.values()
            if (offer.seller, offer.external_id, offer.archived_at) == (SELLER, mark, None)
        ]

    def on_sale(self, mark: str = "KUB-003") -> Offer:
        """The one offer with the mark, which is on sale, is the listing's, and is linked."""
        [offer] = self.offers(mark)
        link = self.linked(mark)
        assert link is not None
        assert (offer.status, self.state(mark)) == ("ACTIVE", ListingState.LISTED)
        assert offer.id == self.listing(mark).offer_id == link.offer_id
        return offer

    def bodies(self) -> list[Any]:
        """What was sent to make offers."""
        return self.world.allegro.created_bodies

    def put_up(self, sku: str = "KUB-003", **more: Any) -> str:
        """The seller has an offer with the mark, which they made by themselves; its id."""
        return self.world.allegro.add_offer(f"Oferta {sku}", Decimal("49.00"), external_id=sku, login=SELLER, **more)

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def fault(self, name: str, **more: Any) -> None:
        self.world.allegro.faults.switch_on(name, **more)

    def loses_the_answer(self, fault: str, **more: Any) -> None:
        """The next call that makes an offer is not answered."""
        self.fault(fault, times=1, method="POST", path_prefix="/sale/product-offers", **more)

    def calm(self) -> None:
        self.world.allegro.faults.clear()
        self.world.store.faults.clear()

    def dies_when(self, is_time: Callable[[], object]) -> None:
        """Start the queued run in a process that is killed as soon as this is so."""

        def now() -> datetime:
            # Everything that is stored needs to know the time.
            if is_time():
                raise Killed
            return self.world.clock.now()

        with closing(build(self.services.config, now=now)) as victim, pytest.raises(Killed):
            victim.runner.tick("listings", self.account, AskedBy.SCHEDULE)

    def is_intended(self) -> bool:
        """Whether an intent to make an offer is committed."""
        with self.services.database.reading() as session:
            return session.execute(select(ListingRow.id).where(ListingRow.sent_at.is_not(None))).first() is not None


@pytest.fixture
def stand(world: Sandbox, services: Services) -> Stand:
    stand = Stand(world, services, connect(services, world, name="Kubki", login=SELLER))
    stand.prepare()
    world.allegro.requests.clear()
    return stand
