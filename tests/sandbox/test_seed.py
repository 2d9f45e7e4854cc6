from app.sandbox.seed import GOODS, VARIABLE_GOODS


def test_every_sku_ean_and_offer_id_names_one_good() -> None:
    for attribute in ("sku", "ean", "offer_id", "name"):
        assert len({getattr(good, attribute) for good in GOODS}) == len(GOODS)


def test_every_ean_has_a_right_check_digit() -> None:
    for good in GOODS:
        digits = [int(digit) for digit in good.ean]
        assert len(digits) == 13
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_variations_belong_to_a_variable_good_and_say_what_they_are() -> None:
    parents = {good.sku for good in VARIABLE_GOODS}
    variations = [good for good in GOODS if good.parent_sku is not None]
    assert {good.parent_sku for good in variations} == parents
    assert all(good.attributes for good in variations)
