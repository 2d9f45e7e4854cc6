"""Believable buyers: the same login is always the same person, whose e-mail address differs per order."""

import random
import unicodedata
from dataclasses import dataclass

_FIRST = ("Anna", "Piotr", "Katarzyna", "Łukasz", "Małgorzata", "Paweł", "Żaneta", "Michał", "Grażyna", "Świętosław")
_LAST = (
    "Nowak",
    "Wójcik",
    "Kamińska",
    "Zieliński",
    "Szymańska",
    "Dąbrowski",
    "Ćwik",
    "Gołąb-Kowalska",
    "Łęcki",
    "Mróz",
)
_STREETS = ("ul. Kwiatowa", "ul. Świętego Marcina", "al. Jana Pawła II", "os. Piastów", "Rynek", "Kąty Małe")
_PLACES = {
    "PL": (("Warszawa", "00-213"), ("Kraków", "31-042"), ("Łódź", "90-001"), ("Gdańsk", "80-309"), ("Żory", "44-240")),
    "CZ": (("Praha", "110 00"), ("Brno", "602 00")),
    "SK": (("Bratislava", "811 01"), ("Košice", "040 01")),
    "HU": (("Budapest", "1051"), ("Győr", "9021")),
}
_PHONES = {"PL": "+48 {}", "CZ": "+420 {}", "SK": "+421 {}", "HU": "+36 {}"}
_LANGUAGES = {"PL": "pl-PL", "CZ": "cs-CZ", "SK": "sk-SK", "HU": "hu-HU"}
_COMPANY_FORMS = ("sp. z o.o.", "S.A.", "sp. j.")
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_NIP_MODULUS = 11


@dataclass(frozen=True)
class Buyer:
    """`alias` is the part of the masked e-mail address that stays the same for a buyer."""

    id: str
    login: str
    alias: str
    first_name: str
    last_name: str
    phone: str
    street: str
    city: str
    post_code: str
    country: str
    company: str
    tax_id: str

    @property
    def language(self) -> str:
        return _LANGUAGES[self.country]


class Crowd:
    """Everybody who buys. Draws from the random it is given, so one seed makes one crowd."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._known: dict[str, Buyer] = {}

    def buyer(self, login: str | None, country: str) -> Buyer:
        """The buyer of that login, met for the first time or again; None brings somebody new."""
        if login is not None and login in self._known:
            return self._known[login]
        chance = self._chance
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        city, post_code = chance.choice(_PLACES[country])
        flat = f"/{chance.randint(1, 40)}" if chance.random() < 0.5 else ""
        digits = str(chance.randint(500_000_000, 899_999_999))
        written = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
        login = login or f"{_plain(first)}_{_plain(last)}{len(self._known)}"
        buyer = Buyer(
            id=str(23_000_000 + len(self._known)),
            login=login,
            alias=f"{chance.getrandbits(40):010x}",
            first_name=first,
            last_name=last,
            phone=_PHONES[country].format(written) if chance.random() < 0.6 else digits,
            street=f"{chance.choice(_STREETS)} {chance.randint(1, 120)}{flat}",
            city=city,
            post_code=post_code,
            country=country,
            company=f"{last} {chance.choice(_COMPANY_FORMS)}",
            tax_id=self._nip(),
        )
        self._known[login] = buyer
        return buyer

    def _nip(self) -> str:
        """A Polish tax number whose check digit is right."""
        while True:
            digits = [self._chance.randint(1, 9) for _ in _NIP_WEIGHTS]
            check = sum(digit * weight for digit, weight in zip(digits, _NIP_WEIGHTS, strict=True)) % _NIP_MODULUS
            if check < 10:
                return "".join(map(str, digits)) + str(check)


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha()).lower()
