"""What the store calls a carrier is the right one at Allegro, or OTHER with that name; never a wrong one."""

import pytest

from app.domain.carriers import SOME_COURIER, CarrierChoice, carrier_for, fitting_carriers, suggestions
from app.domain.parcels import OTHER, Carrier
from app.domain.waybills import waybill_fault, waybill_key

CARRIERS = tuple(
    Carrier(carrier_id, name)
    for carrier_id, name in (
        ("DPD", "DPD"),
        ("DHL", "DHL"),
        ("GLS", "GLS"),
        ("INPOST", "InPost"),
        ("POCZTA_POLSKA", "Poczta Polska"),
        ("UPS", "UPS"),
        ("FEDEX", "FedEx"),
        ("ORLEN", "ORLEN Paczka"),
        ("YUN_EXPRESS", "Yun Express"),
        ("ALLEGRO", "Allegro"),
        (OTHER, ""),
    )
)


@pytest.mark.parametrize(
    ("provider", "delivery_method", "carrier_id", "name"),
    [
        ("InPost", "", "INPOST", ""),
        ("inpost-paczkomaty", "", "INPOST", ""),
        ("Paczkomaty 24/7", "", "INPOST", ""),
        ("Paczkomaty InPost", "Kurier DPD", "INPOST", ""),
        ("dpd-pl", "", "DPD", ""),
        ("DPD Polska", "", "DPD", ""),
        ("Kurier DPD", "", "DPD", ""),
        ("dhl-parcel", "", "DHL", ""),
        ("poczta_polska", "", "POCZTA_POLSKA", ""),
        ("PocztaPolska", "", "POCZTA_POLSKA", ""),
        ("Pocztex Kurier 48", "", "POCZTA_POLSKA", ""),
        ("Fed-Ex", "", "FEDEX", ""),
        ("Orlen Paczka", "", "ORLEN", ""),
        ("Paczka w RUCHu", "", "ORLEN", ""),
        ("yunexpress", "", "YUN_EXPRESS", ""),
        # Nobody that Allegro knows, or two of them.
        ("Mój Kurier", "Kurier DPD", OTHER, "Mój Kurier"),
        ("Poczta Kwiatowa", "", OTHER, "Poczta Kwiatowa"),
        ("Paczkomat Packeta", "", OTHER, "Paczkomat Packeta"),
        ("DPD or DHL", "", OTHER, "DPD or DHL"),
        ("Upside", "", OTHER, "Upside"),
        ("Packeta", "", OTHER, "Packeta"),
        ("a courier with a very long name indeed", "", OTHER, "a courier with a very long nam"),
        (" My  van ", "", OTHER, "My van"),
        # The store does not say; the buyer's choice may.
        ("", "Allegro Kurier DPD", "DPD", ""),
        ("", "Allegro Paczkomaty InPost pobranie", "INPOST", ""),
        ("", "Allegro Automat Paczkomat Packeta, ORLEN Paczka", OTHER, SOME_COURIER),
        ("", "Przesyłka kurierska", OTHER, SOME_COURIER),
        ("", "", OTHER, SOME_COURIER),
        # As mapped, before all else.
        ("Our Courier", "", "UPS", ""),
        ("our-courier", "", "UPS", ""),
        ("GLS", "", OTHER, "GLS"),
        ("", "Elsewhere", OTHER, SOME_COURIER),
    ],
)
def test_a_word_of_the_store_is_one_carrier_or_other(
    provider: str, delivery_method: str, carrier_id: str, name: str
) -> None:
    mappings = {"OUR COURIER": "UPS", "gls": OTHER}
    assert carrier_for(provider, mappings, CARRIERS, delivery_method) == CarrierChoice(carrier_id, name)


def test_only_what_allegro_has_now_is_chosen() -> None:
    without = [each for each in CARRIERS if each.id not in ("INPOST", "ORLEN")]
    assert carrier_for("InPost", {}, without) == CarrierChoice(OTHER, "InPost")
    assert carrier_for("InPost", {}, []) == CarrierChoice(OTHER, "InPost")
    # The same parcel has gone by two names.
    assert carrier_for("Orlen Paczka", {}, [Carrier("RUCH", "Paczka w RUCHu"), OTHER_ONE]).carrier_id == "RUCH"
    both = [Carrier("RUCH", "Paczka w RUCHu"), Carrier("ORLEN", "ORLEN Paczka")]
    assert carrier_for("orlen-paczka", {}, both).carrier_id == "ORLEN"
    assert carrier_for("Kurier Orlen Paczka", {}, both).carrier_id == "ORLEN"


OTHER_ONE = Carrier(OTHER, "Inny")


@pytest.mark.parametrize("provider", ["Allegro", "ALLEGRO", "allegro-one", "WE|DO", "wedo", "to Allegro", "to nobody"])
def test_a_carrier_whose_numbers_allegro_does_not_take_is_refused_with_a_sentence(provider: str) -> None:
    choice = carrier_for(provider, {"to allegro": "ALLEGRO", "to nobody": "NO_MORE"}, CARRIERS)
    assert choice.carrier_id == ""
    assert choice.refusal.endswith(".")


def test_a_seller_can_map_the_word_allegro_to_whom_it_means() -> None:
    assert carrier_for("Allegro", {"allegro": "DPD"}, CARRIERS) == CarrierChoice("DPD")


def test_suggestions_are_the_carriers_that_a_word_is_like() -> None:
    found = suggestions(["In-Post", "Yunexpres", "DPD or DHL", "Zasilkovna", "qqq", "allegro", ""], CARRIERS)
    ids = {provider: [each.id for each in carriers] for provider, carriers in found.items()}
    assert ids.pop("Yunexpres")[0] == "YUN_EXPRESS"
    assert ids.pop("In-Post")[0] == "INPOST"
    assert ids.pop("DPD or DHL")[:2] == ["DPD", "DHL"]
    assert ids == {"Zasilkovna": [], "qqq": [], "allegro": [], "": []}


@pytest.mark.parametrize(
    ("method", "ids"),
    [
        ("Allegro Kurier DPD", ["DPD"]),
        ("Allegro Paczkomaty InPost", ["INPOST"]),
        ("Kurier DPD lub GLS", ["DPD", "GLS"]),
        ("Allegro Kurier DPD (AD)", []),
        ("Allegro One Box, ORLEN Paczka", []),
        ("Przesyłka kurierska", []),
    ],
)
def test_the_carriers_that_fit_a_delivery_method_are_those_that_it_names(method: str, ids: list[str]) -> None:
    assert [each.id for each in fitting_carriers(method, CARRIERS)] == ids


@pytest.mark.parametrize("waybill", ["", " ", "1" * 65, "12 34", "12\t34", "12\u200b34", "https://x.pl/1", "1\x00"])
def test_a_number_that_allegro_cannot_take_is_named_in_a_sentence(waybill: str) -> None:
    assert waybill_fault(waybill).endswith(".")


@pytest.mark.parametrize("waybill", ["1", "1" * 64, "1Z-999/AA", "00ąę", "JJD123"])
def test_a_number_that_allegro_may_take_is_left_to_allegro(waybill: str) -> None:
    assert waybill_fault(waybill) == ""


def test_two_numbers_are_one_whatever_their_case() -> None:
    assert waybill_key("jjd 12") == waybill_key("JJD12")
