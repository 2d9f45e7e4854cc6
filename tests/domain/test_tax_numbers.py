"""Tax numbers as buyers type them."""

import pytest

from app.domain.tax_numbers import TaxNumber, is_nip, tax_number_of


@pytest.mark.parametrize(
    ("numbers", "country", "found"),
    [
        ((), "PL", None),
        ((("PL_NIP", "9131100132"),), "PL", TaxNumber("PL_NIP", "9131100132", "9131100132", True)),
        ((("PL_NIP", "913-110-01-32"),), "PL", TaxNumber("PL_NIP", "9131100132", "913-110-01-32", True)),
        ((("PL_NIP", "PL 913 110 01 32"),), "", TaxNumber("PL_NIP", "9131100132", "PL 913 110 01 32", True)),
        # The field that came before the kinds, filled in by hand.
        ((("TAX_ID", "NIP: 9131100132"),), "PL", TaxNumber("PL_NIP", "9131100132", "NIP: 9131100132", True)),
        ((("TAX_ID", "nip 913-110-01-32"),), "", TaxNumber("PL_NIP", "9131100132", "nip 913-110-01-32", True)),
        # A slip of the pen is kept as it is: a wrong number that is left out helps nobody.
        ((("PL_NIP", "9131100133"),), "PL", TaxNumber("PL_NIP", "9131100133", "9131100133", False)),
        ((("TAX_ID", "later"),), "PL", TaxNumber("TAX_ID", "LATER", "later", False)),
        ((("TAX_ID", "CZ 1234 5678"),), "CZ", TaxNumber("TAX_ID", "CZ12345678", "CZ 1234 5678", None)),
        ((("CZ_ICO", "123 45 678"),), "CZ", TaxNumber("CZ_ICO", "12345678", "123 45 678", None)),
        (
            (("OTHER", "x-1"), ("VAT_EU", "pl9131100132"), ("PL_NIP", "9131100132")),
            "PL",
            TaxNumber("PL_NIP", "9131100132", "9131100132", True),
        ),
        ((("SK_ICO", "1"), ("VAT_EU", "sk 2020")), "SK", TaxNumber("VAT_EU", "SK2020", "sk 2020", None)),
    ],
)
def test_the_number_for_the_invoice_is_cleaned_checked_and_kept_as_typed(
    numbers: tuple[tuple[str, str], ...], country: str, found: TaxNumber | None
) -> None:
    assert tax_number_of(numbers, country) == found


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [
        ("9131100132", True),
        ("5260250274", True),
        ("9131100131", False),
        ("0000000000", False),
        ("913110013", False),
        ("91311001322", False),
        ("913110013a", False),
        ("", False),
        ("1234567890", False),  # its check digit would have to be 10
    ],
)
def test_a_polish_number_has_ten_digits_of_which_the_last_checks_the_others(digits: str, is_one: bool) -> None:
    assert is_nip(digits) is is_one
