"""An item's offer, made of all that is known of it, or all that keeps it from being made."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.accounts import Location
from app.domain.catalogue_choice import Ambiguous, category_for
from app.domain.catalogue_products import CatalogueProduct
from app.domain.coverage import Gap, Reason, Stops, coverage_of
from app.domain.filling import Filled
from app.domain.gtins import why_no_gtin
from app.domain.listing_templates import Invoice
from app.domain.money import Money, decimals_of, round_to
from app.domain.new_offers import FieldError, NewOffer, OfferedProduct, OfferTaxRate, TaxChoices
from app.domain.parameters import ParameterValue
from app.domain.price_guards import why_out_of_bounds
from app.domain.settings import UNTIL_SOLD_OUT, Settings
from app.domain.stock import NotFollowed, Quantity
from app.domain.titles import Title, title_from
from app.domain.wording import Goods, Wording, wording_of
from app.domain.written_numbers import as_written


@dataclass(frozen=True)
class Item(Goods):
    """All that decides about one offer.

    `price` is what the store asks, gross, None for no price. `currency` is the account's. `tax_choices` None: not
    known. `store_tax_rate` is per cent, None for none. `country_code` is where it is due. `external_id` is the mark by
    which the offer is found again.
    """

    price: Money | None
    quantity: Quantity | NotFollowed
    settings: Settings
    location: Location
    currency: str
    tax_choices: TaxChoices | None
    store_tax_rate: Decimal | None
    country_code: str
    external_id: str


@dataclass(frozen=True)
class Composed:
    """`errors` are what keeps the offer from being sent, and with any there is no `offer`; `notes` are what was left
    out, rounded or shortened, and what a draft lacks before it can be on sale. Both are sentences for the seller."""

    offer: NewOffer | None
    errors: tuple[FieldError, ...]
    notes: tuple[str, ...]


def compose(item: Item) -> Composed:
    """The offer, or all its errors at once. An error's field is where Allegro has it in what is sent.

    A draft is made with gaps that only keep an offer from being on sale; a wrong value keeps both.
    """
    return _Composing(item).composed()


class _Composing:
    def __init__(self, item: Item) -> None:
        self._item = item
        self._hit = item.hit if isinstance(item.hit, CatalogueProduct) else None
        self._described = {parameter.id for parameter in item.parameters if parameter.describes_product}
        self._errors: list[FieldError] = []
        self._notes: list[str] = []

    def composed(self) -> Composed:
        item, template, hit = self._item, self._item.template, self._hit
        if isinstance(item.hit, Ambiguous):
            self._fail("productSet[0].product.id", item.hit.why)
        wording = wording_of(item)
        self._notes += wording.title.notes
        self._check_coverage(wording.title)
        if hit and hit.brand_protected:
            self._notes.append(f"The brand of {hit.name!r} is protected: Allegro lets only some sellers offer it.")
        self._check_images(wording)
        self._notes += wording.description.notes
        price, quantity = self._price(), self._quantity()
        self._check_terms()
        self._check_location()
        tax_rates = self._tax_rates()
        category_id = self._category_id()
        if self._errors or price is None or quantity is None:
            return Composed(None, tuple(self._errors), tuple(self._notes))
        filled = item.filled or Filled((), ())
        own_name = title_from("{name}", {"name": item.listed.name})
        product = OfferedProduct(
            # The catalogue has no room for what a pattern adds, unless the name alone is none.
            name=wording.title.text if own_name.problems else own_name.text,
            category_id=category_id,
            parameters=filled.values_of_product,
            images=wording.images,
        )
        offer = NewOffer(
            external_id=item.external_id,
            title=wording.title.text,
            category_id=category_id,
            product=OfferedProduct(hit.id, parameters=self._lacking()) if hit else product,
            price=price,
            quantity=quantity,
            publish=template.publish,
            location=item.location,
            invoice=template.invoice,
            parameters=wording.parameters,
            images=wording.images,
            description=wording.description,
            tax_rates=tax_rates,
            duration="" if template.duration == UNTIL_SOLD_OUT else template.duration,
            shipping_rates_id=template.shipping_rates_id,
            handling_time=template.handling_time,
            return_policy_id=template.return_policy_id,
            implied_warranty_id=template.implied_warranty_id,
            warranty_id=template.warranty_id,
            responsible_producer_id=template.responsible_producer_id,
            responsible_person_id=template.responsible_person_id,
            safety_information=template.safety_information,
        )
        return Composed(offer, (), tuple(self._notes))

    def _fail(self, field: str, why: str) -> None:
        self._errors.append(FieldError(field, why))

    def _lack(self, field: str, why: str) -> None:
        """What a draft can do without."""
        if self._item.template.publish:
            self._fail(field, why)
        else:
            self._notes.append(why)

    def _check_coverage(self, title: Title) -> None:
        item = self._item
        is_new = item.hit is None
        for gap in coverage_of(item.listed, item.category, item.filled, title.problems).gaps:
            if is_new or self._matters_for_catalogue(gap):
                self._tell_of(gap)
        if item.filled:
            self._notes += (item.filled.notes_of_product if is_new else ()) + item.filled.notes_of_offer
        if note := why_no_gtin(item.listed):
            self._notes.append(note)

    def _matters_for_catalogue(self, gap: Gap) -> bool:
        """Whether the offer of a catalogue's product has the gap, too: only what the catalogue lacks is described."""
        if gap.parameter_id in self._described:
            return gap.parameter_id in self._needed_beside_catalogue()
        return gap.stops is not Stops.NEW_PRODUCT

    def _needed_beside_catalogue(self) -> set[str]:
        """The parameters that no offer is on sale without, and that the catalogue's product does not have."""
        if self._hit is None:
            return set()
        has = {value.parameter_id for value in self._hit.parameters}
        required = (each for each in self._item.parameters if each.required and each.required_if is None)
        return {each.id for each in required if each.describes_product and each.id not in has}

    def _lacking(self) -> tuple[ParameterValue, ...]:
        """What Allegro wants to know of a product of its catalogue that it does not know yet; no more, for values that
        differ from the catalogue's are refused (PARAMETER_MISMATCH)."""
        needed, filled = self._needed_beside_catalogue(), self._item.filled
        return tuple(value for value in filled.values_of_product if value.parameter_id in needed) if filled else ()

    def _tell_of(self, gap: Gap) -> None:
        at = "productSet[0].product.parameters" if gap.parameter_id in self._described else "parameters"
        match gap.reason:
            case Reason.NO_CATEGORY | Reason.CATALOGUE_ONLY:
                self._fail("category", f"{gap.words} {_REMEDIES[gap.reason]}")
            case Reason.TITLE:
                self._fail("name", f"{gap.words} Change the product's name, or the title of the template.")
            case Reason.PARAMETER_MISSING:
                self._lack(at, gap.words)
            case Reason.VALUE_NOT_TAKEN if gap.stops is Stops.NOTHING:
                self._notes.append(f"{gap.words} It is left out.")
            case Reason.VALUE_NOT_TAKEN:
                self._fail(at, gap.words)
            case Reason.NO_IMAGE | Reason.NO_PRICE:
                pass  # Which pictures and what price the offer has is told with them.

    def _category_id(self) -> str:
        category, hit = self._item.category, self._hit
        if category is None:
            return ""
        if hit is None:
            return category.id
        category_id = category_for(hit, category.id)
        if category_id != category.id:
            self._notes.append(
                f"The offer is in category {category_id}: Allegro does not list {hit.name!r} in {category.name!r}."
            )
        return category_id

    def _check_images(self, wording: Wording) -> None:
        item, hit = self._item, self._hit
        self._notes += wording.image_notes
        if not wording.images and not isinstance(item.hit, Ambiguous) and not (hit and hit.images):
            has_own = bool(item.listed.images)
            why = "None of the product's pictures was taken by Allegro" if has_own else "The product has no picture"
            self._lack("images", f"{why}, and without any it is not on sale: give it one in the store.")

    def _price(self) -> Money | None:
        asked = _asked_price(self._item)
        if isinstance(asked, str):
            self._fail("sellingMode.price", asked)
            return None
        percent = self._item.template.price_modifier_percent
        if percent and self._item.settings.push_prices:
            self._notes.append(
                f"The template's {as_written(percent)} % are not put on the price: push_prices is on and keeps it in "
                "step with the store."
            )
        return asked

    def _quantity(self) -> int | None:
        shown = self._item.quantity
        if isinstance(shown, NotFollowed):
            self._fail("stock.available", shown.reason)
            return None
        if not shown.quantity and self._item.template.publish:
            self._fail("stock.available", f"Without stock no offer is on sale: {shown.reason}")
            return None
        return shown.quantity

    def _check_terms(self) -> None:
        template = self._item.template
        if not template.shipping_rates_id:
            self._lack(
                "delivery.shippingRates",
                "No offer is on sale without a delivery price list: set shipping_rates_id in the template.",
            )
        if isinstance(self._item.hit, Ambiguous):
            return
        has_none = "the catalogue has none for this product" if self._hit else "a new product has none"
        if not template.responsible_producer_id and not (self._hit and self._hit.has_producer):
            self._lack(
                "productSet[0].responsibleProducer",
                f"No offer is on sale without a responsible producer, and {has_none}: set responsible_producer_id in "
                "the template.",
            )
        if not template.safety_information and not (self._hit and self._hit.has_safety_information):
            self._lack(
                "productSet[0].safetyInformation",
                f"No offer is on sale without safety information, and {has_none}: set safety_information in the "
                "template.",
            )

    def _check_location(self) -> None:
        location = self._item.location
        needed = {"city": location.city, "postal_code": location.postal_code}
        if location.country_code == "PL":
            needed["province"] = location.province
        if lacking := [name for name, value in needed.items() if not value.strip()]:
            self._fail("location", f"The account's location lacks {', '.join(lacking)}: complete it in the account.")

    def _tax_rates(self) -> tuple[OfferTaxRate, ...]:
        item, rate = self._item, self._item.store_tax_rate
        if item.template.invoice is not Invoice.VAT:
            return ()
        if rate is None:
            self._notes.append("No tax rate is sent: the store has none for the product.")
            return ()
        if item.tax_choices is None:
            self._notes.append("No tax rate is sent: it is not known which of them Allegro takes in the category.")
            return ()
        choices = [each for each in item.tax_choices.rates if each.country_code == item.country_code]
        fitting = next((each for each in choices if _number(each.rate) == rate), None)
        if fitting is None:
            taken = ", ".join(each.rate for each in choices) or "none"
            self._notes.append(
                f"No tax rate is sent: the store's is {as_written(rate)} %, and Allegro takes in the category for "
                f"{item.country_code}: {taken}."
            )
            return ()
        return (fitting,)


# What is to be done about a gap.
_REMEDIES = {
    Reason.NO_CATEGORY: "Map one of its categories.",
    Reason.CATALOGUE_ONLY: "Give it the number (EAN) that Allegro's catalogue knows, or map another category.",
}


def _asked_price(item: Item) -> Money | str:
    """What the offer costs, or why it cannot be asked."""
    if item.price is None or item.price.amount <= 0:
        return "The product has no price: give it one in the store."
    if item.price.currency != item.currency:
        return (
            f"A price in {item.price.currency} cannot be asked in {item.currency}, the account's currency "
            "(default_currency): no amount is converted."
        )
    percent = Decimal(0) if item.settings.push_prices else item.template.price_modifier_percent
    price = Money(round_to(item.price.amount * (100 + percent) / 100, decimals_of(item.currency)), item.currency)
    if price.amount <= 0:
        return f"Nothing is left of the price of {item.price}: change it in the store, or the template's modifier."
    if why := why_out_of_bounds(price, item.settings.price_floor, item.settings.price_ceiling):
        return (
            f"The offer would cost {price}. {why} Change the product's price, or the account's price_floor and "
            "price_ceiling."
        )
    return price


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
