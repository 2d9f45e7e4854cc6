"""What else sets the prices of offers at Allegro: campaigns, and marketplaces abroad."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Unavailable
from app.db import offer_links, offer_watch
from app.domain.links import OfferLink
from app.domain.offers import OffersRead
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.offers.price_notices import note_campaigns, note_foreign

# Where an account's offers are until their list has told.
_HOME = "allegro-pl"


@dataclass
class PriceWatcher:
    """Looks for one account, with the hourly look at all of its offers."""

    context: JobContext
    allegro: AllegroClient

    def look(self, links: Sequence[OfferLink], told: OffersRead) -> None:
        """Remember which offers are in campaigns, and tell of those that are shown abroad without a rule.

        `told` is the whole list of offers as it was just read.
        """
        if self.context.dry_run:
            return
        context, now = self.context, self.context.now()
        try:
            self.read_campaigns(links)
        except Unavailable as error:
            # What is remembered of them stays so until the next look.
            context.report.add("campaigns", why=str(error), result=Result.FAILED)
        with context.database.transaction() as session:
            context.lease.guard(session)
            note_foreign(session, context.one_account.id, _unset_abroad(links, told), now=now)
            offer_watch.note(session, context.one_account.id, rules_read_at=now)

    def read_campaigns(self, links: Sequence[OfferLink]) -> Mapping[str, str]:
        """Remember which offers of the account's links are in campaigns; returns the campaigns' names by offer.

        Raises `Unavailable`, and `AuthRequired` where the account must be authorised again.
        """
        context, now = self.context, self.context.now()
        marketplaces = {link.marketplace for link in links if link.marketplace} or {_HOME}
        read = self.allegro.campaigns.offers_in_campaigns(marketplaces, now)
        with context.database.transaction() as session:
            context.lease.guard(session)
            for link in links:
                campaign = read.offers.get(link.offer_id, "")
                # What could not be read may still hold the offer.
                if campaign != link.campaign and (campaign or not read.unknown):
                    offer_links.record(session, [link.id], campaign=campaign, due_at=now)
            note_campaigns(session, context.one_account.id, read.unknown, now=now)
            offer_watch.note(session, context.one_account.id, campaigns_read_at=now)
        return read.offers


def _unset_abroad(links: Sequence[OfferLink], told: OffersRead) -> list[str]:
    """The offers whose price on some marketplace neither a rule nor the service sets, in words."""
    return [
        f"{link.title or 'offer'} ({link.offer_id}, {abroad.marketplace}"
        + (f" at {abroad.price})" if abroad.price else ")")
        for link in links
        if link.sync_price and link.is_live and (offer := told.found.get(link.offer_id)) is not None
        for abroad in offer.foreign
        if abroad.listed and not abroad.rule_id
    ]
