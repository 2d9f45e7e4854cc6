"""Which of the store's shipping methods stands for a way of delivery that a buyer chose at Allegro."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ShippingMethod:
    """`allegro_method` is the id or the name of Allegro's delivery method, `method_id` the store's method (flat_rate).

    `instance_id` is the method's number in a shipping zone of the store, None for none. `title` is what the shipping
    line is called, "" for Allegro's own name.
    """

    allegro_method: str
    method_id: str
    instance_id: int | None = None
    title: str = ""


def method_key(allegro_method: str) -> str:
    """What two ids, or two names, are compared by."""
    return " ".join(allegro_method.casefold().split())


def shipping_method_for(methods: Sequence[ShippingMethod], *, allegro_id: str, name: str) -> ShippingMethod | None:
    """The one that is chosen for a delivery method; None where none is. An id goes before a name, which several
    methods may have.
    """
    chosen = {method_key(each.allegro_method): each for each in methods}
    for wanted in (allegro_id, name):
        # What Allegro leaves out is like nothing.
        if (key := method_key(wanted)) and (found := chosen.get(key)) is not None:
            return found
    return None
