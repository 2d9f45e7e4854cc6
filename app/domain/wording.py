"""What an offer says of its goods, written by a template."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.catalogue_choice import Ambiguous
from app.domain.catalogue_products import CatalogueProduct
from app.domain.categories import Category
from app.domain.description import Description, sections_of
from app.domain.filling import Filled
from app.domain.listed_products import ListedProduct
from app.domain.listing_templates import ListingTemplate
from app.domain.new_offers import OfferContent
from app.domain.offer_texts import description_html, fields_of
from app.domain.parameters import Parameter, ParameterValue
from app.domain.titles import Title, title_from

# Of an offer of a company, those of its catalogue product included (allegro-api#7851).
MOST_IMAGES = 16


@dataclass(frozen=True)
class Goods:
    """All that decides what an offer says of its goods.

    `category` is where it is listed, None where none is known, with its `parameters` and what the product says for
    them (`filled`). `hit` is the product of Allegro's catalogue that is sold, None for one that the catalogue does not
    have. `images` has the address that the offer uses by the picture's in the store, for each of `own_images` that
    Allegro has taken.
    """

    listed: ListedProduct
    category: Category | None
    parameters: Sequence[Parameter]
    filled: Filled | None
    template: ListingTemplate
    hit: CatalogueProduct | Ambiguous | None
    images: Mapping[str, str]


@dataclass(frozen=True)
class Wording:
    """`title` and `description` have their own notes. `images` are the offer's addresses, and `image_notes` say which
    pictures of the store are not among them. `parameters` are those of the offer."""

    title: Title
    images: tuple[str, ...]
    image_notes: tuple[str, ...]
    description: Description
    parameters: tuple[ParameterValue, ...]

    @property
    def content(self) -> OfferContent:
        return OfferContent(self.title.text, self.images, self.description, self.parameters)


def own_images(listed: ListedProduct, hit: CatalogueProduct | Ambiguous | None) -> tuple[str, ...]:
    """The store's addresses of the pictures that an offer has beside those of its catalogue product, main one first."""
    room = MOST_IMAGES - (len(set(hit.images)) if isinstance(hit, CatalogueProduct) else 0)
    return tuple(dict.fromkeys(listed.images))[: max(room, 0)]


def wording_of(goods: Goods) -> Wording:
    """What an offer of these goods says, as far as it can be said."""
    listed, template = goods.listed, goods.template
    fields = fields_of(listed, goods.filled, goods.parameters)
    taken = tuple(each for each in own_images(listed, goods.hit) if each in goods.images)
    return Wording(
        title=title_from(template.title or "{name}", fields),
        images=tuple(dict.fromkeys(goods.images[each] for each in taken)),
        image_notes=tuple(_image_notes(goods)),
        description=sections_of(description_html(template.description, fields, listed), taken, goods.images),
        parameters=goods.filled.values_of_offer if goods.filled else (),
    )


def _image_notes(goods: Goods) -> Iterator[str]:
    wanted, own = own_images(goods.listed, goods.hit), dict.fromkeys(goods.listed.images)
    if refused := [each for each in wanted if each not in goods.images]:
        yield f"Allegro has not taken these pictures, which are left out: {', '.join(refused)}."
    if left_out := len(own) - len(wanted):
        hit = goods.hit
        of_catalogue = len(set(hit.images)) if isinstance(hit, CatalogueProduct) else None
        catalogues = "" if of_catalogue is None else f", and the catalogue's product has {of_catalogue}"
        yield f"{left_out} of {len(own)} pictures are left out: Allegro takes {MOST_IMAGES}{catalogues}."
