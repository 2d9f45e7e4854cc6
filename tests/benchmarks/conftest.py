from tests.sync.offers.conftest import counter
from tests.sync.orders.conftest import desk

__all__ = ["counter", "desk"]
