"""The tax rates that Allegro lets offers have."""

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.wire import read
from app.domain.new_offers import OfferTaxRate, TaxChoices

TAX_SETTINGS = Endpoint("GET", "/sale/tax-settings", PUBLIC, "allegro:api:sale:offers:read")


class AllegroTaxSettings:
    """Raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def of(self, category_id: str, country_code: str) -> TaxChoices:
        """The rates of a country for a category; none for a country in which Allegro has no marketplace.

        Raises `Unreadable` where Allegro does not say.
        """
        what = f"reading the tax rates of category {category_id}"
        # Asked for a country that it does not know, Allegro refuses instead of saying that there are none.
        reply = self._session.call(TAX_SETTINGS, what, params={"category.id": category_id})
        countries = read(reply.data, f"The tax rates of Allegro category {category_id}").required_rows("rates")
        rates = (
            value.text("value")
            for country in countries
            if country.text("countryCode") == country_code
            for value in country.rows("values")
            # Some go with the reason for an exemption, which no offer of ours gives.
            if not value.flag("exemptionRequired")
        )
        return TaxChoices(tuple(OfferTaxRate(rate, country_code) for rate in dict.fromkeys(rates) if rate))
