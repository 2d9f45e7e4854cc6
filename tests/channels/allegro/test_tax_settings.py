"""The tax rates that Allegro lets offers have."""

from typing import Any

import pytest
import respx

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.session import AllegroSession
from app.channels.allegro.tax_settings import AllegroTaxSettings
from app.channels.errors import Unreadable
from app.channels.http import Transport
from app.domain.new_offers import OfferTaxRate, TaxChoices
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_query, check_response

TAXES: dict[str, Any] = {
    "subjects": [{"label": "Towar", "value": "GOODS"}],
    "rates": [
        {"countryCode": "CZ", "values": [{"label": "21%", "value": "21.00", "exemptionRequired": False}]},
        {
            "countryCode": "PL",
            "values": [
                {"label": "23%", "value": "23.00", "exemptionRequired": False},
                {"label": "0%", "value": "0.00", "exemptionRequired": False},
                {"label": "Poza VAT / NP", "value": "0", "exemptionRequired": True},
            ],
        },
    ],
    "exemptions": [],
}


@pytest.fixture
def tax_settings(transport: Transport) -> AllegroTaxSettings:
    session = AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI)
    return AllegroClient(session).tax_settings


@pytest.mark.parametrize(("country", "rates"), [("PL", ("23.00", "0.00")), ("CZ", ("21.00",)), ("DE", ())])
def test_the_tax_rates_of_a_category_are_those_of_the_country_that_need_no_exemption(
    router: respx.Router, tax_settings: AllegroTaxSettings, country: str, rates: tuple[str, ...]
) -> None:
    check_response("GET", "/sale/tax-settings", 200, TAXES)
    route = router.get("/sale/tax-settings").respond(json=TAXES)
    choices = tax_settings.of("257933", country)
    assert choices == TaxChoices(tuple(OfferTaxRate(rate, country) for rate in rates))
    check_query("GET", "/sale/tax-settings", dict(route.calls.last.request.url.params))


def test_tax_rates_that_allegro_does_not_tell_are_not_none(
    router: respx.Router, tax_settings: AllegroTaxSettings
) -> None:
    router.get("/sale/tax-settings").respond(json={})
    with pytest.raises(Unreadable):
        tax_settings.of("257933", "PL")
