"""Which taxes an offer may name, by category and country."""

from collections.abc import Collection, Iterator
from typing import Any

from app.sandbox.allegro.problems import Problem

Body = dict[str, Any]

COUNTRIES = ("PL", "CZ", "SK", "HU", "LT")
# Real answers have an entry without a value in each list, for "not chosen".
_NOT_CHOSEN = {"label": "Wybierz", "value": None}
_SUBJECTS = ({"label": "Towar", "value": "GOODS"}, {"label": "Usługa", "value": "SERVICE"}, _NOT_CHOSEN)
_EXEMPTIONS = (
    {"label": "Procedura marży", "value": "MARGIN_SCHEME"},
    {"label": "Ekwiwalent pieniędzy", "value": "MONEY_EQUIVALENT"},
    _NOT_CHOSEN,
)
_EXEMPT = "EXEMPT"
_RATES = {
    "PL": ("23.00", "8.00", "5.00", "0.00", _EXEMPT),
    "CZ": ("21.00", "12.00"),
    "SK": ("23.00", "19.00", "5.00"),
    "HU": ("27.00", "18.00", "5.00"),
}
_NARROWER = {"257991": ("23.00", "5.00")}


def rates_in(category_id: str, country: str) -> tuple[str, ...]:
    rates = _RATES.get(country, ())
    return tuple(each for each in rates if each in _NARROWER.get(category_id, rates)) if country == "PL" else rates


def view(category_id: str, countries: Collection[str]) -> Body:
    return {
        "subjects": list(_SUBJECTS),
        "rates": [
            {"countryCode": country, "values": [*map(_rate, rates_in(category_id, country)), _rate(None)]}
            for country in COUNTRIES
            if country in countries and rates_in(category_id, country)
        ],
        "exemptions": list(_EXEMPTIONS),
    }


def _rate(rate: str | None) -> Body:
    if rate is None:
        return {**_NOT_CHOSEN, "exemptionRequired": False}
    label = "ZW" if rate == _EXEMPT else f"{rate.removesuffix('.00')}%"
    return {"label": label, "value": rate, "exemptionRequired": False}


def problems_with(sent: Body, category_id: str) -> Iterator[Problem]:
    """`sent` is the `taxSettings` of a body."""
    for each in sent.get("rates") or ():
        country, rate = each.get("countryCode"), each.get("rate")
        if rate not in rates_in(category_id, country or ""):
            yield _not_found(requestedTaxCountry=str(country), requestedTaxRate=str(rate))
    for name, key, known in (
        ("subject", "requestedTaxSubject", _SUBJECTS),
        ("exemption", "requestedTaxExemption", _EXEMPTIONS),
    ):
        if sent.get(name) not in {each["value"] for each in known}:
            yield _not_found(**{key: str(sent[name])})


def _not_found(**metadata: str) -> Problem:
    return Problem(
        "TransactionTaxSettingsNotFoundException",
        "taxSettings",
        "Unprocessable Entity",
        "Nie znaleziono ustawień podatku.",
        metadata,
    )
