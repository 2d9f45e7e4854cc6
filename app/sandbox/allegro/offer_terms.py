"""How an offer is delivered, paid and vouched for: what a body may say of it, and what answers show of that."""

import re
from typing import Any

from app.sandbox.allegro.problems import Problem
from app.sandbox.allegro.setting_routes import SellerSettings

Body = dict[str, Any]

_HANDLING_TIMES = ("PT0S", "PT24H", *(f"P{days}D" for days in (2, 3, 4, 5, 7, 10, 14, 21, 30, 60)))
_INVOICES = ("VAT", "VAT_MARGIN", "WITHOUT_VAT", "NO_INVOICE")
_LANGUAGES = ("pl-PL", "en-US", "cs-CZ", "sk-SK", "hu-HU")
_PROVINCES = (
    "DOLNOSLASKIE",
    "KUJAWSKO_POMORSKIE",
    "LUBELSKIE",
    "LUBUSKIE",
    "LODZKIE",
    "MALOPOLSKIE",
    "MAZOWIECKIE",
    "OPOLSKIE",
    "PODKARPACKIE",
    "PODLASKIE",
    "POMORSKIE",
    "SLASKIE",
    "SWIETOKRZYSKIE",
    "WARMINSKO_MAZURSKIE",
    "WIELKOPOLSKIE",
    "ZACHODNIOPOMORSKIE",
)
_POLISH_POST_CODE = re.compile(r"\d{2}-\d{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_CITY = 50
_LONGEST_POST_CODE = 12
# Name in a body, list of the seller's, and how the errors about it begin.
_SERVICES = (
    ("impliedWarranty", "impliedWarranties", "ImpliedWarranty"),
    ("returnPolicy", "returnPolicies", "ReturnPolicy"),
    ("warranty", "warranties", "Warranty"),
)


class TermSheet:
    """What one seller's body says; `problems` is what is wrong with it."""

    def __init__(self, settings: SellerSettings, seller: str) -> None:
        self.settings = settings
        self.seller = seller
        self.problems: list[Problem] = []

    def shown(self, sent: Body) -> Body:
        """The members of an answer."""
        return {
            "delivery": self._delivery(sent.get("delivery") or {}),
            "afterSalesServices": self._services(sent.get("afterSalesServices") or {}),
            "location": self._location(sent.get("location")),
            "payments": self._payments(sent.get("payments")),
            "language": self._language(sent.get("language") or _LANGUAGES[0]),
        }

    def refer(self, sent: Body, rows: str, kind: str, path: str) -> Body | None:
        """The one of the seller's own that is meant, as answers show it; None, and a problem, where there is none."""
        found = self.settings.named(self.seller, rows, sent)
        if len(found) == 1:
            return {"id": found[0]["id"]}
        named = str(sent.get("id") or sent.get("name"))
        if found:
            code = "NonUniqueShippingRatesException" if kind == "ShippingRates" else f"{kind}NotUniqueException"
            told = f"Nazwa '{named}' nie jest jednoznaczna."
        else:
            code, told = f"{kind}NotFoundException", f"Nie znaleziono '{named}' w Twoich ustawieniach."
        self.problems.append(Problem(code, path, "Unprocessable Entity", told, {"requestedName": named}))
        return None

    def _delivery(self, sent: Body) -> Body:
        handling_time = sent.get("handlingTime") or "PT24H"
        if handling_time not in _HANDLING_TIMES:
            self._wrong("delivery.handlingTime", "The handling time is not one of the allowed.", "czas wysyłki")
        rates = None
        if sent.get("shippingRates"):
            rates = self.refer(sent["shippingRates"], "shippingRates", "ShippingRates", "delivery.shippingRates")
        else:
            self.problems.append(
                Problem(
                    "DefaultShippingRatesNotFoundException",
                    "delivery.shippingRates",
                    "Unprocessable Entity",
                    "Wybierz cennik dostawy.",
                    {"defaultName": "Domyślny"},
                    missing=True,
                )
            )
        return {
            "handlingTime": handling_time,
            "shippingRates": rates,
            "additionalInfo": sent.get("additionalInfo"),
            "shipmentDate": sent.get("shipmentDate"),
        }

    def _services(self, sent: Body) -> Body:
        return {
            name: self.refer(sent[name], rows, kind, f"afterSalesServices.{name}") if sent.get(name) else None
            for name, rows, kind in _SERVICES
        }

    def _location(self, sent: Body | None) -> Body | None:
        if not sent:
            self._empty("location", "Location may not be empty.", "Lokalizacja nie może być pusta.")
            return None
        country, city, post_code = (sent.get(name) or "" for name in ("countryCode", "city", "postCode"))
        if not _COUNTRY.fullmatch(country):
            self._wrong("location.countryCode", "The country is not known.", "kraj")
        if not 0 < len(city.strip()) <= _LONGEST_CITY:
            self._wrong("location.city", f"A city has 1 to {_LONGEST_CITY} characters.", "miasto")
        if country == "PL" and not _POLISH_POST_CODE.fullmatch(post_code):
            self._wrong("location.postCode", "The post code is not of the form XX-XXX.", "kod pocztowy")
        elif not 0 < len(post_code) <= _LONGEST_POST_CODE:
            self._wrong("location.postCode", f"A post code has 1 to {_LONGEST_POST_CODE} characters.", "kod pocztowy")
        if country == "PL" and sent.get("province") not in _PROVINCES:
            # Bodies call it a province, and errors a state.
            self.problems.append(
                Problem(
                    "INVALID_STATE",
                    "location.state",
                    "The entered province is incorrect for PL.",
                    "Wskazane województwo jest nieprawidłowe.",
                )
            )
        return {"city": city, "countryCode": country, "postCode": post_code, "province": sent.get("province")}

    def _payments(self, sent: Body | None) -> Body:
        invoice = (sent or {}).get("invoice")
        if invoice is None:
            self._empty("payments", "Payments may not be empty.", "Dane dotyczące płatności nie mogą być puste.")
        elif invoice not in _INVOICES:
            self._wrong("payments.invoice", "The kind of invoice is not known.", "rodzaj faktury")
        return {"invoice": invoice}

    def _language(self, sent: str) -> str:
        if sent not in _LANGUAGES:
            known = ",".join(_LANGUAGES)
            told = "Ten język nie jest obsługiwany."
            self.problems.append(
                Problem(
                    "UnsupportedLanguageException",
                    "language",
                    "Unprocessable Entity",
                    told,
                    {"availableLocales": known},
                )
            )
        return sent

    def _empty(self, path: str, message: str, told: str) -> None:
        self.problems.append(Problem("VALIDATION_ERROR", path, message, told, missing=True))

    def _wrong(self, path: str, message: str, what: str) -> None:
        self.problems.append(Problem("VALIDATION_ERROR", path, message, f"Nieprawidłowe dane: {what}."))
