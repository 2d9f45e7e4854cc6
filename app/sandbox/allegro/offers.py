"""The sellers' offers, and how GET /sale/offers shows them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.sandbox.allegro.answers import iso, money
from app.sandbox.seed import GOODS, SELLERS


@dataclass
class Offer:
    """`price` is gross PLN. `external_id` is the seller's own reference, None where it was never filled in."""

    id: str
    seller: str
    name: str
    price: Decimal
    available: int
    started_at: datetime
    external_id: str | None = None
    ean: str | None = None
    sold: int = 0
    status: str = "ACTIVE"
    ended_at: datetime | None = None
    selling_format: str = "BUY_NOW"
    category_id: str = "257933"

    def sell(self, quantity: int, now: datetime) -> None:
        """Take pieces off; an offer that is sold out ends. More than there is can be sold: a test may oversell."""
        self.available = max(0, self.available - quantity)
        self.sold += quantity
        if self.available == 0 and self.status == "ACTIVE":
            self.status, self.ended_at = "ENDED", now

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "category": {"id": self.category_id},
            "primaryImage": {"url": f"https://a.allegroimg.com/original/{self.id}"},
            "sellingMode": {
                "format": self.selling_format,
                "price": money(self.price, "PLN"),
                "priceAutomation": None,
                "minimalPrice": None,
                "startingPrice": None,
            },
            "saleInfo": {"currentPrice": None, "biddersCount": 0},
            "stock": {"available": self.available, "sold": self.sold},
            "stats": {"watchersCount": 0, "visitsCount": self.sold},
            "publication": {
                "status": self.status,
                "startingAt": None,
                "startedAt": iso(self.started_at),
                "endingAt": None,
                "endedAt": iso(self.ended_at) if self.ended_at else None,
                "marketplaces": {"base": {"id": "allegro-pl"}, "additional": []},
            },
            "afterSalesServices": {"impliedWarranty": None, "returnPolicy": None, "warranty": None},
            "additionalServices": None,
            "external": None if self.external_id is None else {"id": self.external_id},
            "delivery": {"shippingRates": {"id": "c0f8a4c4-1f0b-4c4e-9d7a-2f5a0f1d7b11"}},
            "b2b": {"buyableOnlyByBusiness": False},
            "fundraisingCampaign": None,
            "isFulfillment": False,
            "additionalMarketplaces": {},
        }


def seeded_offers(now: datetime) -> dict[str, Offer]:
    """One active offer of the first seller for each of the goods."""
    return {
        good.offer_id: Offer(
            good.offer_id, SELLERS[0].login, good.name, good.gross_price, good.stock, now, good.sku, good.ean
        )
        for good in GOODS
    }
