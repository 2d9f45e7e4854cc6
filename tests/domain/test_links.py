"""What an offer link knows."""

from dataclasses import replace

import pytest

from app.domain.links import OfferLink, reserved_pieces
from app.domain.offers import OfferStatus
from app.domain.products import StockKeeper
from app.domain.reservations import Reservation, ReservationState
from tests.domain.samples import store_product

SINGLE = OfferLink(1, 7, "1001", 11)
SET_OF_THREE = OfferLink(2, 8, "1002", 11, units_per_offer=3)
RED = OfferLink(3, 7, "1003", 20, variation_id=21)
PRODUCTS = {11: store_product(11), 21: replace(store_product(21, parent_id=20), keeper=StockKeeper.PARENT)}


def _bought(
    offer_id: str, quantity: int, state: ReservationState = ReservationState.OPEN, *, account_id: int = 7
) -> tuple[int, Reservation]:
    return account_id, Reservation(f"line-{offer_id}-{quantity}-{state}", "order", offer_id, quantity, state)


@pytest.mark.parametrize("units", [0, -1])
def test_an_offer_holds_at_least_one_piece(units: int) -> None:
    with pytest.raises(ValueError, match="only 1 or more"):
        OfferLink(1, 7, "1001", 11, units_per_offer=units)


@pytest.mark.parametrize(
    ("bought", "reserved"),
    [
        ([], {}),
        ([_bought("1001", 2)], {11: 2}),
        ([_bought("1001", 2), _bought("1002", 2, account_id=8)], {11: 8}),
        ([_bought("1003", 1)], {20: 1}),
        ([_bought("1001", 2, ReservationState.IN_STORE), _bought("1001", 1, ReservationState.RELEASED)], {}),
        ([_bought("9999", 2)], {}),
        # The sandbox has an offer of the same number.
        ([_bought("1001", 2, account_id=9)], {}),
    ],
)
def test_pieces_are_reserved_in_the_pool_by_the_units_of_the_offer_they_were_bought_of(
    bought: list[tuple[int, Reservation]], reserved: dict[int, int]
) -> None:
    assert reserved_pieces(bought, [SINGLE, SET_OF_THREE, RED], PRODUCTS) == reserved


def test_pieces_bought_of_an_offer_that_was_renewed_since_stay_reserved() -> None:
    renewed = SET_OF_THREE.moved_to("2002", title="", status=OfferStatus.ACTIVE)
    assert reserved_pieces(
        [_bought("1002", 1, account_id=8), _bought("2002", 1, account_id=8)], [renewed], PRODUCTS
    ) == {11: 6}


def test_a_product_that_could_not_be_read_reserves_nothing_elsewhere() -> None:
    assert reserved_pieces([_bought("1001", 1)], [SINGLE], {}) == {}


def test_offers_of_one_number_in_two_environments_sell_each_their_own_goods() -> None:
    elsewhere = OfferLink(4, 9, "1001", 21)
    bought = [_bought("1001", 1), _bought("1001", 3, account_id=9)]
    assert reserved_pieces(bought, [SINGLE, elsewhere], {11: store_product(11), 21: store_product(21)}) == {
        11: 1,
        21: 3,
    }
