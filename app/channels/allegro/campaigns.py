"""Allegro's campaigns of one seller account: which offers have their price set or lowered by one."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.wire import BADGE_HOLDS_PRICE, DISCOUNT_HOLDS_PRICE, NEVER_PUBLISHED, read
from app.channels.calls import Params
from app.channels.errors import AuthRequired, Misconfigured, Rejected, Unreadable
from app.channels.reading import Json
from app.domain.campaigns import CampaignsRead

_CAMPAIGNS = "allegro:api:campaigns"
_NO_BUSINESS_ACCOUNT = "BB2"

BADGES = Endpoint("GET", "/sale/badges", PUBLIC, _CAMPAIGNS)
DISCOUNTS = Endpoint("GET", "/sale/alle-discount/campaigns", PUBLIC, _CAMPAIGNS)
DISCOUNTED = Endpoint("GET", "/sale/alle-discount/{id}/submitted-offers", PUBLIC, _CAMPAIGNS)
ALLEGRO_PRICES = Endpoint("POST", "/sale/allegro-prices/offers-queries", PUBLIC, _CAMPAIGNS)

_ROWS_PER_PAGE = 1000
_DISCOUNTED_PER_PAGE = 200
_MOST_PAGES = 100
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

# An offer's part of a message, and the name of the campaign that it is in.
_InCampaign = tuple[Json, str]


class AllegroCampaigns:
    """An application may lack the permission for campaigns, and a seller the right to take part in some of them."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def offers_in_campaigns(self, marketplaces: Collection[str], now: datetime) -> CampaignsRead:
        """The offers that are in a campaign at `now`, or will be, on any of the marketplaces.

        What is refused or cannot be understood is unknown and stops nothing else. Raises `Unavailable`, and
        `AuthRequired` where the account must be authorised again.
        """
        found: dict[str, str] = {}
        unknown: list[str] = []
        for marketplace in sorted(marketplaces):
            _collect(self._badged(marketplace, now), found, unknown)
            _collect(self._in_allegro_prices(marketplace), found, unknown)
        discounts: dict[str, str] = {}
        _collect(self._discounts(marketplaces, now), discounts, unknown)
        for campaign_id, name in discounts.items():
            _collect(self._discounted(campaign_id, name), found, unknown)
        return CampaignsRead(found, tuple(dict.fromkeys(unknown)))

    def _badged(self, marketplace: str, now: datetime) -> Iterator[_InCampaign]:
        what = f"reading the badge campaigns on {marketplace}"
        params = {"marketplace.id": marketplace}
        about = f"Allegro's list of badges on {marketplace}"
        for row in self._pages(BADGES, what, about, "badges", _ROWS_PER_PAGE, params=params):
            prices = row.part("prices").value
            priced = isinstance(prices, dict) and any(each is not None for each in prices.values())
            status = row.part("process").text("status")
            if priced and status in BADGE_HOLDS_PRICE and not _is_over(row.part("publication"), now):
                campaign = row.part("campaign")
                yield row.part("offer"), campaign.text("name") or campaign.text("id")

    def _in_allegro_prices(self, marketplace: str) -> Iterator[_InCampaign]:
        what = f"reading the offers in Allegro Prices on {marketplace}"
        query = {"marketplace": {"id": marketplace}, "offer": {"scope": "DISCOUNTED"}}
        about = f"Allegro's list of offers in Allegro Prices on {marketplace}"
        for row in self._pages(ALLEGRO_PRICES, what, about, "offers", _ROWS_PER_PAGE, query=query):
            # The row is believed, and not the filter: one that Allegro does not know gives every offer.
            if row.part("actualPriceReduction").is_object or row.text("discountedAt"):
                yield row, "Allegro Prices"

    def _discounts(self, marketplaces: Collection[str], now: datetime) -> Iterator[_InCampaign]:
        """The campaigns of AlleDiscount themselves."""
        reply = self._session.call(DISCOUNTS, "reading the AlleDiscount campaigns")
        answer = read(reply.data, "Allegro's list of AlleDiscount campaigns")
        for row in answer.required_rows("alleDiscountCampaigns"):
            # One that does not say where it is may be anywhere.
            elsewhere = row.part("marketplace").text("id") not in ("", *marketplaces)
            if not elsewhere and not _is_over(row.part("publication"), now):
                yield row, row.text("name") or row.text("id")

    def _discounted(self, campaign_id: str, name: str) -> Iterator[_InCampaign]:
        about = f"Allegro's list of offers in the campaign {name}"
        if not _ID.fullmatch(campaign_id):
            raise read(None, about).unreadable("id", f"{campaign_id!r} is not the id of a campaign")
        what = f"reading the offers in the campaign {name}"
        rows = self._pages(DISCOUNTED, what, about, "submittedOffers", _DISCOUNTED_PER_PAGE, item_id=campaign_id)
        for row in rows:
            if row.part("process").text("status") in DISCOUNT_HOLDS_PRICE:
                yield row.part("offer"), name

    def _pages(
        self,
        endpoint: Endpoint,
        what: str,
        about: str,
        name: str,
        limit: int,
        *,
        params: Params | None = None,
        query: Mapping[str, object] | None = None,
        item_id: str = "",
    ) -> Iterator[Json]:
        """The rows of all pages. What is asked for, the page included, is in `query` or else in the parameters."""
        for page in range(_MOST_PAGES):
            where = {"limit": limit, "offset": page * limit}
            if query is not None:
                reply = self._session.call(endpoint, what, json={**query, **where})
            else:
                reply = self._session.call(endpoint, what, item_id=item_id, params={**(params or {}), **where})
            answer = read(reply.data, about)
            rows = answer.required_rows(name)
            yield from rows
            if len(rows) < limit or (page + 1) * limit == answer.get("totalCount"):
                return
        raise read(None, about).unreadable(name, f"has more than {_MOST_PAGES * limit} rows")


def _collect(pairs: Iterator[_InCampaign], found: dict[str, str], unknown: list[str]) -> None:
    """Add the first campaign of each offer to `found`, and what cannot be read, or what it may not read, to `unknown`.

    Raises `Unavailable`, and `AuthRequired` that no permission is missing for.
    """
    try:
        for offer, name in pairs:
            try:
                found.setdefault(offer.required_text("id"), name)
            except Unreadable as error:
                unknown.append(str(error))
    except (AuthRequired, Misconfigured, Rejected, Unreadable) as error:
        if isinstance(error, AuthRequired) and not error.permission:
            raise
        if isinstance(error, Misconfigured) and error.code == _NO_BUSINESS_ACCOUNT:
            return  # whose offers are in no campaign
        unknown.append(str(error))


def _is_over(publication: Json, now: datetime) -> bool:
    """Whether a campaign is no longer shown to buyers, or never will be."""
    end = publication.instant("to")
    return publication.text("type") == NEVER_PUBLISHED or (end is not None and end <= now)
