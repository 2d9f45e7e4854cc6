"""Which of Allegro's carriers is meant by what the store, a plugin or a delivery method calls one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.domain.parcels import OTHER, Carrier
from app.domain.text_keys import text_key

LONGEST_CARRIER_NAME = 30
# What buyers see where nobody knows who carries the parcel.
SOME_COURIER = "Kurier"
# Since 2026 Allegro takes no numbers of these: Ship with Allegro writes them into the order itself (allegro-api issues
# 13154 and 13267).
NO_LONGER_TAKEN = frozenset({"ALLEGRO", "WEDO"})

_ALLEGROS_OWN = frozenset({"allegro", "allegrodelivery", "allegroone", "allegroonebox", "allegroonepunkt", "wedo"})
_CLOSE = 0.6

# Words by which one carrier is known, as `_words` writes them. A text that has words of two of these names neither.
_KNOWN_AS: tuple[tuple[str, ...], ...] = (
    ("inpost", "in post", "paczkomat", "paczkomaty"),
    ("dpd", "dpd polska", "dpd pickup"),
    ("dhl", "dhl parcel", "dhl24"),
    # Since 2019 Allegro takes the numbers of Pocztex under this carrier, too (allegro-api issue 2095).
    ("poczta polska", "pocztex"),
    ("gls",),
    ("ups",),
    ("fedex", "fed ex"),
    # The Orlen parcel was "Paczka w Ruchu" before.
    ("orlen", "orlen paczka", "orlenpaczka", "paczka w ruchu"),
    ("packeta", "zasilkovna"),
    ("tnt",),
    ("geis",),
    ("meest",),
)


@dataclass(frozen=True)
class CarrierChoice:
    """A carrier as Allegro is told it: `carrier_name` is for OTHER alone, 1 to 30 characters.

    `refusal` is a sentence about why Allegro cannot be told at all; then there is no carrier.
    """

    carrier_id: str
    carrier_name: str = ""
    refusal: str = ""


def carrier_for(
    provider: str, mappings: Mapping[str, str], carriers: Sequence[Carrier], delivery_method: str = ""
) -> CarrierChoice:
    """The carrier that the store's word means: as the seller mapped it, by its name, else OTHER with that name.

    `mappings` maps words of the store to ids of carriers. Where the store says nothing, the name of the delivery method
    that the buyer chose may name one.
    """
    provider = " ".join(provider.split())
    mapped = {text_key(word): carrier_id for word, carrier_id in mappings.items()}.get(text_key(provider))
    if mapped is not None:
        return _mapped(provider, mapped, carriers)
    if _run_together(provider) in _ALLEGROS_OWN:
        return CarrierChoice("", refusal=_not_taken(provider))
    meant = _one_named(provider or delivery_method, carriers)
    if meant is not None:
        return CarrierChoice(meant.id)
    return CarrierChoice(OTHER, _short(provider) or SOME_COURIER)


def suggestions(providers: Iterable[str], carriers: Sequence[Carrier]) -> dict[str, tuple[Carrier, ...]]:
    """For each of the store's words, the carriers that it may mean, the likeliest first; none where nothing is like it.

    Only for a person to choose from: a word may be like a carrier's name by chance.
    """
    by_key = {text_key(word): each for each in _taken(carriers) for word in (each.id, each.name) if word}
    found: dict[str, tuple[Carrier, ...]] = {}
    for provider in providers:
        alike = (by_key[key] for key in get_close_matches(text_key(provider), by_key, n=5, cutoff=_CLOSE))
        found[provider] = tuple(dict.fromkeys((*_named(provider, carriers), *alike)))
    return found


def fitting_carriers(delivery_method: str, carriers: Sequence[Carrier]) -> tuple[Carrier, ...]:
    """The carriers that the name of a delivery method names; none where it names none, or Allegro's own."""
    return () if is_allegros_own(delivery_method) else _named(delivery_method, carriers)


def is_allegros_own(delivery_method: str) -> bool:
    """Whether parcels of this delivery method can only be made with Ship with Allegro, going by its name."""
    begins = " ".join(_words(delivery_method)[:2])
    return begins in ("allegro one", "allegro delivery") or "(AD)" in delivery_method


def carrier_refusal(carrier_id: str, carriers: Sequence[Carrier]) -> str:
    """Why Allegro takes no parcel numbers of the carrier with this id, as a sentence; "" where it does."""
    if carrier_id in NO_LONGER_TAKEN:
        return _not_taken(carrier_id)
    if carrier_id != OTHER and carrier_id not in {each.id for each in carriers}:
        return f"{carrier_id!r} is none of the carriers that Allegro takes parcel numbers of. Choose another one."
    return ""


def _mapped(provider: str, carrier_id: str, carriers: Sequence[Carrier]) -> CarrierChoice:
    if refusal := carrier_refusal(carrier_id, carriers):
        return CarrierChoice("", refusal=f"{provider!r} is mapped to {carrier_id!r}. {refusal}")
    return CarrierChoice(carrier_id, (_short(provider) or SOME_COURIER) if carrier_id == OTHER else "")


def _not_taken(name: str) -> str:
    return (
        f"Allegro takes no parcel numbers of {name!r} from outside: make such parcels with Ship with Allegro, which "
        "writes their numbers into the order itself. If another carrier is meant, map the name to that one."
    )


def _short(name: str) -> str:
    return name[:LONGEST_CARRIER_NAME].rstrip()


def _taken(carriers: Sequence[Carrier]) -> list[Carrier]:
    return [each for each in carriers if each.id != OTHER and each.id not in NO_LONGER_TAKEN]


def _one_named(text: str, carriers: Sequence[Carrier]) -> Carrier | None:
    same = [each for each in _taken(carriers) if _run_together(text) in map(_run_together, (each.id, each.name))]
    if len(same) == 1 and _words(text):
        return same[0]
    named = _named(text, carriers)
    return named[0] if len(named) == 1 and len(_families(text, carriers)) == 1 else None


def _named(text: str, carriers: Sequence[Carrier]) -> tuple[Carrier, ...]:
    """The carriers that are named in a text. Of several that go by the same names, those that it names as they are."""
    found: list[Carrier] = []
    for family in _families(text, carriers):
        members = [each for each in _taken(carriers) if _family(each) == family]
        literal = [each for each in members if any(_has(text, phrase) for phrase in _own_phrases(each))]
        found += literal or members
    return tuple(found)


def _families(text: str, carriers: Sequence[Carrier]) -> list[tuple[str, ...]]:
    """The names, known to us or to Allegro, of which the text has one."""
    families = dict.fromkeys((*_KNOWN_AS, *(_family(each) for each in _taken(carriers))))
    return [family for family in families if any(_has(text, phrase) for phrase in family)]


def _family(carrier: Carrier) -> tuple[str, ...]:
    own = _own_phrases(carrier)
    return next((known for known in _KNOWN_AS if not own.isdisjoint(known)), tuple(sorted(own)))


def _own_phrases(carrier: Carrier) -> frozenset[str]:
    return frozenset(" ".join(_words(text)) for text in (carrier.id, carrier.name) if _words(text))


def _has(text: str, phrase: str) -> bool:
    return f" {phrase} " in f" {' '.join(_words(text))} "


def _run_together(text: str) -> str:
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    """The words of a text, or of a plugin's short name (`dpd-pl`), without case and diacritics."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("ł", "l"))
    return re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
