"""An offer that is to be made at Allegro, and what Allegro answers about it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.accounts import Location
from app.domain.description import Description
from app.domain.listing_templates import Invoice
from app.domain.money import Money
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.parameters import ParameterValue


@dataclass(frozen=True)
class OfferedProduct:
    """What an offer sells: the product of Allegro's catalogue with this id, or with "" a new one as described here.

    Of a product of the catalogue nothing is described but those parameters that are needed and that it lacks.
    """

    catalogue_id: str = ""
    name: str = ""
    category_id: str = ""
    parameters: tuple[ParameterValue, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class OfferTaxRate:
    """`rate` is per cent as Allegro writes it (`23.00`), `country_code` ISO 3166."""

    rate: str
    country_code: str


@dataclass(frozen=True)
class NewOffer:
    """All that is sent to make an offer at a fixed price. What is "" or empty is not sent, so that Allegro takes what
    it knows: the catalogue's, or the seller's own default.

    `parameters` are those of the offer, not of the product. `images` are addresses, the main one first. `price` is
    gross, in the currency of the account's marketplace. `duration` is ISO 8601, "" until it is sold out. The ids of
    terms are Allegro's. Not `publish`: it stays a draft.
    """

    external_id: str
    title: str
    category_id: str
    product: OfferedProduct
    price: Money
    quantity: int
    publish: bool
    location: Location
    invoice: Invoice
    parameters: tuple[ParameterValue, ...] = ()
    images: tuple[str, ...] = ()
    description: Description = field(default_factory=Description)
    tax_rates: tuple[OfferTaxRate, ...] = ()
    duration: str = ""
    shipping_rates_id: str = ""
    handling_time: str = ""
    return_policy_id: str = ""
    implied_warranty_id: str = ""
    warranty_id: str = ""
    responsible_producer_id: str = ""
    responsible_person_id: str = ""
    safety_information: str = ""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with a field, in Allegro's words or ours. `field` is where it is in what is sent, "" for none."""

    field: str
    message: str


@dataclass(frozen=True)
class OfferMade:
    """Allegro's answer to an offer that is made or completed. `offer_id` is its own from now on.

    Not `finished`: Allegro is still at work on it, under `operation_id`, and wants to be asked again after so many
    seconds ("" and None: it does not say). `errors` are what keeps the offer from being on sale, `warnings` are
    sentences.
    """

    offer_id: str
    status: OfferStatus
    finished: bool
    operation_id: str = ""
    ask_again_seconds: float | None = None
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[str, ...] = ()


class OperationState(StrEnum):
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    FORGOTTEN = "forgotten"  # Allegro keeps operations for about a week


@dataclass(frozen=True)
class Operation:
    """What has become of an edit that takes Allegro time. `errors` are why it failed."""

    state: OperationState
    errors: tuple[FieldError, ...] = ()
    ask_again_seconds: float | None = None


@dataclass(frozen=True)
class OfferContent:
    """What an offer says: `parameters` are those of the offer, not of its product."""

    title: str
    images: tuple[str, ...]
    description: Description
    parameters: tuple[ParameterValue, ...]


@dataclass(frozen=True)
class OfferRead:
    """What an offer says right now, and what decides what can be said of it. `category_id` is "" where not told."""

    content: OfferContent
    category_id: str
    status: OfferStatus
    format: OfferFormat


@dataclass(frozen=True)
class ContentChange:
    """What is to be said anew; None stays as it is. A list takes the place of the whole one that is there."""

    title: str | None = None
    images: tuple[str, ...] | None = None
    description: Description | None = None
    parameters: tuple[ParameterValue, ...] | None = None


@dataclass(frozen=True)
class UploadedImage:
    """A picture at Allegro, which forgets it at `expires_at` unless an offer shows it by then."""

    url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class TaxChoices:
    """The rates that offers of a category may have."""

    rates: tuple[OfferTaxRate, ...]
