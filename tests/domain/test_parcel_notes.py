"""Notes on store orders about where their parcels are."""

from datetime import UTC, datetime

import pytest

from app.domain.parcel_notes import FollowedParcel, NoteState, ParcelNote, asked_together, is_among, notes_due
from app.domain.parcels import ParcelHistory, ParcelStatus

_NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def _parcel(number: int = 1, waybill: str = "W1", carrier: str = "DPD") -> FollowedParcel:
    return FollowedParcel(number, f"order-{number}", carrier, "", waybill)


def _history(*codes: str, description: str = "") -> ParcelHistory:
    return ParcelHistory("W1", tuple(ParcelStatus(code, description, _NOW) for code in codes))


def _note(code: str, state: NoteState) -> ParcelNote:
    return ParcelNote(1, code, f"about {code}", state, _NOW)


@pytest.mark.parametrize(
    ("history", "known", "due"),
    [
        (None, [], []),
        (_history(), [], []),
        (_history("PENDING", "IN_TRANSIT"), [], ["PENDING", "IN_TRANSIT"]),
        # A parcel is on its way many times.
        (_history("IN_TRANSIT", "NOTICE_LEFT", "IN_TRANSIT"), [], ["IN_TRANSIT", "NOTICE_LEFT"]),
        (_history("IN_TRANSIT", "DELIVERED"), [_note("IN_TRANSIT", NoteState.WRITTEN)], ["DELIVERED"]),
        (_history("IN_TRANSIT"), [_note("IN_TRANSIT", NoteState.REFUSED)], []),
        # What may not have arrived comes first, and also where Allegro is silent now.
        (_history("IN_TRANSIT", "DELIVERED"), [_note("IN_TRANSIT", NoteState.WRITING)], ["IN_TRANSIT", "DELIVERED"]),
        (None, [_note("IN_TRANSIT", NoteState.WRITING)], ["IN_TRANSIT"]),
    ],
)
def test_each_status_is_noted_once_the_oldest_first(
    history: ParcelHistory | None, known: list[ParcelNote], due: list[str]
) -> None:
    assert [note.code for note in notes_due(_parcel(), history, known, _NOW)] == due


@pytest.mark.parametrize(
    ("code", "description", "text"),
    [
        ("DELIVERED", "", "Allegro: parcel W1 (DPD) was delivered (2026-12-01 13:00)."),
        ("OF_2030", "x", "Allegro: parcel W1 (DPD) OF_2030 (2026-12-01 13:00). x"),
        ("ISSUE", "<b>Zły\n adres</b>", "Allegro: parcel W1 (DPD) has a problem (2026-12-01 13:00). b Zły adres /b"),
    ],
)
def test_a_note_says_what_when_and_which_parcel_without_html(code: str, description: str, text: str) -> None:
    [note] = notes_due(_parcel(), _history(code, description=description), [], _NOW)
    assert note.text == text


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ([], False),
        (["Parcel A&B \\ back"], True),
        (["something", "<p>parcel A&amp;B  back</p>"], False),
        (["parcel A&amp;B  back\n"], True),
        (["Parcel A&B back and more"], False),
    ],
)
def test_a_note_is_known_again_as_the_store_writes_it(there: list[str], found: bool) -> None:
    assert is_among("Parcel A&B \\ back", there) is found


def test_parcels_are_asked_after_by_carrier_and_each_number_once() -> None:
    parcels = [_parcel(number, f"W{number}") for number in range(1, 6)]
    parcels += [_parcel(6, "w1"), _parcel(7, "I7", "INPOST")]
    asked = [(carrier, [each.shipment_id for each in some]) for carrier, some in asked_together(parcels, 2)]
    assert asked == [("DPD", [1, 6, 2]), ("DPD", [3, 4]), ("DPD", [5]), ("INPOST", [7])]
