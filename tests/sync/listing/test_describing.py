"""Chosen fields of one offer are said anew, and nothing else of it."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.api.deps import Services
from app.db import listing_templates, mappings, offer_links
from app.db.listing_templates import TemplateNotFound
from app.domain.links import OfferLink
from app.domain.offer_content import ContentField
from app.domain.parameters import AttributeMapping, Source
from app.sandbox.allegro.offers import Offer
from app.sandbox.world import Sandbox
from app.sync.listing.describing import Described, DescribingBlocked, DescriptionState
from tests.domain.samples import listing_template
from tests.sync.steps import change

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SKU, MUGS = "KUB-002", "257933"
TITLE, DESCRIPTION, IMAGES, PARAMETERS = ContentField
UNCHANGED, DONE, FAILED = DescriptionState.UNCHANGED, DescriptionState.DONE, DescriptionState.FAILED


@dataclass
class Stall:
    """One offer that somebody made at Allegro by hand, and its product."""

    services: Services
    world: Sandbox
    account: int
    link: OfferLink
    template_id: int

    @property
    def offer(self) -> Offer:
        return self.world.allegro.shelf.offers[self.link.offer_id]

    @property
    def sent(self) -> list[Any]:
        """The bodies of all edits."""
        return [body for _, body in self.world.allegro.edit_bodies]

    def describe(self, *fields: ContentField, dry_run: bool = False) -> Described:
        return self.services.describer.describe(self.link.id, fields, self.template_id, dry_run=dry_run)


@pytest.fixture
def stall(services: Services, world: Sandbox, account: int) -> Stall:
    product_id, offer_id = world.store.product(SKU)["id"], world.allegro.offer_id(SKU)
    with services.database.transaction() as session:
        link = offer_links.add(session, OfferLink(0, account, offer_id, product_id), now=services.now())
        template = replace(listing_template(account), title="{name} {sku}")
        template_id = listing_templates.add(session, template, now=services.now()).id
        state = AttributeMapping(MUGS, "11323", Source.VALUE, value="11323_1")
        mappings.map_attributes(session, account, MUGS, [state])
    services.describer.pause = world.clock.advance
    return Stall(services, world, account, link, template_id)


def test_all_of_an_offer_is_said_in_one_edit_and_not_again(stall: Stall) -> None:
    stall.world.store.edit(SKU, description="<p>Sowa.</p>")
    offer = stall.offer
    sale = (offer.price, offer.available, offer.status, offer.category_id, offer.external_id, offer.ean)
    described = stall.describe(*ContentField)
    assert (described.state, described.errors) == (DONE, ())
    (body,) = stall.sent
    assert body == described.body
    assert body == {
        "name": "Kubek ceramiczny z sową 330 ml KUB-002",
        "description": {"sections": [{"items": [{"type": "TEXT", "content": "<p>Sowa.</p>"}]}]},
        "images": stall.offer.shown["images"],
        "parameters": [{"id": "11323", "valuesIds": ["11323_1"]}],
    }
    assert len(body["images"]) == 2
    offer = stall.offer
    assert sale == (offer.price, offer.available, offer.status, offer.category_id, offer.external_id, offer.ean)
    assert [each.field for each in described.changes] == list(ContentField)
    with stall.services.database.reading() as session:
        assert offer_links.get(session, stall.link.id).title == body["name"]
    # Allegro forgets after a day what no offer shows; this offer does.
    stall.world.clock.advance(3 * 86_400)
    assert stall.describe(*ContentField).state is UNCHANGED
    assert len(stall.sent) == 1
    assert stall.world.allegro.calls["POST /sale/images"] == 2


def test_the_products_own_set_is_never_sent(stall: Stall) -> None:
    """Allegro would put the catalogue's texts over the seller's own."""
    stall.describe(*ContentField)
    stall.world.store.edit(SKU, name="Kubek z sową po zmianie", description="<p>Inna sowa.</p>")
    assert stall.describe(TITLE).state is DONE
    assert stall.describe(DESCRIPTION).state is DONE
    assert [sorted(body) for body in stall.sent] == [
        ["description", "images", "name", "parameters"],
        ["name"],
        ["description"],
    ]


def test_a_dry_run_sends_nothing_and_shows_both_sides(stall: Stall) -> None:
    change(stall.services, stall.account, shadow=True)
    before = stall.offer.name
    planned = stall.describe(TITLE, IMAGES, dry_run=True)
    title, images = planned.changes
    assert planned.state is DescriptionState.PLANNED
    assert (title.before, title.after) == (before, "Kubek ceramiczny z sową 330 ml KUB-002")
    assert planned.body == {"name": title.after, "images": images.after}
    assert all(address.startswith(stall.world.store_url) for address in images.after), images.after
    assert (stall.sent, stall.world.allegro.calls["POST /sale/images"]) == ([], 0)


def test_a_picture_that_the_offer_does_not_have_is_left_out_of_its_description(stall: Stall) -> None:
    picture = stall.world.store.product(SKU)["images"][1]["src"]
    stall.world.store.edit(SKU, description=f'<p>Sowa.</p><img src="{picture}">')
    described = stall.describe(DESCRIPTION)
    assert (described.state, len(described.notes)) == (DONE, 1)
    assert len(stall.sent[0]["description"]["sections"]) == 1
    assert stall.describe(IMAGES, DESCRIPTION).state is DONE
    assert stall.sent[1]["description"]["sections"][1]["items"][0]["url"] == stall.sent[1]["images"][1]


def test_a_picture_that_allegro_does_not_take_is_left_out(stall: Stall) -> None:
    stall.world.allegro.faults.switch_on("image_refused", times=1)
    described = stall.describe(IMAGES)
    assert (described.state, len(stall.sent[0]["images"])) == (DONE, 1)
    assert any("is left out: " in note for note in described.notes)


def test_what_cannot_be_listed_for_another_reason_can_be_described(stall: Stall) -> None:
    stall.world.store.edit(SKU, regular_price="", manage_stock=False, categories=[])
    assert stall.describe(*ContentField).state is DONE


def test_a_title_that_is_none_is_not_sent(stall: Stall) -> None:
    stall.world.store.edit(SKU, name="Kubek")
    failed = stall.describe(TITLE, IMAGES)
    assert (failed.state, {each.field for each in failed.errors}, failed.body) == (FAILED, {"name"}, None)
    assert (stall.sent, stall.world.allegro.calls["POST /sale/images"]) == ([], 0)
    assert stall.describe(IMAGES).state is DONE


@pytest.mark.parametrize(
    ("fault", "seconds", "state"),
    [("edit_processing", 3, DONE), ("edit_processing", 60, DescriptionState.WAITING), ("edit_fails_later", 3, FAILED)],
)
def test_allegro_is_given_a_few_seconds(stall: Stall, fault: str, seconds: int, state: DescriptionState) -> None:
    stall.world.allegro.faults.switch_on(fault, times=1, seconds=seconds)
    described = stall.describe(TITLE)
    assert described.state is state
    assert [each.field for each in described.errors] == (["parameters"] if state is FAILED else [])
    assert any("still at work" in note for note in described.notes) == (state is DescriptionState.WAITING)
    if state is DescriptionState.WAITING:
        with pytest.raises(DescribingBlocked, match="earlier edit"):
            stall.describe(TITLE)
        stall.world.clock.advance(60)
        assert stall.describe(TITLE, dry_run=True).state is UNCHANGED


def test_what_allegro_refuses_is_told_in_its_words(stall: Stall) -> None:
    stall.world.allegro.faults.switch_on("edit_refused", times=1)
    refused = stall.describe(TITLE)
    assert refused.state is FAILED
    assert [(each.field, "Stan" in each.message) for each in refused.errors] == [("parameters", True)]
    assert refused.body is not None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "ENDED"}, "has ended"),
        ({"archived_at": True}, "archived"),
        ({"selling_format": "AUCTION"}, "fixed price"),
    ],
)
def test_an_offer_that_cannot_be_changed_is_told_so(stall: Stall, values: dict[str, Any], words: str) -> None:
    for name, value in values.items():
        setattr(stall.offer, name, stall.world.clock.now() if value is True else value)
    for dry_run in (True, False):
        with pytest.raises(DescribingBlocked, match=words):
            stall.describe(TITLE, dry_run=dry_run)
    assert stall.sent == []


def test_an_account_that_only_watches_and_anothers_template_change_nothing(stall: Stall) -> None:
    change(stall.services, stall.account, shadow=True)
    with pytest.raises(DescribingBlocked, match="shadow"):
        stall.describe(TITLE)
    stall.template_id += 1
    with pytest.raises(TemplateNotFound):
        stall.describe(TITLE)
