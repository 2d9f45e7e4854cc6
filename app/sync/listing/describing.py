"""Saying anew what an offer says: chosen fields of one offer, from what the store says of its product now.

Nothing is stored of it: to say the same twice does no harm, and what the offer says is read before anything is sent.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.new_offers import errors_of
from app.channels.errors import ChannelError, Conflict, NotFound, Rejected
from app.channels.pacing import Priority
from app.db import accounts, listing_templates, listings, offer_links
from app.db.engine import Database
from app.domain.accounts import Account, why_nothing_is_sent
from app.domain.links import OfferLink
from app.domain.listing_templates import ListingTemplate
from app.domain.new_offers import ContentChange, FieldError, OfferMade, OfferRead, Operation, OperationState
from app.domain.offer_content import ContentField, both_sides, faults_in, notes_on, plan_content
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.wording import Goods, own_images, wording_of
from app.errors import BridgeError
from app.sync.catalogue.tree import CategoryTree
from app.sync.lines import Lines
from app.sync.listing.pictures import Pictures
from app.sync.listing.preparing import Preparer, Wanted

# Somebody waits for the answer.
_ASKED_FOR_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
_AT_WORK = (
    "Allegro has taken the change and is still at work on it. Ask again in a minute, with dry_run, what still differs."
)


class DescribingBlocked(BridgeError):
    """The account or the offer is in no state to be changed."""


class DescriptionState(StrEnum):
    UNCHANGED = "unchanged"  # the offer says all of it already
    PLANNED = "planned"
    DONE = "done"
    WAITING = "waiting"  # Allegro is at work on it
    FAILED = "failed"


@dataclass(frozen=True)
class FieldChange:
    """Both sides as Allegro writes them, None for nothing: a text, addresses, sections, or parameters that differ."""

    field: ContentField
    before: Any
    after: Any


@dataclass(frozen=True)
class Described:
    """`body` is what is sent, with a dry run with the store's own addresses of pictures; None: nothing is.

    `errors` are why nothing came of it, `notes` are sentences for the seller.
    """

    offer_id: str
    state: DescriptionState
    changes: tuple[FieldChange, ...] = ()
    body: Mapping[str, Any] | None = None
    errors: tuple[FieldError, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Describer:
    """Raises the errors of both channels, `LinkNotFound`, `TemplateNotFound` and `DescribingBlocked`."""

    database: Database
    lines: Lines
    tree: CategoryTree
    now: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep

    def describe(self, link_id: int, fields: Collection[ContentField], template_id: int, *, dry_run: bool) -> Described:
        """Say these fields of the link's offer by the template, as far as they differ."""
        with self.database.reading() as session:
            link = offer_links.get(session, link_id)
            account = accounts.get(session, link.account_id)
            template = listing_templates.get(session, template_id)
        if template.account_id != account.id:
            raise listing_templates.TemplateNotFound(f"The account has no listing template {template_id}.")
        if not dry_run and (why := why_nothing_is_sent(account)):
            raise DescribingBlocked(why)
        allegro = self.lines.allegro(account, priority=Priority.PRICES)
        preparer = Preparer(self.database, self.tree, allegro, self.lines.store(account))
        return _Work(self, account, allegro, preparer, link, template, frozenset(fields)).described(dry_run=dry_run)


@dataclass
class _Work:
    """One description of one offer."""

    describer: Describer
    account: Account
    allegro: AllegroClient
    preparer: Preparer
    link: OfferLink
    template: ListingTemplate
    fields: frozenset[ContentField]

    def described(self, *, dry_run: bool) -> Described:
        link, fields = self.link, self.fields
        now = self._read()
        goods = self._goods(now)
        if isinstance(goods, FieldError):
            return Described(link.offer_id, DescriptionState.FAILED, errors=(goods,))
        wording = wording_of(goods)
        refused: tuple[str, ...] = ()
        if faults := faults_in(goods, wording, fields):
            notes = notes_on(goods, wording, now.content, fields)
            return Described(link.offer_id, DescriptionState.FAILED, errors=faults, notes=notes)
        if ContentField.IMAGES in fields and not dry_run:
            goods, refused = self._uploaded(goods)
            wording = wording_of(goods)
        notes = (*notes_on(goods, wording, now.content, fields), *refused)
        change = plan_content(now.content, wording.content, fields)
        if change == ContentChange():
            return Described(link.offer_id, DescriptionState.UNCHANGED, notes=notes)
        if link.units_per_offer > 1:
            notes += (
                f"The offer is a set of {link.units_per_offer} pieces; that it is one, only the template can say.",
            )
        body = self.allegro.new_offers.change_body_of(change)
        planned = Described(link.offer_id, DescriptionState.PLANNED, self._changes(now, change), body, notes=notes)
        return planned if dry_run else self._sent(planned, change)

    def _read(self) -> OfferRead:
        offer_id = self.link.offer_id
        try:
            now = self.allegro.new_offers.content(offer_id)
        except NotFound as error:
            raise DescribingBlocked(_gone(offer_id)) from error
        if now.status is OfferStatus.ARCHIVED:
            raise DescribingBlocked(_gone(offer_id))
        if now.status is OfferStatus.ENDED:
            raise DescribingBlocked(f"Offer {offer_id} has ended. Activate it at Allegro first, or have it relisted.")
        if now.format is not OfferFormat.BUY_NOW:
            raise DescribingBlocked(
                f"Offer {offer_id} does not sell at a fixed price ({now.format}). Change it in Allegro's panel."
            )
        return now

    def _goods(self, now: OfferRead) -> Goods | FieldError:
        """The goods with the offer's addresses of pictures that it shows already. Where pictures are chosen, the others
        have the store's own; where not, only what the offer has can stand in its description."""
        link, with_pictures = self.link, ContentField.IMAGES in self.fields
        wanted = Wanted(link.store_id, link.product_id, self.template, link.external_id)
        goods = self.preparer.goods_of(self.account, wanted, now.category_id, with_pictures=with_pictures)
        if isinstance(goods, FieldError):
            return goods
        with self.describer.database.reading() as session:
            known = listings.images(session, self.account.id, goods.images, until=None)
        shown = {source: url for source, url in known.items() if url in now.content.images}
        return replace(goods, images={**goods.images, **shown} if with_pictures else shown)

    def _uploaded(self, goods: Goods) -> tuple[Goods, tuple[str, ...]]:
        """The goods with all pictures that Allegro takes at Allegro, and what is to be said of the others."""
        wanted = own_images(goods.listed, goods.hit)
        missing = [address for address in wanted if goods.images[address] == address]
        pictures = Pictures(self.describer.database, self.allegro, self.account.id, self.describer.now)
        uploaded = pictures.upload(missing)
        shown = {source: url for source, url in goods.images.items() if source != url}
        return replace(goods, images=shown | uploaded.urls), uploaded.notes

    def _changes(self, now: OfferRead, change: ContentChange) -> tuple[FieldChange, ...]:
        before, after = map(self.allegro.new_offers.change_body_of, both_sides(now.content, change))
        changed = (field for field in ContentField if getattr(change, field) is not None)
        return tuple(FieldChange(field, before.get(_NAMES[field]), after.get(_NAMES[field])) for field in changed)

    def _sent(self, planned: Described, change: ContentChange) -> Described:
        try:
            made = self.allegro.new_offers.describe(planned.offer_id, change)
        except NotFound as error:
            raise DescribingBlocked(_gone(planned.offer_id)) from error
        except Conflict as error:
            raise DescribingBlocked(
                f"An earlier edit of offer {planned.offer_id} is still being processed at Allegro. Try again later."
            ) from error
        except Rejected as error:
            return replace(planned, state=DescriptionState.FAILED, errors=errors_of(error))
        wrong = tuple(f"Allegro misses something: {each.field}: {each.message}" for each in made.errors)
        told = replace(planned, notes=(*planned.notes, *made.warnings, *wrong))
        became = Operation(OperationState.DONE) if made.finished else self._followed(made)
        if became.state is OperationState.FAILED:
            return replace(told, state=DescriptionState.FAILED, errors=became.errors)
        if became.state is not OperationState.DONE:
            return replace(told, state=DescriptionState.WAITING, notes=(*told.notes, _AT_WORK))
        if change.title is not None:
            with self.describer.database.transaction() as session:
                offer_links.record(session, [self.link.id], title=change.title)
        return replace(told, state=DescriptionState.DONE)

    def _followed(self, made: OfferMade) -> Operation:
        """What has become of an edit that Allegro is at work on, as far as that is known while somebody waits."""
        became, left = Operation(OperationState.WORKING, ask_again_seconds=made.ask_again_seconds), _ASKED_FOR_SECONDS
        while became.state is OperationState.WORKING and made.operation_id:
            pause = became.ask_again_seconds or _PAUSE_SECONDS
            if pause > left:
                break
            self.describer.pause(pause)
            left -= pause
            try:
                became = self.allegro.new_offers.operation(made.offer_id, made.operation_id)
            except ChannelError:
                break  # The change was taken, and that is what is to be told.
        return became


# What Allegro calls the fields.
_NAMES = {
    ContentField.TITLE: "name",
    ContentField.DESCRIPTION: "description",
    ContentField.IMAGES: "images",
    ContentField.PARAMETERS: "parameters",
}


def _gone(offer_id: str) -> str:
    return f"Offer {offer_id} is archived at Allegro, or gone, and cannot be changed. List its product again."
