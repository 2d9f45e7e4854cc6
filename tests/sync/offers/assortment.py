"""Thousands of linked offers, made in the database and in the pretend world's state: over the wire it takes minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.api.deps import Services
from app.db import offer_links
from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import OfferFormat, OfferStatus
from app.sandbox.store.catalogue import Product
from app.sandbox.world import Sandbox

PIECES = 10
PRICE = Money(Decimal("99.00"), "PLN")


@dataclass(frozen=True)
class Calls:
    """How many there were: about offers, readings of the order journal, and to the store."""

    offers: int
    journal: int
    store: int


@dataclass(frozen=True)
class Assortment:
    """Articles of the store, each linked to an offer of its own, all with `PIECES` pieces on both sides."""

    world: Sandbox
    services: Services
    articles: list[Product]
    offer_ids: list[str]

    def count(self, pieces: list[int]) -> None:
        """A person counts the first so many articles, and no webhook tells."""
        with self.world.store.shop.lock:
            for article, counted in zip(self.articles, pieces, strict=False):
                article.stock_quantity = counted

    def price(self, prices: Mapping[int, str]) -> None:
        """A person gives the articles at these places other prices, and no webhook tells."""
        with self.world.store.shop.lock:
            for place, price in prices.items():
                self.articles[place].regular_price = price

    def make_due(self, articles: int) -> None:
        """The first so many articles are to be looked at, as after a webhook."""
        ids = [article.id for article in self.articles[:articles]]
        with self.services.database.transaction() as session:
            offer_links.make_due(session, ids, at=self.services.now())

    def prices(self) -> list[str]:
        """What each article's offer costs."""
        return [str(self.world.allegro.offers[offer_id].price) for offer_id in self.offer_ids]

    def shown(self) -> list[int]:
        """What Allegro shows of every article."""
        return [self.shown_at(place) for place in range(len(self.offer_ids))]

    def shown_at(self, place: int) -> int:
        """What Allegro shows of the article at that place."""
        return self.world.allegro.offers[self.offer_ids[place]].available

    def calls(self) -> Calls:
        """The calls since the last time."""
        allegro, store = self.world.allegro.requests, self.world.store.requests
        counted = Calls(
            offers=sum(each.path.startswith("/sale/") for each in allegro),
            journal=sum(each.path == "/order/events" for each in allegro),
            store=len(store),
        )
        allegro.clear()
        store.clear()
        return counted


def stock_up(
    world: Sandbox, services: Services, account: int, *, simple: int, parents: int, children: int
) -> Assortment:
    """So many products, and so many more with `children` variations each. The seeded offers go."""
    shop, now = world.store.shop, services.now()
    world.allegro.offers.clear()
    articles = [_article(world, f"S-{number}") for number in range(simple)]
    for number in range(parents):
        parent = Product(next(shop.numbers.post), f"V-{number}", "variable", shop.now(), shop.now())
        shop.catalogue.products[parent.id] = parent
        articles += [_article(world, f"V-{number}-{child}", parent.id) for child in range(children)]
    offer_ids = [world.allegro.add_offer(each.sku, PRICE.amount, stock=PIECES) for each in articles]
    links = [
        OfferLink(
            id=0,
            account_id=account,
            offer_id=offer_id,
            product_id=each.parent_id or each.id,
            variation_id=each.id if each.parent_id else 0,
            title=each.sku,
            format=OfferFormat.BUY_NOW,
            offer_status=OfferStatus.ACTIVE,
            listed_quantity=PIECES,
            listed_price=PRICE,
            listed_at=now,
            bidders=0,
            marketplace="allegro-pl",
        )
        for offer_id, each in zip(offer_ids, articles, strict=True)
    ]
    with services.database.transaction() as session:
        offer_links.add_all(session, links, now=now)
    return Assortment(world, services, articles, offer_ids)


def _article(world: Sandbox, sku: str, parent_id: int = 0) -> Product:
    shop = world.store.shop
    article = Product(
        next(shop.numbers.post),
        sku,
        "variation" if parent_id else "simple",
        shop.now(),
        shop.now(),
        sku=sku,
        regular_price=str(PRICE.amount),
        manage_stock=True,
        stock_quantity=PIECES,
        parent_id=parent_id,
    )
    # Not `add`: it looks through all products to settle the parent's state.
    shop.catalogue.products[article.id] = article
    return article
