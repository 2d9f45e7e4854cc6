"""Which of the store's shipping methods an Allegro order gets."""

from dataclasses import replace

import pytest

from app.domain.drafts import compose
from app.domain.settings import Settings
from app.domain.shipping_methods import ShippingMethod, shipping_method_for
from tests.domain.samples import TAXES, order_of

_LOCKER = ShippingMethod("Allegro Paczkomaty InPost", "easypack_parcel_machines", 7, "Paczkomat")
_DPD = ShippingMethod("6b1a6b8f-4d2f-4a3c-9b07-0d9e5f9a1c01", "flat_rate")
_ANY = ShippingMethod("Allegro Kurier DPD", "flexible_shipping")


@pytest.mark.parametrize(
    ("allegro_id", "name", "found"),
    [
        ("x", "Allegro Paczkomaty InPost", _LOCKER),
        ("x", " allegro  paczkomaty INPOST ", _LOCKER),
        ("6b1a6b8f-4d2f-4a3c-9b07-0d9e5f9a1c01", "renamed", _DPD),
        # The id goes before the name, which several methods have.
        ("6b1a6b8f-4d2f-4a3c-9b07-0d9e5f9a1c01", "Allegro Kurier DPD", _DPD),
        ("another", "Allegro Kurier DPD", _ANY),
        ("another", "Allegro Paczkomaty", None),
        ("", "", None),
    ],
)
def test_a_delivery_method_is_found_by_its_id_or_else_by_its_name(
    allegro_id: str, name: str, found: ShippingMethod | None
) -> None:
    assert shipping_method_for((_ANY, _LOCKER, _DPD), allegro_id=allegro_id, name=name) == found


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Allegro Paczkomaty InPost", ("easypack_parcel_machines", 7, "Paczkomat")),
        ("Allegro Kurier DPD", ("flexible_shipping", None, "Allegro Kurier DPD")),
        ("Kurier UPS", ("", None, "Kurier UPS")),
        ("", ("", None, "Allegro")),
    ],
)
def test_the_shipping_line_has_the_chosen_method_and_is_as_ever_without_one(
    name: str, line: tuple[str, int | None, str]
) -> None:
    order = order_of()
    order = replace(order, delivery=replace(order.delivery, method_id="", method_name=name))
    settings = Settings(shipping_methods=(_LOCKER, _ANY))
    draft = compose(order, account_name="Main", products={}, taxes=TAXES, settings=settings).draft
    assert (draft.shipping_method, draft.shipping_instance, draft.shipping_title) == line
    # The pickup point stays where it was, whatever the method is called.
    assert draft.meta == compose(order, account_name="Main", products={}, taxes=TAXES, settings=Settings()).draft.meta
